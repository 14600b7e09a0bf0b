"""Amounts as people read them: durations, sizes, money, shares, scores with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.comparing import figure

if TYPE_CHECKING:
    from tools.core.evaluation import Score

NOTHING = "–"


def duration(seconds: float | None) -> str:
    """`0.4 s`, `48 s`, `3 min 20 s`, `1 h 05 min`."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{max(seconds, 0.1):.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def time_left(seconds: float | None) -> str:
    """Rounded, because it is an estimate: `a few seconds left`, `about 40 s left`, `about 3 min left`."""
    if seconds is None:
        return ""
    if seconds < 8:
        return "a few seconds left"
    if seconds < 90:
        return f"about {10 * round(seconds / 10)} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def milliseconds(value: float | None) -> str:
    """`0.42 ms`, `120 ms`, `1.4 s`; `< 0.01 ms`."""
    if value is None:
        return NOTHING
    if value < 0.01:
        return "< 0.01 ms"
    return f"{value / 1000:.2g} s" if value >= 1000 else f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def megabytes(size: float | None) -> str:
    """`0.03 MB`, `24 MB`, `1.2 GB`."""
    if size is None:
        return NOTHING
    if size < 0.01:
        return "< 0.01 MB"
    return f"{size / 1000:.2g} GB" if size >= 1000 else f"{size:.0f} MB" if size >= 10 else f"{size:.2g} MB"


def dollars(amount: float) -> str:
    """`nothing`, `$0.004`, `$1.20`."""
    return "nothing" if not amount else f"${amount:.2f}" if amount >= 0.1 else f"${amount:.2g}"


def percent(share: float | None) -> str:
    """`87 %`."""
    return NOTHING if share is None else f"{100 * share:.0f} %"


def interval(score: Score) -> str:
    """`0.84 to 0.90`; empty where there is none."""
    return "" if score.low is None or score.high is None else f"{figure(score.low)} to {figure(score.high)}"


__all__ = ["NOTHING", "dollars", "duration", "figure", "interval", "megabytes", "milliseconds", "percent", "time_left"]
