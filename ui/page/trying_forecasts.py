"""Trying a forecaster: a series of the attached data, or a history in a file; the forecast as a chart and to take away."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from tools.core.errors import FasttrackError
from ui.page import forecast_charts, notice
from ui.page.amounts import figure
from ui.page.markup import html

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from agent.desk.trying import Ahead, Forecast, TryForm
    from agent.session import Session

ENDINGS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json"]
MOST_STEPS = 10_000


def show(session: Session, form: TryForm, ahead: Ahead, key: str) -> None:
    """Two ways to give a history, each with its own forecast below."""
    own, file = st.tabs(["Your data", "A file"], key=key)
    with own:
        if ahead.series:
            _own(session, form, ahead)
        else:
            st.html(html('<div class="ft-quiet">The data is not on this machine any more. Give a file.</div>'))
    with file:
        _file(session, form, ahead)


def _own(session: Session, form: TryForm, ahead: Ahead) -> None:
    """A series of the attached data, from its last known value on."""
    name, many = form.candidate, len(ahead.series) > 1
    with st.form(f"try-series-{name}", border=False):
        series = st.selectbox("Series", ahead.series, key=f"series-of-{name}") if many else None
        steps = _steps(ahead, f"steps-{name}")
        asked = st.form_submit_button("Forecast", type="primary", key=f"forecast-{name}")
    if asked:
        st.session_state.pop(f"forecast-of-{name}", None)
        try:
            with st.spinner("Forecasting"):
                st.session_state[f"forecast-of-{name}"] = session.try_series(series, steps, name)
        except (FasttrackError, ValueError) as problem:
            notice.show(_as_dict(problem))
    if (found := st.session_state.get(f"forecast-of-{name}")) is not None:
        _drawn(found, form, f"own-{name}")
        st.download_button(
            f"Download {len(found.rows):,} rows",
            as_csv(found.rows),
            file_name="forecast.csv",
            key=f"take-{name}",
            on_click="ignore",
        )


def _steps(ahead: Ahead, key: str) -> int:
    return int(st.number_input(f"{ahead.step.capitalize()}s ahead", 1, MOST_STEPS, ahead.horizon, key=key))


def _file(session: Session, form: TryForm, ahead: Ahead) -> None:
    """A history in a file, forecast as the prototype does it."""
    name = form.candidate
    st.html(html('<div class="ft-quiet" dir="auto">It needs the columns {columns}.</div>', columns=", ".join(ahead.columns)))
    given = st.file_uploader("The history so far, as CSV or JSONL", type=ENDINGS, key=f"history-{name}")
    known = None
    if ahead.known:
        words = f"What is known of the future: {', '.join(ahead.known)} (not needed)"
        known = st.file_uploader(words, type=ENDINGS, key=f"future-{name}")
    steps = _steps(ahead, f"file-steps-{name}")
    if given is None:
        return
    done = f"carried-on-{name}-{given.file_id}-{known.file_id if known else ''}-{steps}"
    if done not in st.session_state:
        try:
            with st.spinner("Forecasting", show_time=True):
                st.session_state[done] = _carried_on(session, name, given, known, steps)
        except FasttrackError as problem:
            notice.show(problem.as_dict())
            return
    found, file, content = st.session_state[done]
    names = [one.series for one in found]
    at = 0 if len(found) == 1 else st.selectbox("Series", range(len(found)), format_func=names.__getitem__, key=f"shown-{name}")
    _drawn(found[at], form, f"file-{name}")
    count = sum(len(one.rows) for one in found)
    st.download_button(
        f"Download {count:,} rows", content, file_name=file, type="primary", key=f"rows-{name}", on_click="ignore"
    )


def _carried_on(
    session: Session, candidate: str, given: UploadedFile, known: UploadedFile | None, steps: int
) -> tuple[list[Forecast], str, bytes]:
    """The forecasts, the name of the file with them, and its content."""
    with tempfile.TemporaryDirectory() as place:

        def kept(file: UploadedFile, name: str) -> Path:
            path = Path(place) / f"{name}{Path(file.name).suffix.lower() or '.csv'}"
            path.write_bytes(file.getvalue())
            return path

        source = kept(given, "history")
        target = Path(place) / f"forecast{'.jsonl' if 'j' in source.suffix else '.csv'}"
        found = session.try_history(source, target, steps, candidate, kept(known, "future") if known else None)
        return found, target.name, target.read_bytes()


def _drawn(found: Forecast, form: TryForm, key: str) -> None:
    st.html(html('<div class="ft-answer" role="status"><div class="ft-quiet" dir="auto">{said}</div></div>', said=told(found)))
    spec = forecast_charts.carried_on(
        (found.past_times, found.past),
        found.times,
        found.values,
        (found.low, found.high),
        form.target or "value",
        counted=found.counted,
    )
    st.vega_lite_chart(spec, key=f"chart-{key}", width="stretch")


def told(found: Forecast) -> str:
    """The forecast in words: its first and its last step."""
    ends = sorted({0, len(found.values) - 1})
    parts = [
        f"{_when(found.times[at])}: {figure(found.values[at])}, "
        f"likely between {figure(found.low[at])} and {figure(found.high[at])}"
        for at in ends
    ]
    name = f"{found.series}. " if found.series else ""
    return name + "; ".join(parts) + "."


def _when(time: str) -> str:
    return time.removesuffix("T00:00:00").replace("T", " ")


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as the prototype would write them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_dict(problem: FasttrackError | ValueError) -> dict[str, str]:
    if isinstance(problem, FasttrackError):
        return problem.as_dict()
    return {"expected": "a history that can be forecast", "found": str(problem).rstrip("."), "remedy": "Try another series."}
