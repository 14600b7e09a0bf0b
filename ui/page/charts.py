"""Charts in Vega-Lite, as plain specifications. Text and lines follow the theme; marks keep apart for the colour-blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.desk.results import Rival
    from tools.report.class_facts import Bin

Spec = dict[str, Any]

MARK = "#3d8f80"  # seen on light and on dark ground
OTHER = "#c9802b"
QUIET = "#8a948f"
HEIGHT = 280


def calibration(bins: Sequence[Bin]) -> Spec:
    """Said probability against the share that was right; on the diagonal, probabilities can be taken at their word."""
    rows = [{"said": bin.confidence, "right": bin.right, "low": bin.low, "high": bin.high, "rows": bin.rows} for bin in bins]
    low = min([0.5, *(row["said"] for row in rows), *(row["low"] for row in rows)])
    scale = {"domain": [low, 1.0], "nice": False}
    said = {"field": "said", "type": "quantitative", "scale": scale, "title": "said probability", "axis": _percent()}
    return layered(
        [
            _line([{"x": low, "y": low}, {"x": 1.0, "y": 1.0}]),
            {
                "data": {"values": rows},
                "mark": {"type": "rule", "color": MARK, "opacity": 0.6, "strokeWidth": 2},
                "encoding": {"x": said, "y": _y("low", scale), "y2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 70, "color": MARK, "opacity": 1},
                "encoding": {
                    "x": said,
                    "y": {**_y("right", scale), "title": "share that was right"},
                    "tooltip": [
                        {"field": "said", "title": "said", "format": ".0%"},
                        {"field": "right", "title": "right", "format": ".0%"},
                        {"field": "rows", "title": "rows"},
                    ],
                },
            },
        ]
    )


def residuals(points: Sequence[tuple[float, float]], name: str) -> Spec:
    """Prediction against truth, a point a row; on the diagonal, it was exactly right. name: of what was predicted."""
    rows = [{"truth": truth, "prediction": prediction, "off": prediction - truth} for truth, prediction in points]
    ends = [end for point in points for end in point] or [0.0, 1.0]
    scale = {"domain": [min(ends), max(ends)], "nice": True, "zero": False}
    return layered(
        [
            _line([{"x": min(ends), "y": min(ends)}, {"x": max(ends), "y": max(ends)}]),
            {
                "data": {"values": rows},
                "mark": {"type": "circle", "size": 32, "color": MARK, "opacity": 0.55},
                "encoding": {
                    "x": {"field": "truth", "type": "quantitative", "scale": scale, "title": f"{short(name)}, truth"},
                    "y": {"field": "prediction", "type": "quantitative", "scale": scale, "title": "prediction"},
                    "tooltip": [
                        {"field": "truth", "format": ",.4~g"},
                        {"field": "prediction", "format": ",.4~g"},
                        {"field": "off", "title": "off by", "format": "+,.3~g"},
                    ],
                },
            },
        ]
    )


COSTS = {"to build": "minutes", "a row": "ms_per_row", "size": "size_mb", "dollars": "dollars"}
UNITS = {"to build": "minutes to build", "a row": "milliseconds a row", "size": "megabytes", "dollars": "dollars"}


def costs(rivals: Sequence[Rival], letters: Mapping[str, str], cost: str, metric: str) -> Spec:
    """Score against one cost of each measured candidate. letters: name -> what stands in its point, and in the table."""
    rows = [
        {
            "cost": getattr(rival, COSTS[cost]),
            "score": rival.score.value,
            "low": rival.score.low,
            "high": rival.score.high,
            "letter": letters[rival.name],
            "title": short(rival.title, 60),
            "chosen": rival.chosen,
        }
        for rival in rivals
        if rival.score is not None and getattr(rival, COSTS[cost]) is not None
    ]
    spread = [row["cost"] for row in rows if row["cost"] > 0]
    wide = len(spread) == len(rows) and len(rows) > 1 and max(spread) / min(spread) > 30
    scale: Spec = {"type": "log", "nice": True, "padding": 30} if wide else {"zero": True, "nice": True, "padding": 30}
    x = {"field": "cost", "type": "quantitative", "scale": scale, "title": UNITS[cost], "axis": {"grid": False, "tickCount": 4}}
    y = {"field": "score", "type": "quantitative", "scale": {"zero": False, "padding": 18}, "title": short(metric, 40)}
    colour = {"condition": {"test": "datum.chosen", "value": MARK}, "value": OTHER}
    tooltip = [
        {"field": "title", "title": "candidate"},
        {"field": "score", "format": ".3~f"},
        {"field": "cost", "format": ",.3~g"},
    ]
    return layered(
        [
            {
                "mark": {"type": "rule", "opacity": 0.5, "strokeWidth": 2},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "circle", "size": 420, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
            {
                "mark": {"type": "text", "color": "white", "fontSize": 12, "fontWeight": 700, "baseline": "middle"},
                "encoding": {"x": x, "y": y, "text": {"field": "letter"}, "tooltip": tooltip},
            },
        ],
        {"values": rows},
    )


def layered(layers: list[Spec], data: Spec | None = None) -> Spec:
    axis = {"labelLimit": 120, "titleLimit": 320, "labelOverlap": True}
    spec: Spec = {"layer": layers, "height": HEIGHT, "background": "transparent", "config": {"axis": axis}}
    return {**spec, "data": data} if data else spec


def _line(points: list[dict[str, float]]) -> Spec:
    """The diagonal that everything is compared with."""
    return {
        "data": {"values": points},
        "mark": {"type": "line", "color": QUIET, "strokeDash": [5, 4], "strokeWidth": 1.5},
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }


def _y(name: str, scale: Spec) -> Spec:
    return {"field": name, "type": "quantitative", "scale": scale, "axis": _percent()}


def _percent() -> Spec:
    return {"format": ".0%", "tickCount": 5}


def short(text: str, length: int = 30) -> str:
    """One line, so that nothing runs over the chart's edge."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
