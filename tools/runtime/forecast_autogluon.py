"""AutoGluon TimeSeries: its models of series say how each goes on, and are weighed; the folder `autogluon`.

Manifest keys: `members` [{"name", "weight"}] (names of AutoGluon's models), `combine` ("mean" or "median"), `column` (of its
answers: "mean" or "0.5"), and `spread` (see forecast_spread.py). `series` tells known and constant columns.
weights.json: as in forecast_statistical.py.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_naive import repeated
from .forecast_spread import answer
from .forecast_statistical import combined, own_weights

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "autogluon"
COUNTED_FROM, COUNTED = "2000-01-01", "h"  # it knows dates alone: what is counted, or every other step, becomes hours


class Predictor:
    """Opens the folder and keeps its models in memory."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.form, self.spread = manifest["series"], manifest["spread"]
        self.names = [str(member["name"]) for member in manifest["members"]]
        self.weights = np.array([float(member["weight"]) for member in manifest["members"]])
        self.combine, self.column, self.levels = str(manifest["combine"]), str(manifest["column"]), len(manifest["levels"])
        self.season = int((self.form["seasons"] or [1])[0])
        self.own = own_weights(folder)
        self.predictor = open_predictor(folder / FOLDER, self.names)

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]."""
        known = known_values(history, self.season)
        found = np.full((len(future), 1 + self.levels), np.nan)
        opinions = said(self.predictor, self.names, self.column, history, future, self.form)
        for name, rows in spans(future["series"].to_numpy()):
            if name not in known:
                continue
            told = opinions[:, rows]
            naive = repeated(known[name], self.season, told.shape[1])
            weights = np.asarray(self.own.get(name, self.weights), dtype=float)
            points = combined(np.where(np.isfinite(told), told, naive), weights, self.combine)
            found[rows] = answer(points, np.arange(1, len(points) + 1), known[name], self.spread)
        return found


def open_predictor(folder: Path, names: Sequence[str]) -> Any:
    """The predictor with these models in memory; the folder may hold no others."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take minutes on busy cores
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries that it may import and does not need
        from autogluon.timeseries import TimeSeriesPredictor

        predictor = TimeSeriesPredictor.load(str(folder), require_version_match=False)
        predictor.persist(list(names))
    return predictor


def said(
    predictor: Any, names: Sequence[str], column: str, history: pd.DataFrame, future: pd.DataFrame, form: Mapping[str, Any]
) -> np.ndarray:
    """Float [names, len(future)]: what each model says; NaN for series without a known value.

    Beyond its own horizon a model goes on from what it has said itself.
    """
    there = history["series"].isin(history["series"][history["target"].notna()])
    history = history[there].reset_index(drop=True)
    found = np.full((len(names), len(future)), np.nan)
    order = {name: place for place, (name, _) in enumerate(spans(history["series"].to_numpy()))}
    wanted = [(order[name], rows) for name, rows in spans(future["series"].to_numpy()) if name in order]
    if not wanted:
        return found
    steps = max(rows.stop - rows.start for _, rows in wanted)
    ahead = _ahead(future, wanted, len(order), steps, form)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of models that stop early and of pandas' coming changes
        for place, name in enumerate(names):
            path = _path(predictor, name, column, history, ahead, steps, form)
            for series, rows in wanted:
                found[place, rows] = path[series, : rows.stop - rows.start]
    return found


def frame_of(history: pd.DataFrame, form: Mapping[str, Any]) -> Any:
    """A long table as AutoGluon's: series are numbered, columns are called by their place, as names of people may clash."""
    import pandas as pd
    from autogluon.timeseries import TimeSeriesDataFrame

    codes = pd.factorize(history["series"])[0]
    frame = pd.DataFrame({"item_id": codes, "timestamp": _stamps(history, form), "target": history["target"].astype(float)})
    for place, name in enumerate(form.get("known") or []):
        frame[f"k{place}"] = _column(history, name)
    static = None
    constant = [name for name in form.get("static") or [] if name in history.columns]
    if constant:
        first = history[~history["series"].duplicated()]
        static = pd.DataFrame({f"s{place}": _column(first, name).to_numpy() for place, name in enumerate(constant)})
        static.insert(0, "item_id", np.arange(len(static)))
    return TimeSeriesDataFrame.from_data_frame(frame, static_features_df=static)


def frequency_of(form: Mapping[str, Any]) -> str:
    """What AutoGluon is told of the steps."""
    return COUNTED if counted_time(form) else str(form["frequency"])


def counted_time(form: Mapping[str, Any]) -> bool:
    """Whether dates tell its models nothing: time is counted, or several units lie between two points."""
    return form.get("frequency") is None or (form.get("step") or 1) != 1


def _stamps(history: pd.DataFrame, form: Mapping[str, Any]) -> Any:
    import pandas as pd

    if not counted_time(form):
        return history["time"]
    place = history.groupby("series", sort=False).cumcount()
    return pd.Timestamp(COUNTED_FROM) + pd.to_timedelta(place, unit="h")


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    """Numbers as float, anything else as text; all missing where there is no such column."""
    import pandas as pd

    if name not in table.columns:
        return pd.Series(np.nan, index=table.index)
    column = table[name]
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    return column.astype(object).where(column.notna(), "").astype(str)


def _ahead(
    future: pd.DataFrame, wanted: Sequence[tuple[int, slice]], series: int, steps: int, form: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Known column -> [series, steps], the last known one going on where a series is asked for fewer steps."""
    found = {}
    for place, name in enumerate(form.get("known") or []):
        values = _column(future, name).to_numpy()
        told = np.full((series, steps), np.nan if values.dtype.kind == "f" else "", dtype=values.dtype)
        for at, rows in wanted:
            length = rows.stop - rows.start
            told[at, :length] = values[rows]
            told[at, length:] = values[rows.stop - 1]
        found[f"k{place}"] = told
    return found


def _path(
    predictor: Any,
    name: str,
    column: str,
    history: pd.DataFrame,
    ahead: Mapping[str, np.ndarray],
    steps: int,
    form: Mapping[str, Any],
) -> np.ndarray:
    """Float [series, >= steps]: how one model goes on, horizon after horizon."""
    import pandas as pd
    from autogluon.timeseries import TimeSeriesDataFrame

    data, parts, length = frame_of(history, form), [], int(predictor.prediction_length)
    static = data.static_features
    for start in range(0, steps, length):
        known = None
        if ahead:
            known = predictor.make_future_data_frame(data)
            for key, values in ahead.items():
                known[key] = _padded(values[:, start : start + length], length).ravel()
            known = TimeSeriesDataFrame.from_data_frame(known)
        told = predictor.predict(data, known_covariates=known, model=name)[column]
        parts.append(told.to_numpy(dtype=float).reshape(-1, length))
        if start + length < steps:
            more = told.rename("target").to_frame()
            rows = more if known is None else more.join(pd.DataFrame(known))
            data = TimeSeriesDataFrame(pd.concat([pd.DataFrame(data), pd.DataFrame(rows)]).sort_index())
            data.static_features = static
    return np.concatenate(parts, axis=1)


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    """[series, length]: the last column again where there are fewer."""
    if values.shape[1] == length:
        return values
    last = np.repeat(values[:, -1:], length - values.shape[1], axis=1)
    return np.concatenate([values, last], axis=1)
