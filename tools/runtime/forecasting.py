"""A forecast: the history so far, and what is known of the future, to a row a series and future timestamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import series

if TYPE_CHECKING:
    import pandas as pd

    from .model import Model

MOST_HORIZON = 100_000  # rows of one series that are asked for at once: more is a typing error


def quantiles(model: Model, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
    """Float [len(future), 1 + levels]: the point forecast, then the quantiles of the manifest's `levels`, not falling.

    history, future: long tables as `series.py` makes them. Raises ValueError where the predictor gives something else.
    """
    found: np.ndarray = np.asarray(model.predictor.forecast(history, future)).astype(float)  # type: ignore[attr-defined]
    wanted = (len(future), 1 + len(model.manifest["levels"]))
    if found.shape != wanted or not np.isfinite(found).all():
        missing = int((~np.isfinite(found)).any(axis=1).sum()) if found.ndim == 2 else len(found)
        raise ValueError(
            f"Expected finite forecasts of shape {wanted}. Found shape {found.shape}, {missing} rows of it not finite. "
            "Check that each series has some known values."
        )
    found[:, 1:] = np.sort(found[:, 1:], axis=1)
    return found


def forecast(
    model: Model,
    rows: Sequence[Mapping[str, Any]],
    future: Sequence[Mapping[str, Any]] | None = None,
    horizon: int | None = None,
) -> list[dict[str, Any]]:
    """A dict a series and future timestamp, under the history's own column names, with `prediction`, `low` and `high`.

    rows: the history so far. future: rows of what is known in advance. horizon: how far, else as far as it was made for.
    `low` to `high` is a 90 % interval. Raises ValueError: expected, found, remedy.
    """
    form = model.manifest["series"]
    steps = form["horizon"] if horizon is None else horizon
    if not 1 <= steps <= MOST_HORIZON:
        raise ValueError(f"Expected a horizon of 1 to {MOST_HORIZON:,} steps. Found {steps:,}. Name how far to look ahead.")
    history = series.long_table(rows, form)
    ahead = series.future_table(history, form, steps, future)
    found = quantiles(model, history, ahead)
    names = series.spelled(ahead[["series", "time"]], form)
    return [
        {**name, "prediction": float(row[0]), "low": float(row[1]), "high": float(row[-1])}
        for name, row in zip(names, found, strict=True)
    ]
