"""All candidates side by side: their scores with intervals on one scale, and what each costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ui.page.amounts import NOTHING, dollars, duration, figure, interval, megabytes, milliseconds
from ui.page.markup import Markup, html, joined

if TYPE_CHECKING:
    from agent.desk.results import Rival, RunResults
    from tools.core.evaluation import Score

SQUEEZED = 0.3  # the scale leaves the trivial answer out where it would press the others into this share of it
MARGIN = 2.0  # percent of the scale that stay free at both ends
LEFT_OUT = {"failed": "was not finished", "skipped": "was left out", "cancelled": "was stopped"}


def leaderboard(found: RunResults) -> Markup:
    """A line a candidate. The band behind all lines is the chosen one's interval: what reaches into it overlaps with it."""
    scale = Scale.of(found.rivals)
    chosen = found.rival(found.chosen)
    lines = [_line(rival, scale, chosen.score if chosen else None) for rival in found.rivals]
    return html('<div class="ft-board" role="list">{lines}{axis}</div>', lines=joined(lines), axis=_axis(scale, found))


class Scale:
    """From a value to a place on the drawn line, in percent."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    @classmethod
    def of(cls, rivals: Sequence[Rival]) -> Scale | None:
        """Over all intervals; without the trivial answers where these lie far off. None without scores."""
        everything = _ends(rival.score for rival in rivals if rival.score)
        others = _ends(rival.score for rival in rivals if rival.score and not rival.trivial)
        if everything is None:
            return None
        low, high = everything
        if others and others[1] - others[0] < SQUEEZED * (high - low):
            low, high = others
        return cls(low, high)

    def at(self, value: float) -> float:
        """0..100, within the margins also where the value lies off the scale."""
        wide = (self.high - self.low) or 1.0
        share = min(max((value - self.low) / wide, 0.0), 1.0)
        return round(MARGIN + (100 - 2 * MARGIN) * share, 2)

    def holds(self, value: float) -> bool:
        """Whether it lies on the drawn scale."""
        return self.low <= value <= self.high


def _ends(scores: Iterable[Score]) -> tuple[float, float] | None:
    ends = [end for score in scores for end in (score.low, score.value, score.high) if end is not None]
    return (min(ends), max(ends)) if ends else None


def _line(rival: Rival, scale: Scale | None, chosen: Score | None) -> Markup:
    return html(
        '<div class="ft-rival{how}" role="listitem"><div class="ft-rival-head"><span class="ft-name" dir="auto">{title}</span>'
        '<span class="ft-chip">{rung}</span>{mark}<span class="ft-rival-score">{score}</span></div>{track}{note}</div>',
        how=" ft-rival-chosen" if rival.chosen else "",
        title=rival.title[:1].upper() + rival.title[1:],
        rung=rival.rung,
        mark=html('<span class="ft-chip ft-good">chosen</span>') if rival.chosen else "",
        score=_score(rival),
        track=_track(rival.score, scale, chosen) if rival.score and scale else "",
        note=_note(rival, scale),
    )


def _score(rival: Rival) -> Markup:
    if rival.score is None:
        return html("{words}", words="not measured" if rival.status == "done" else LEFT_OUT[rival.status])
    between = interval(rival.score)
    return html(
        "<b>{value}</b>{between}",
        value=figure(rival.score.value),
        between=html(' <span class="ft-quiet ft-small">{between}</span>', between=between) if between else "",
    )


def _track(score: Score, scale: Scale, chosen: Score | None) -> Markup:
    band = _span("ft-band", chosen, scale) if chosen else Markup("")
    off = not scale.holds(score.value)
    line = Markup("") if off else _span("ft-reach", score, scale)
    return html(
        '<div class="ft-track" aria-hidden="true">{band}{line}<b class="{dot}" style="left:{at}%"></b></div>',
        band=band,
        line=line,
        dot="ft-dot ft-off" if off else "ft-dot",
        at=scale.at(score.value),
    )


def _span(name: str, score: Score, scale: Scale) -> Markup:
    if score.low is None or score.high is None:
        return Markup("")
    left, right = scale.at(score.low), scale.at(score.high)
    return html(
        '<i class="{name}" style="left:{left}%;width:{width}%"></i>', name=name, left=left, width=round(right - left, 2)
    )


def _note(rival: Rival, scale: Scale | None) -> Markup:
    """Why there is no line, or that it lies far off."""
    if rival.status != "done" and rival.reason:
        return html('<div class="ft-quiet ft-small" dir="auto">{reason}</div>', reason=rival.reason)
    if rival.score and scale and not scale.holds(rival.score.value):
        side = "left" if rival.score.value < scale.low else "right"
        return html('<div class="ft-quiet ft-small">It lies off this scale, to the {side}.</div>', side=side)
    return Markup("")


def _axis(scale: Scale | None, found: RunResults) -> Markup:
    if scale is None:
        return Markup("")
    better = "more is better" if found.higher else "less is better"
    return html(
        '<div class="ft-axis"><span>{low}</span><span>{metric} on {rows} {part} rows, 95 % intervals; {better}</span>'
        "<span>{high}</span></div>",
        low=figure(scale.low),
        high=figure(scale.high),
        metric=found.metric,
        rows=f"{found.rows:,}",
        part="locked test" if found.measured == "test" else "validation",
        better=better,
    )


def letters(found: RunResults) -> dict[str, str]:
    """A, B, C ... for the finished candidates, in the order of the leaderboard."""
    done = [rival.name for rival in found.rivals if rival.status == "done"]
    return {name: chr(ord("A") + place) if place < 26 else str(place + 1) for place, name in enumerate(done)}


def costs(found: RunResults) -> Markup:
    """Score beside cost: time to build, time to answer, size, money; the least of each column is marked."""
    done = [rival for rival in found.rivals if rival.status == "done"]
    head = ("candidate", "score", "to build", "a row", "size", "dollars")
    least = {
        name: min(
            (getattr(rival, name) for rival in done if not rival.trivial and getattr(rival, name) is not None), default=None
        )
        for name in ("minutes", "ms_per_row", "size_mb")
    }
    rows = [
        html(
            '<tr><th scope="row"><b class="ft-letter{how}">{letter}</b><span dir="auto">{title}</span></th>'
            '<td class="ft-number">{score}</td>{cells}'
            '<td class="ft-number">{money}</td></tr>',
            letter=letters(found)[rival.name],
            how=" ft-letter-chosen" if rival.chosen else "",
            title=rival.title[:1].upper() + rival.title[1:],
            score=figure(rival.score.value) if rival.score else NOTHING,
            cells=joined([_cost(rival, name, least[name]) for name in least]),
            money=dollars(rival.dollars),
        )
        for rival in done
    ]
    return html(
        '<div class="ft-scroll"><table class="ft-rows"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>',
        head=joined([html('<th scope="col">{name}</th>', name=name) for name in head]),
        rows=joined(rows),
    )


def _cost(rival: Rival, name: str, least: float | None) -> Markup:
    value = getattr(rival, name)
    words = {
        "minutes": duration(None if value is None else 60 * value),
        "ms_per_row": milliseconds(value),
        "size_mb": megabytes(value),
    }[name]
    best = value is not None and value == least and not rival.trivial
    return html('<td class="ft-number{best}">{words}</td>', best=" ft-least" if best else "", words=words)
