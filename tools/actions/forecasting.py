"""Forecasts by a candidate of the run: of a series of the attached data, or of a history in a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.actions.answering import candidate_folder, opened, told
from tools.actions.running import current_run
from tools.core.errors import BrainMayRetry
from tools.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from tools.core.data import SeriesForm
    from tools.jobs.run import Run
    from tools.runtime import Model

TAIL, LEAST_TAIL, MOST_TAIL = 3, 24, 400  # of the history: times the steps ahead, at least and at most so many points
MOST_STEPS = 10_000
NAMED = 8  # series that a message names


@dataclass(frozen=True)
class Forecast:
    """One series carried on. times: ISO texts, or whole numbers as text (counted); rows: under the columns of the data."""

    series: str
    past_times: list[str]
    past: list[float | None]
    times: list[str]
    values: list[float]
    low: list[float]
    high: list[float]
    rows: list[dict[str, Any]]
    counted: bool


def series_names(run: Run) -> list[str]:
    """The series of the attached data, in their order; one empty name where there is one series without a name."""
    _, table = _attached(run)
    return [str(name) for name in table["series"].drop_duplicates()]


def forecast_series(workspace: Workspace, series: str | None, steps: int | None, candidate: str | None = None) -> Forecast:
    """Carry on a series of the attached data from its last known value. series: None where there is one.

    Raises BrainMayRetry for a series that is not there or steps beyond reason, BrainIsTold where nothing was built.
    """
    from tools.jobs import runner
    from tools.runtime.series import future_table, spelled

    run = runner.find(current_run(workspace))
    model = opened(candidate_folder(workspace, candidate))
    form, table = _attached(run)
    name = _picked(series, [str(one) for one in table["series"].drop_duplicates()])
    steps = _reasonable(steps or form.horizon)
    history = _ended(table[table["series"] == name])
    future = future_table(history, model.manifest["series"], steps)
    found = model.quantiles(history, future)
    rows = spelled(future[["series", "time"]], model.manifest["series"])
    answers = [
        {**row, "prediction": float(one[0]), "low": float(one[1]), "high": float(one[-1])}
        for row, one in zip(rows, found, strict=True)
    ]
    return _drawn(name, history, future, answers, form.frequency is None)


def forecast_file(
    workspace: Workspace, source: Path, target: Path, steps: int | None, candidate: str | None = None, ahead: Path | None = None
) -> list[Forecast]:
    """Forecast a history in a file as the prototype's `predict.py` would, into `target`; what was forecast, a series each.

    ahead: a file with what is known of the future. Raises DataError where a file cannot be read.
    """
    from tools.jobs import runner
    from tools.runtime.series import future_table, long_table
    from tools.runtime.series_files import rows_of, write_forecast

    model = opened(candidate_folder(workspace, candidate))
    run = runner.find(current_run(workspace))
    form = model.manifest["series"]
    far = _reasonable(steps or form["horizon"])
    try:
        table = _table(run, model, source)
        rows = rows_of(table)
        known = None if ahead is None else rows_of(_table(run, model, ahead, ahead=True))
        answers = model.forecast(rows, known, far)
        write_forecast(answers, target, table)
        history = long_table(rows, form)
    except (ValueError, UnicodeError) as problem:
        raise told(problem, source) from problem
    future = future_table(history, {**form, "known": []}, far)
    parts = []
    for place, name in enumerate(future["series"].drop_duplicates()):
        own = slice(place * far, (place + 1) * far)
        mine = history[history["series"] == name]
        parts.append(_drawn(str(name), mine, future.iloc[own], answers[own], form.get("frequency") is None))
    return parts


def asked_for(text: str) -> tuple[str | None, int | None]:
    """(series, steps) that words name: `north`, `north 14`, `14`; both None where there are none."""
    found = re.fullmatch(r"(?P<series>.*?)(?:^|[\s,:]+)(?P<steps>\d{1,5})", text.strip())
    series, steps = (found["series"].strip(" ,:"), int(found["steps"])) if found else (text.strip(), None)
    return series or None, steps


def _attached(run: Run) -> tuple[SeriesForm, pd.DataFrame]:
    from tools.data.series import everything, form_of

    attachments: Any = run.plan.attachments
    form = form_of(run.plan.task, attachments)
    return form, everything(run.plan.task, attachments, form)


def _picked(series: str | None, names: Sequence[str]) -> str:
    if series is None:
        return names[0]
    exact = [name for name in names if name.casefold() == series.casefold()]
    if exact or len(names) == 1:
        return (exact or list(names))[0]
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
    raise BrainMayRetry(
        code="unknown-series",
        expected=f"a series of the data ({shown})",
        found=repr(series),
        remedy="Name one of them, with the number of steps behind it where you like.",
    )


def _reasonable(steps: int) -> int:
    if 1 <= steps <= MOST_STEPS:
        return steps
    raise BrainMayRetry(
        code="horizon",
        expected=f"1 to {MOST_STEPS:,} steps ahead",
        found=f"{steps:,}",
        remedy="Name a number of steps.",
    )


def _ended(history: pd.DataFrame) -> pd.DataFrame:
    """Without the steps after the last known value."""
    last = history["target"].last_valid_index()
    return history.loc[:last].reset_index(drop=True)


def _drawn(
    name: str, history: pd.DataFrame, future: pd.DataFrame, answers: Sequence[dict[str, Any]], counted: bool
) -> Forecast:
    tail = history.iloc[-min(MOST_TAIL, max(LEAST_TAIL, TAIL * len(answers))) :]
    return Forecast(
        series=name,
        past_times=_texts(tail["time"], counted),
        past=[float(value) if value == value else None for value in tail["target"]],
        times=_texts(future["time"], counted),
        values=[answer["prediction"] for answer in answers],
        low=[answer["low"] for answer in answers],
        high=[answer["high"] for answer in answers],
        rows=list(answers),
        counted=counted,
    )


def _texts(times: pd.Series, counted: bool) -> list[str]:
    return [str(int(value)) if counted else value.isoformat() for value in times]


def _table(run: Run, model: Model, path: Path, ahead: bool = False) -> Any:
    from tools.runtime.records import Hints
    from tools.runtime.series_files import needed, opened_history

    profile = run.profile
    file = profile and profile.with_role("train")
    hints = Hints(
        inputs=tuple(needed(model.manifest, ahead)),
        columns=tuple(column.name for column in file.columns) if file else (),
        header=not (file and file.format == "csv" and file.header_row is None),
        delimiter=file.delimiter if file else None,
        encoding=file.encoding if file else None,
    )
    return opened_history(path, model, hints)
