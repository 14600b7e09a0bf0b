"""`candidates/<name>/predictions.parquet`: every scored row of one candidate, so that nothing predicts again.

Columns: `part` ("validation" or "test"), `row` (row id), `target` (text for classes, number for numbers, null where unknown),
`prediction` (label or number), then `probability:LABEL` for each class in the task's order, or `value`, `low` and `high` for
numbers (`low` and `high` null where there is no interval). Several labels: `target` and `prediction` are JSON lists, and
`chosen:LABEL` tells for each label whether it was given. Rows stand in the order in which they were predicted.
Forecasts also have `series`, `time` (a moment, or a whole number), `step`, `window`, `scale`, `squared_scale` and
`quantile:LEVEL` for each of LEVELS.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tools.approaches.base import LEVELS, Predictions, SeriesContext

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl

Part = Literal["validation", "test"]
FILE = "predictions.parquet"
PREFIX = "probability:"
CHOSEN = "chosen:"
QUANTILE = "quantile:"


@dataclass(frozen=True)
class Predicted:
    """The rows of one part. row_ids, target and answers have the length of the predictions; target None: not known.

    answers: the label or the number that the model answered, which is not always the most probable label (a threshold).
    places: of forecasts, a table with the columns `series` and `time` of each row.
    """

    row_ids: Sequence[int]
    target: Sequence[Any]
    answers: Sequence[Any]
    predictions: Predictions
    places: pd.DataFrame | None = None


def write(folder: Path, labels: Sequence[str], parts: Mapping[Part, Predicted]) -> Path:
    """Write `folder/predictions.parquet` atomically. labels: the classes in the task's order, empty for numbers."""
    import polars as pl

    tables = [_table(part, predicted, list(labels)) for part, predicted in parts.items()]
    table = pl.concat(tables) if tables else _table("test", Predicted([], [], [], Predictions()), list(labels))
    path = folder / FILE
    unfinished = folder / f".{FILE}.tmp"
    table.write_parquet(unfinished, compression="zstd")
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path


def read(folder: Path, part: Part) -> tuple[list[int], list[Any], Predictions]:
    """Row ids, targets (None where unknown) and predictions of one part, in predicted order; empty where there is no such part.

    Raises FileNotFoundError where the candidate has no predictions.
    """
    table = _read(folder, part)
    names = [name for name in table.columns if name.startswith(PREFIX)]
    predictions = _class_predictions(table, names) if names else _number_predictions(table)
    return table["row"].to_list(), table["target"].to_list(), predictions


def answers(folder: Path, part: Part) -> list[Any]:
    """What the model answered (labels or numbers), in the order of `read`."""
    return _read(folder, part)["prediction"].to_list()


def places(folder: Path, part: Part) -> pl.DataFrame:
    """Of forecasts, where each row stands: `row`, `series`, `time`, `step`, `window`, in the order of `read`; else no rows."""
    names = ["row", "series", "time", "step", "window"]
    table = _read(folder, part)
    return table.select(names) if set(names) <= set(table.columns) else table.select("row").clear()


def labels(folder: Path) -> list[str]:
    """The classes in the order of the probability columns; empty for numbers."""
    import polars as pl

    names = pl.read_parquet_schema(folder / FILE)
    return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]


def _read(folder: Path, part: Part) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(folder / FILE).filter(pl.col("part") == part)


def _class_predictions(table: pl.DataFrame, names: list[str]) -> Predictions:
    import numpy as np

    probabilities = table.select(names).to_numpy().astype(float)
    if chosen := [name for name in table.columns if name.startswith(CHOSEN)]:
        return Predictions(probabilities=probabilities, chosen=table.select(chosen).to_numpy().astype(bool))
    place = {name.removeprefix(PREFIX): position for position, name in enumerate(names)}
    choice = np.array([place[answer] for answer in table["prediction"]], dtype=int)
    simple = not len(choice) or bool((choice == probabilities.argmax(axis=1)).all())
    return Predictions(probabilities=probabilities, choice=None if simple else choice)


