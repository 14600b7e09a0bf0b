"""The model in the browser: `streamlit run app.py`. A history in, its forecast as a plot and as a file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from prototype import FOLDER, Model, load
from prototype.series_files import needed, open_history, rows_of, write_forecast

ABOUT = json.loads((FOLDER / "prototype.json").read_text(encoding="utf-8"))
ENDINGS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json"]
MOST_STEPS = 10_000
SHOWN_BEFORE = 4  # times the horizon: how much of the history stands before the forecast in the plot


@st.cache_resource(show_spinner="Loading the model …")
def model() -> Model:
    """Loaded once for all visitors."""
    return load()


def kept(given: Any, place: Path, name: str) -> Path:
    """An uploaded file on disk, under its own ending."""
    path = place / f"{name}{Path(given.name).suffix}"
    path.write_bytes(given.getvalue())
    return path


def columns(ahead: bool = False) -> str:
    """Which columns a file must have, in words."""
    return ", ".join(needed(model().manifest, ahead))


def past_of(rows: list[dict[str, Any]]) -> Any:
    """The history as a long table: series, time, target."""
    from prototype.series import long_table

    return long_table(rows, model().manifest["series"])[["series", "time", "target"]]


def chart(past: Any, answers: list[dict[str, Any]], series: str, names: list[str]) -> None:
    """The end of the history, the forecast and between what it is likely to lie. names: the series of each answer."""
    form = model().manifest["series"]
    mine = [answer for answer, name in zip(answers, names) if name == series]
    tail = past[past["series"] == series].tail(max(SHOWN_BEFORE * len(mine), 30))
    counted = form["frequency"] is None
    moment = (lambda value: int(value)) if counted else (lambda value: value.isoformat())
    known = [{"time": moment(row.time), "value": row.target} for row in tail.itertuples() if row.target == row.target]
    ahead = [{"time": answer["_time"], **{name: answer[name] for name in ("prediction", "low", "high")}} for answer in mine]
    x = {
        "field": "time",
        "type": "quantitative" if counted else "temporal",
        "title": form["time_column"],
        "scale": {"zero": False},
    }
    y = {"type": "quantitative", "title": form["target"] or "value", "scale": {"zero": False}}
    st.vega_lite_chart(
        {
            "height": 320,
            "layer": [
                {
                    "data": {"values": ahead},
                    "mark": {"type": "area", "opacity": 0.25, "color": "#c9802b"},
                    "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "data": {"values": known},
                    "mark": {"type": "line", "color": "#3d8f80"},
                    "encoding": {"x": x, "y": {**y, "field": "value"}},
                },
                {
                    "data": {"values": ahead},
                    "mark": {"type": "line", "color": "#c9802b", "point": {"color": "#c9802b"} if len(ahead) <= 60 else False},
                    "encoding": {"x": x, "y": {**y, "field": "prediction"}},
                },
            ],
        },
        width="stretch",
    )
    st.caption("Green: the history. Orange: the forecast; the truth should lie in the shaded band nine times of ten.")


def asked() -> None:
    """Files, horizon, and what came out."""
    form = model().manifest["series"]
    given = st.file_uploader("The history so far", type=ENDINGS)
    st.caption(f"It needs the columns {columns()}.")
    known = None
    if set(form["known"]) & set(needed(model().manifest, ahead=True)):
        known = st.file_uploader("What is known of the future", type=ENDINGS)
        st.caption(f"With the columns {columns(ahead=True)}.")
    steps = st.number_input("Steps ahead", 1, MOST_STEPS, int(form["horizon"]))
    if given is None:
        return
    with tempfile.TemporaryDirectory() as place:
        try:
            with st.spinner("Forecasting …"):
                table = open_history(kept(given, Path(place), "history"), model(), FOLDER)
                rows = rows_of(table)
                ahead = (
                    rows_of(open_history(kept(known, Path(place), "future"), model(), FOLDER, ahead=True)) if known else None
                )
                answers = model().forecast(rows, ahead, int(steps))
                output = Path(place) / f"forecast{'.jsonl' if table.layout is None else '.csv'}"
                write_forecast(answers, output, table)
                content = output.read_bytes()
        except (ValueError, OSError) as error:
            st.error(str(error))
            return
    show(past_of(rows), answers, content, output.name)


def show(past: Any, answers: list[dict[str, Any]], content: bytes, name: str) -> None:
    """The plot of one series, and the whole forecast to take away."""
    from prototype.series import future_table

    ahead = future_table(past, model().manifest["series"], len(answers) // max(1, past["series"].nunique()))
    names = [str(series) for series in ahead["series"]]
    counted = model().manifest["series"]["frequency"] is None
    placed = [{**answer, "_time": int(time) if counted else time.isoformat()} for answer, time in zip(answers, ahead["time"])]
    series = list(dict.fromkeys(names))
    shown = st.selectbox("Series", series) if len(series) > 1 else series[0]
    chart(past, placed, shown, names)
    st.download_button(f"Download {len(answers):,} rows", content, file_name=name, type="primary")


st.set_page_config(page_title=ABOUT["title"])
st.title(ABOUT["title"])
if ABOUT["task"] and ABOUT["task"].strip().casefold() != ABOUT["title"].casefold():
    st.caption(ABOUT["task"])
asked()
