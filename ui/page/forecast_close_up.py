"""A forecaster looked at closely: series beside the truth, the error by steps ahead, the series that go worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.page import forecast_charts
from ui.page.amounts import figure, percent
from ui.page.markup import Markup, html, joined

if TYPE_CHECKING:
    from tools.report.forecast_facts import ForecastFacts, Shown


def draw(facts: ForecastFacts, target: str, key: str) -> None:
    """The series in the middle, the best and the worst; then the error of each step."""
    st.html(html('<div class="ft-total">{said}</div>', said=words(facts)))
    for place, shown in enumerate(facts.shown):
        st.html(
            html(
                '<h3 class="ft-sub" dir="auto">{name}</h3><div class="ft-quiet">{said}</div>',
                name=name_of(shown),
                said=told(shown),
            )
        )
        spec = forecast_charts.carried_on(
            (shown.past_times, shown.past), shown.times, shown.values, (shown.low, shown.high), target,
            counted=shown.counted, truth=shown.truth,
        )  # fmt: skip
        st.vega_lite_chart(spec, key=f"series-{key}-{place}", width="stretch")
    if len(facts.steps) > 1:
        st.html(html('<h3 class="ft-sub">By steps ahead</h3><div class="ft-quiet">{said}</div>', said=steps(facts)))
        st.vega_lite_chart(forecast_charts.by_step(facts.steps, facts.step), key=f"steps-{key}", width="stretch")


def words(facts: ForecastFacts) -> str:
    """On what it was judged, and whether its intervals hold."""
    said = f"Judged on {facts.words}."
    if facts.coverage is not None:
        said += f" The truth lay within the interval at {percent(facts.coverage)} of the steps; 90 % is aimed at."
    if facts.count > 1:
        better = f"{facts.better:,} of {facts.count:,} series"
        said += f" {better} have a smaller error than repeating the last season had in their history."
    return said


def name_of(shown: Shown) -> str:
    """`north, the worst`."""
    return shown.row.name if shown.which == "the only one" else f"{shown.row.name}, {shown.which}"


def told(shown: Shown) -> str:
    """The chart in words."""
    inside = (
        "" if shown.row.inside is None else f"; the truth lay within the interval at {shown.row.inside} of {shown.row.rows}"
    )
    return f"{len(shown.times):,} steps ahead, off by {figure(shown.row.off)} on average{inside}."


def steps(facts: ForecastFacts) -> str:
    """What the bars show."""
    if facts.steps[0].error is None:
        return "The average error of each step."
    return "1 is the error that repeating the last season had within the history."


def worst(facts: ForecastFacts) -> Markup:
    """The series with the largest scaled errors; a bar each."""
    if not facts.worst:
        return html('<div class="ft-quiet">There is one series; its forecast stands under “Errors”.</div>')
    most = max(row.error for row in facts.worst) or 1.0
    rows = [
        html(
            '<div class="ft-pair"><span dir="auto">{name}</span>'
            '<span class="ft-quiet ft-small">scaled error {error}, off by {off} on average{inside}</span>'
            '<span class="ft-bar ft-bar-bad"><i style="width:{width}%"></i></span></div>',
            name=row.name,
            error=figure(row.error),
            off=figure(row.off),
            inside="" if row.inside is None else f", within the interval at {row.inside} of {row.rows}",
            width=round(100 * row.error / most),
        )
        for row in facts.worst
    ]
    said = "The series that it forecasts worst. They may have changed, or hold wrong values at their end: worth a look."
    return html('<div class="ft-quiet">{said}</div>{rows}', said=said, rows=joined(rows))
