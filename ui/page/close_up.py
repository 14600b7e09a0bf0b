"""What a candidate confuses, how far off its numbers are, and whether its probabilities can be taken at their word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui.page import charts, forecast_close_up
from ui.page.amounts import figure, percent
from ui.page.markup import Markup, html, joined

if TYPE_CHECKING:
    from tools.report.class_facts import ClassFacts, ClassRow, Confusion
    from tools.report.closeup import Closeup, LabelRow
    from tools.report.number_facts import NumberFacts

MOST_CELLS = 12  # classes of a confusion matrix; of more, the pairs that are confused most are listed
MOST_PAIRS = 25
WEAKEST = 12
WELL_KEPT = 1.5  # times the gap that chance alone would make: above, probabilities are off


def draw(close: Closeup, target: str, key: str) -> None:
    """Of classes: confusions, each class, calibration. Of labels: each label. Of numbers: prediction against truth.

    Of forecasts: series beside the truth.
    """
    if close.forecasts is not None:
        forecast_close_up.draw(close.forecasts, target, key)
    elif close.classes is not None:
        _classes(close.classes, key)
    elif close.labels:
        st.html(label_rows(close.labels))
    elif close.numbers is not None:
        st.html(html('<div class="ft-total">{said}</div>', said=numbers(close.numbers)))
        st.vega_lite_chart(charts.residuals(close.points, target), key=f"residuals-{key}", width="stretch")
        st.html(ranges(close.numbers))


def _classes(facts: ClassFacts, key: str) -> None:
    if len(facts.labels) <= MOST_CELLS:
        st.html(matrix(facts))
    elif facts.confusions:
        _pairs(facts, key)
    st.html(html('<h3 class="ft-sub">Each class, the weakest first</h3>{rows}', rows=class_rows(facts.classes)))
    st.html(html('<h3 class="ft-sub">Calibration</h3><div class="ft-quiet">{said}</div>', said=calibration(facts)))
    st.vega_lite_chart(charts.calibration(facts.bins), key=f"calibration-{key}", width="stretch")


def matrix(facts: ClassFacts) -> Markup:
    """Rows: what it is; columns: what was answered. The darker, the larger the share of the row."""
    head = [html('<th scope="col"><span dir="auto">{name}</span></th>', name=name) for name in facts.labels]
    rows = []
    for place, name in enumerate(facts.labels):
        counts = facts.matrix[place]
        cells = [_cell(count, sum(counts), place == at) for at, count in enumerate(counts)]
        rows.append(html('<tr><th scope="row" dir="auto">{name}</th>{cells}</tr>', name=name, cells=joined(cells)))
    return html(
        '<div class="ft-scroll ft-matrix"><table><caption>Rows: what it is. Columns: what was answered.</caption>'
        "<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        head=joined(head),
        rows=joined(rows),
    )


def _cell(count: int, of: int, right: bool) -> Markup:
    share = round(100 * count / of) if of else 0
    return html(
        '<td class="{how}" style="--share:{share}%">{count}</td>',
        how="ft-right" if right else "ft-wrong",
        share=share,
        count=count or "·",
    )


def _pairs(facts: ClassFacts, key: str) -> None:
    """The most confused pairs, of all classes or of one."""
    chosen = st.selectbox(
        "Confused most", facts.labels, index=None, placeholder="All classes; type to search one", key=f"pairs-{key}"
    )
    found = [pair for pair in facts.confusions if chosen is None or chosen in (pair.truth, pair.answer)]
    st.html(pairs(found))


def pairs(confusions: Sequence[Confusion]) -> Markup:
    """A bar a pair: how many rows of the one class were answered with the other."""
    if not confusions:
        return html('<div class="ft-quiet">Nothing was confused with it.</div>')
    most = max(pair.count for pair in confusions)
    rows = [
        html(
            '<div class="ft-pair"><span dir="auto">{truth}</span>'
            '<span class="ft-quiet ft-small" dir="auto">answered {answer}</span>'
            '<span class="ft-bar ft-bar-bad"><i style="width:{width}%"></i></span>'
            '<span class="ft-quiet ft-small ft-number">{count} rows, {share} of the class</span></div>',
            truth=pair.truth,
            answer=pair.answer,
            width=round(100 * pair.count / most),
            count=f"{pair.count:,}",
            share=percent(pair.share),
        )
        for pair in confusions[:MOST_PAIRS]
    ]
    more = len(confusions) - len(rows)
    rest = html('<div class="ft-quiet ft-small">and {more} pairs more</div>', more=f"{more:,}") if more > 0 else ""
    return html("{rows}{rest}", rows=joined(rows), rest=rest)


def class_rows(classes: Sequence[ClassRow]) -> Markup:
    """How many of each class were found, with the interval; the weakest first, the rest folded away."""
    ordered = sorted((row for row in classes if row.rows), key=lambda row: (row.recall, row.label))
    return _shares([(row.label, row.rows, row.recall, row.recall_low, row.recall_high, row.precision) for row in ordered])


def label_rows(labels: Sequence[LabelRow]) -> Markup:
    """The same of several labels a row."""
    ordered = sorted((row for row in labels if row.rows), key=lambda row: (row.recall or 0.0, row.label))
    shares = [(row.label, row.rows, row.recall or 0.0, row.recall_low, row.recall_high, row.precision) for row in ordered]
    return html('<h3 class="ft-sub">Each label, the weakest first</h3>{rows}', rows=_shares(shares))


def _shares(rows: Sequence[tuple[str, int, float, float | None, float | None, float | None]]) -> Markup:
    pieces = [
        html(
            '<div class="ft-pair"><span dir="auto">{name}</span><span class="ft-quiet ft-small">'
            "{found} of {rows} found{between}; {right} of its answers are right</span>"
            '<span class="ft-track ft-track-thin" aria-hidden="true">{reach}'
            '<b class="ft-dot" style="left:{at}%"></b></span></div>',
            name=name,
            found=percent(recall),
            rows=f"{count:,}",
            between=f" ({100 * low:.0f} to {100 * high:.0f})" if low is not None and high is not None else "",
            right=percent(precision),
            reach=_reach(low, high),
            at=round(100 * recall, 1),
        )
        for name, count, recall, low, high, precision in rows
    ]
    shown, rest = pieces[:WEAKEST], pieces[WEAKEST:]
    folded = (
        html("<details><summary>{count} more</summary>{rest}</details>", count=len(rest), rest=joined(rest)) if rest else ""
    )
    return html("{shown}{folded}", shown=joined(shown), folded=folded)


def _reach(low: float | None, high: float | None) -> Markup:
    if low is None or high is None:
        return Markup("")
    return html(
        '<i class="ft-reach" style="left:{left}%;width:{width}%"></i>',
        left=round(100 * low, 1),
        width=round(100 * (high - low), 1),
    )


def calibration(facts: ClassFacts) -> str:
    """Whether a probability means what it says."""
    off = f"Said and true shares are {100 * facts.gap:.0f} points apart on average"
    if facts.gap <= WELL_KEPT * facts.chance_gap:
        said = f"{off}, which so few rows would show by chance alone: the probabilities can be taken at their word."
    else:
        said = (
            f"{off}; by chance it would be {100 * facts.chance_gap:.0f}. Take the probabilities as an order, not at their word."
        )
    cut = next((cut for cut in reversed(facts.cuts) if cut.answered >= 0.2 and cut.right), None)
    if cut is None:
        return said
    sure = f"Of the {percent(cut.answered)} of rows that it is at least {percent(cut.least)} sure of"
    return f"{said} {sure}, {percent(cut.right)} are right."


def numbers(facts: NumberFacts) -> str:
    """How far off it is."""
    lean = "too high" if facts.bias > 0 else "too low"
    said = (
        f"Half of the predictions are within {figure(facts.half)} of the truth, nine in ten within {figure(facts.most)}; "
        f"on average they are {figure(abs(facts.bias))} {lean}."
    )
    if facts.coverage is not None:
        said += f" The truth lay within the predicted range for {percent(facts.coverage)} of the rows; 90 % is aimed at."
    return said


def ranges(facts: NumberFacts) -> Markup:
    """Where it is off."""
    most = max((row.error for row in facts.ranges), default=0.0) or 1.0
    rows = [
        html(
            '<div class="ft-pair"><span>{low} to {high}</span>'
            '<span class="ft-quiet ft-small">off by {error} on average, {rows} rows</span>'
            '<span class="ft-bar ft-bar-bad"><i style="width:{width}%"></i></span></div>',
            low=figure(row.low),
            high=figure(row.high),
            error=figure(row.error),
            rows=f"{row.rows:,}",
            width=round(100 * row.error / most),
        )
        for row in facts.ranges
    ]
    return html('<h3 class="ft-sub">Where it is off, by the true value</h3>{rows}', rows=joined(rows))