def _number_predictions(table: pl.DataFrame) -> Predictions:
    def numbers(name: str) -> np.ndarray | None:
        return None if table[name].is_null().all() else table[name].to_numpy().astype(float)

    values = table["value"].to_numpy().astype(float)
    found = Predictions(values=values, low=numbers("low"), high=numbers("high"))
    if levels := [name for name in table.columns if name.startswith(QUANTILE)]:
        found.quantiles = table.select(levels).to_numpy().astype(float)
        found.context = _context(table)
    return found


def _context(table: pl.DataFrame) -> SeriesContext:
    """The series are numbered in the order of their first rows."""
    import polars as pl

    place = {name: number for number, name in enumerate(table["series"].unique(maintain_order=True))}
    return SeriesContext(
        series=table["series"].replace_strict(place, return_dtype=pl.Int64).to_numpy().astype(int),
        step=table["step"].to_numpy().astype(int),
        window=table["window"].to_numpy().astype(int),
        scale=table["scale"].to_numpy().astype(float),
        squared_scale=table["squared_scale"].to_numpy().astype(float),
    )


def _table(part: Part, predicted: Predicted, labels: list[str]) -> pl.DataFrame:
    import polars as pl

    kind = pl.String() if labels else pl.Float64()
    columns = [
        pl.Series("part", [part] * len(predicted.row_ids), pl.String()),
        pl.Series("row", list(predicted.row_ids), pl.Int64()),
        pl.Series("target", [_known(value, bool(labels)) for value in predicted.target], kind),
        pl.Series("prediction", [_known(value, bool(labels)) for value in predicted.answers], kind),
    ]
    return pl.DataFrame(columns + _scores(predicted.predictions, labels, len(predicted.row_ids)) + _ahead(predicted))


def _ahead(predicted: Predicted) -> list[pl.Series]:
    """Where the rows of a forecast stand, and its quantiles; nothing for other kinds."""
    import polars as pl

    found, places = predicted.predictions, predicted.places
    if places is None or found.context is None or found.quantiles is None:
        return []
    told = {"step": found.context.step, "window": found.context.window}
    scales = {"scale": found.context.scale, "squared_scale": found.context.squared_scale}
    return [
        pl.Series("series", [str(name) for name in places["series"]], pl.String()),
        pl.Series("time", places["time"].to_numpy()),
        *(pl.Series(name, values, pl.Int64()) for name, values in told.items()),
        *(pl.Series(name, values, pl.Float64()) for name, values in scales.items()),
        *(pl.Series(f"{QUANTILE}{level}", found.quantiles[:, at], pl.Float64()) for at, level in enumerate(LEVELS)),
    ]


def _scores(predictions: Predictions, labels: list[str], count: int) -> list[pl.Series]:
    import numpy as np
    import polars as pl

    if labels:
        matrix = np.zeros((0, len(labels))) if predictions.probabilities is None else predictions.probabilities
        if matrix.shape != (count, len(labels)):
            expected = f"probabilities of shape {(count, len(labels))}"
            raise ValueError(f"Expected {expected}. Found {matrix.shape}. Mend the approach.")
        scores = [pl.Series(f"{PREFIX}{label}", matrix[:, at].astype(float)) for at, label in enumerate(labels)]
        return scores + _choices(predictions.chosen, labels)
    given = {"value": predictions.values, "low": predictions.low, "high": predictions.high}
    unknown: list[float | None] = [None] * count
    return [
        pl.Series(name, unknown if found is None else np.asarray(found, dtype=float), pl.Float64())
        for name, found in given.items()
    ]


def _choices(chosen: np.ndarray | None, labels: list[str]) -> list[pl.Series]:
    import polars as pl

    return [] if chosen is None else [pl.Series(f"{CHOSEN}{label}", chosen[:, at]) for at, label in enumerate(labels)]


def _known(value: Any, text: bool) -> Any:
    """Missing values (None, NaN) become null."""
    if value is None or value != value:
        return None
    return str(value) if text else float(value)
