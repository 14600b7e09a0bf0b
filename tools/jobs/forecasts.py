"""How a forecaster is scored: it forecasts the locked window from what comes before, by its prototype's own code."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Fitted, Predictions, Rows
from tools.core.evaluation import Evaluation
from tools.jobs.material import Material
from tools.jobs.predictions import Part, Predicted
from tools.jobs.run import Run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tools.core.data import SeriesForm
    from tools.runtime.model import Model

SINGLE_CALLS, SINGLE_SECONDS = 9, 3.0  # forecasts of one series, to time one as a server would give it


def score(run: Run, folder: Path, given: Material, fitted: Fitted) -> dict[str, Any]:
    """Evaluations of both parts, the predictions file and the times of an answer, as fields of the result."""
    from tools.jobs import predictions
    from tools.runtime import load

    model = load(folder / "model")
    parts: dict[Part, Predicted] = {}
    evaluations: dict[str, Evaluation | None] = {"validation": None, "test": None}
    single = _milliseconds_of_one(model, given)
    per_row = single / max(1, _longest(given.test))
    if fitted.validation is not None and len(given.validation):
        found = replace(fitted.validation, context=_context(given, given.validation, given.windows or []))
        parts["validation"] = _predicted(given.validation, found)
        evaluations["validation"] = _evaluation(run, given.validation, found)
    if len(given.test):
        began = time.perf_counter()
        found = predicted_by(model, given.train, given.test)
        per_row = (time.perf_counter() - began) * 1000 / len(given.test)
        found.context = _context(given, given.test, [])
        parts["test"] = _predicted(given.test, found)
        evaluations["test"] = _evaluation(run, given.test, found) if given.judged else None
    predictions.write(folder, [], parts)
    return {
        **evaluations,
        "predict_ms_per_row": round(per_row, 4),
        "reason": None if evaluations["test"] else "not measured on test rows: their values are not known",
        "settings": {"predict_ms_single": round(single, 4)},
    }


def predicted_by(model: Model, known: Rows, ahead: Rows) -> Predictions:
    """The model's forecasts of the rows of `ahead`, in their order, from the history `known`, in the way of its prototype.

    A history ends with the last known value of each series; every step from there on is forecast, those of `ahead` are kept.
    """
    from tools.runtime.series import future_table

    form = model.manifest["series"]
    history, wanted = long_table(known), ahead.inputs.reset_index(drop=True)
    far = max(1, steps_ahead(history, wanted, form))
    future = future_table(history, {**form, "known": []}, far)
    future = future.merge(wanted[["series", "time", *form.get("known", [])]], on=["series", "time"], how="left")
    found = model.quantiles(history, future)
    place = future[["series", "time"]].assign(at=range(len(future)))
    at = wanted[["series", "time"]].merge(place, on=["series", "time"], how="left")["at"]
    if at.isna().any():
        name = wanted.loc[at.isna().to_numpy(), "series"].iloc[0]
        raise ValueError(f"Expected a history of each series. Found none of {name!r} before its locked window. Leave it out.")
    return of_quantiles(found[at.to_numpy(dtype=int)])


def of_quantiles(found: np.ndarray) -> Predictions:
    """found: [n, 1 + LEVELS], the point forecast and its quantiles."""
    return Predictions(values=found[:, 0], low=found[:, 1], high=found[:, -1], quantiles=found[:, 1:])


def long_table(rows: Rows) -> pd.DataFrame:
    """Rows as the long table that `tools.runtime.series` makes of a file: series, time, target, then the covariates.

    Each series ends with its last known value.
    """
    import numpy as np

    frame = rows.inputs.copy()
    frame.insert(2, "target", rows.target.to_numpy(dtype=float))
    frame = frame.reset_index(drop=True)
    there = frame["target"].notna()
    position = np.arange(len(frame))
    last = frame["series"].map(dict(zip(frame["series"][there], position[there], strict=True)))  # the later one is kept
    return frame[position <= last.to_numpy(dtype=float, na_value=-1)].reset_index(drop=True)


def steps_ahead(history: pd.DataFrame, wanted: pd.DataFrame, form: dict[str, Any]) -> int:
    """From the end of a series to the last moment that is wanted of it: the most of all series."""
    import pandas as pd

    from tools.runtime.steps import ordinals

    def last(table: pd.DataFrame) -> pd.Series:
        ends = table.groupby("series", sort=False)["time"].max()
        return pd.Series(ordinals(ends.to_numpy(), form.get("frequency")), ends.index)

    return int((last(wanted) - last(history)).max() // (form.get("step") or 1))


def _context(given: Material, part: Rows, windows: Sequence[Sequence[int]]) -> Any:
    """Where the rows of a part stand. windows: positions in the training rows; none for the locked window, which is one."""
    from tools.metrics.series import context

    form, everything = _form(given), given.everything
    assert everything is not None
    place = {int(row_id): position for position, row_id in enumerate(everything.inputs.index)}
    positions = [place[int(row_id)] for row_id in part.inputs.index]
    ids = given.train.inputs.index
    parted = [[place[int(ids[at])] for at in window] for window in windows] or [positions]
    return context(form, everything, positions, parted)


def _form(given: Material) -> SeriesForm:
    assert given.series is not None
    return given.series


def _predicted(rows: Rows, found: Predictions) -> Predicted:
    values = [] if found.values is None else found.values.tolist()
    return Predicted([int(row) for row in rows.inputs.index], list(rows.target), values, found, rows.inputs[["series", "time"]])


def _evaluation(run: Run, rows: Rows, found: Predictions) -> Evaluation | None:
    from tools.scoring import evaluate

    return evaluate(run.plan.task, run.plan.metric, list(rows.target), found) if rows.target.notna().any() else None


def _longest(rows: Rows) -> int:
    """Rows of the series that has most of them."""
    return int(rows.inputs["series"].value_counts().max()) if len(rows) else 0


def _milliseconds_of_one(model: Model, given: Material) -> float:
    """Median time of a forecast of one series. It also warms the model up, before the locked window is forecast."""
    ahead = given.test if len(given.test) else given.validation
    name = ahead.inputs["series"].iloc[0]
    known = given.train.take(_of(given.train, name))
    wanted = ahead.take(_of(ahead, name)[: _form(given).horizon])
    predicted_by(model, known, wanted)
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < SINGLE_CALLS and (not times or time.perf_counter() - begun < SINGLE_SECONDS):
        began = time.perf_counter()
        predicted_by(model, known, wanted)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _of(rows: Rows, name: str) -> list[int]:
    import numpy as np

    return [int(at) for at in np.flatnonzero(rows.inputs["series"].to_numpy() == name)]
