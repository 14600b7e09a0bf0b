"""Charts of forecasts in Vega-Lite: a series carried on, with its interval, and the error by steps ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ui.page.charts import MARK, OTHER, QUIET, Spec, layered, short

if TYPE_CHECKING:
    from tools.report.forecast_facts import StepRow

MOST_POINTS = 60  # of a forecast, that are marked
TRUTH = "#7d6bb3"


def carried_on(
    past: tuple[Sequence[str], Sequence[float | None]],
    times: Sequence[str],
    values: Sequence[float],
    band: tuple[Sequence[float], Sequence[float]],
    target: str,
    *,
    counted: bool,
    truth: Sequence[float | None] = (),
) -> Spec:
    """History, then forecast with the band between low and high; the truth where it is known. counted: times are numbers."""
    known = [{"time": _moment(when, counted), "value": value, "what": "history"} for when, value in zip(*past, strict=True)]
    after = [
        {"time": _moment(when, counted), "value": value, "what": "truth"} for when, value in zip(times, truth, strict=False)
    ]
    if after and known:
        after.insert(0, {**known[-1], "what": "truth"})
    ahead = [
        {"time": _moment(when, counted), "value": value, "what": "forecast"} for when, value in zip(times, values, strict=True)
    ]
    if band[0]:
        ahead = [{**row, "low": low, "high": high} for row, low, high in zip(ahead, *band, strict=True)]
    if known and ahead and not after and (last := known[-1])["value"] is not None:  # where both lines meet, nothing is open
        ahead.insert(0, {**last, "what": "forecast", **({"low": last["value"], "high": last["value"]} if band[0] else {})})
    x: Spec = {"field": "time", "type": "quantitative" if counted else "temporal", "title": None, "scale": {"zero": False}}
    y: Spec = {"field": "value", "type": "quantitative", "title": short(target), "scale": {"zero": False}}
    colour = _colour([name for name, rows in (("history", known), ("truth", after), ("forecast", ahead)) if rows])
    lines = [_line(rows, x, y, colour, point=rows is ahead and len(ahead) <= MOST_POINTS) for rows in (known, after, ahead)]
    area = {
        "data": {"values": ahead},
        "mark": {"type": "area", "color": MARK, "opacity": 0.2},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    return layered([*([area] if band[0] else []), *lines])


def by_step(steps: Sequence[StepRow], step: str) -> Spec:
    """The error of each step ahead; the line at 1 is the error of repeating the last season within the history."""
    scaled = all(row.error is not None for row in steps)
    rows = [{"step": row.first, "last": row.last, "error": row.error if scaled else row.off, "rows": row.rows} for row in steps]
    bars = {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": MARK, "opacity": 0.85},
        "encoding": {
            "x": {"field": "step", "type": "ordinal", "title": f"{step}s ahead", "axis": {"labelAngle": 0}},
            "y": {"field": "error", "type": "quantitative", "title": "scaled error" if scaled else "average error"},
            "tooltip": [
                {"field": "step", "title": step},
                {"field": "error", "format": ",.3~g"},
                {"field": "rows", "title": "forecasts"},
            ],
        },
    }
    rule = {
        "data": {"values": [{"one": 1}]},
        "mark": {"type": "rule", "color": OTHER, "strokeWidth": 1.5},
        "encoding": {"y": {"field": "one", "type": "quantitative"}},
    }
    return {**layered([bars, *([rule] if scaled else [])]), "height": 180}


def _colour(names: Sequence[str]) -> Spec:
    shade = {"history": QUIET, "truth": TRUTH, "forecast": MARK}
    scale = {"domain": list(names), "range": [shade[name] for name in names]}
    return {"field": "what", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "top"}}


def _line(rows: list[dict[str, Any]], x: Spec, y: Spec, colour: Spec, point: bool) -> Spec:
    tooltip = [{"field": "time", "type": x["type"]}, {"field": "value", "format": ",.5~g"}]
    if rows and "low" in rows[-1]:
        tooltip += [{"field": "low", "format": ",.5~g"}, {"field": "high", "format": ",.5~g"}]
    mark: Spec = {
        "type": "line",
        "strokeWidth": 2,
        "point": {"size": 26} if point else False,
        "invalid": "break-paths-show-domains",
    }
    return {"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip}}


def _moment(when: str, counted: bool) -> Any:
    return int(when) if counted else when
