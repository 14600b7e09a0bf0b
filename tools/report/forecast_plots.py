"""Drawings of forecasts: a series with its forecast and interval, and the error by steps ahead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.report.plots import ACCENT, INK, LINE, MUTED, WARM, drawn, plain, shortened

if TYPE_CHECKING:
    from tools.report.forecast_facts import Shown, StepRow

MOST_MARKS = 40  # points are marked up to so many


def series(shown: Shown, target: str, path: Path) -> str:
    """The end of the history, the truth after it, the forecast, and the band that should hold the truth nine times of ten."""
    import matplotlib.dates as dates

    with drawn(path, (7.2, 2.9)) as drawing:
        axes = drawing.axes
        past, ahead = _moments(shown.past_times, shown.counted), _moments(shown.times, shown.counted)
        joined = ([*past[-1:], *ahead], [*shown.past[-1:], *shown.truth])
        mark: Any = "o" if len(ahead) <= MOST_MARKS else None
        axes.plot(past, _gaps(shown.past), color=MUTED, linewidth=1.3, label="history")
        if shown.low:
            axes.fill_between(ahead, shown.low, shown.high, color=ACCENT, alpha=0.18, linewidth=0, label="90 % interval")
        axes.plot(joined[0], _gaps(joined[1]), color=INK, linewidth=1.5, label="truth")
        axes.plot(ahead, shown.values, color=ACCENT, linewidth=1.8, marker=mark, markersize=3, label="forecast")
        axes.axvline(ahead[0], color=LINE, linewidth=1, zorder=0)
        if not shown.counted:
            locator = dates.AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_ylabel(plain(shortened(target)))
        axes.grid(axis="y", color=LINE, linewidth=0.6)
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.14), ncols=4, frameon=False, fontsize=8.5, borderaxespad=0)
    return drawing.svg


def by_step(rows: Sequence[StepRow], step: str, path: Path) -> str:
    """The scaled error of each step ahead; the line at 1 is the seasonal naive forecast within the history."""
    from matplotlib.ticker import MaxNLocator

    scaled = all(row.error is not None for row in rows)
    places = [(row.first + row.last) / 2 for row in rows]
    heights = [row.off if row.error is None or not scaled else row.error for row in rows]
    with drawn(path, (7.2, 2.6)) as drawing:
        axes = drawing.axes
        width = 0.75 * (rows[0].last - rows[0].first + 1)
        axes.bar(places, heights, width=width, color=ACCENT, alpha=0.7)
        if scaled:
            axes.axhline(1, color=WARM, linewidth=1.2)
        axes.set_xlabel(f"{step}s ahead")
        axes.set_ylabel("scaled error" if scaled else "mean error")
        axes.set_xlim(0.5 - 0.1 * width, rows[-1].last + 0.5 + 0.1 * width)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", color=LINE, linewidth=0.6)
    return drawing.svg


def _moments(times: Sequence[str], counted: bool) -> list[Any]:
    from datetime import datetime

    return [int(time) for time in times] if counted else [datetime.fromisoformat(time) for time in times]


def _gaps(values: Sequence[float | None]) -> list[float]:
    """Missing values as gaps of the line."""
    return [float("nan") if value is None else value for value in values]
