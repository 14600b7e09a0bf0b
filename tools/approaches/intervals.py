"""How far a predicted number may be off: quantiles of the errors on rows that the model never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.approaches.base import Predictions

if TYPE_CHECKING:
    import numpy as np

COVERAGE = 0.9
LEAST_ROWS = 20  # fewer errors do not show their 5th and 95th percentile


def error_interval(target: np.ndarray, values: np.ndarray) -> dict[str, float] | None:
    """The manifest's `interval`: offsets {"low", "high", "coverage"} around a prediction; None with too few rows.

    The outer order statistics are taken (n + 1 in the quantile), as split conformal prediction does, so that new rows fall
    inside at least as often.
    """
    import numpy as np

    errors = np.sort(target - values)
    if len(errors) < LEAST_ROWS:
        return None
    beyond = (1 - COVERAGE) / 2
    outer = int(np.floor(beyond * (len(errors) + 1)))
    low, high = errors[max(outer - 1, 0)], errors[min(len(errors) - outer, len(errors) - 1)]
    return {"low": float(low), "high": float(high), "coverage": COVERAGE}


def with_interval(values: np.ndarray, interval: dict[str, float] | None) -> Predictions:
    """Predictions with the interval that the model will give."""
    if interval is None:
        return Predictions(values=values)
    return Predictions(values=values, low=values + interval["low"], high=values + interval["high"])
