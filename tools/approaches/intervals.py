"""How far a predicted number may be off: quantiles of the errors on rows that the model never saw.

Errors often grow with the number itself. Then they are divided by what is usual at that size before their quantiles are taken
(normalised split conformal prediction, Papadopoulos et al. 2002), where that makes better intervals for rows left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.approaches.base import Predictions
from tools.runtime.table_answers import bounds

if TYPE_CHECKING:
    import numpy as np

COVERAGE = 0.9
LEAST_ROWS = 20  # fewer errors do not show their 5th and 95th percentile
SPREAD_ROWS = 100  # fewer do not show how they grow
ROWS_A_PART = 30  # of neighbouring values, whose usual error is taken
MOST_PARTS = 12
LEAST_SPREAD = 0.1  # of the whole's: where errors happen to be tiny, the next ones may not be
LEAST_GAIN = 0.01  # of the interval score
FOLDS = 5


def error_interval(target: np.ndarray, values: np.ndarray) -> dict[str, Any] | None:
    """The manifest's `interval` (see `runtime/table_answers.py`), or None with too few rows.

    The outer order statistics are taken (n + 1 in the quantile), as split conformal prediction does, so that new rows fall
    inside at least as often.
    """
    if len(target) < LEAST_ROWS:
        return None
    plain, growing = _interval(target, values, False), _interval(target, values, True)
    if len(target) < SPREAD_ROWS or growing is None:
        return plain
    better = _left_out(target, values, True) < (1 - LEAST_GAIN) * _left_out(target, values, False)
    return growing if better else plain


def with_interval(values: np.ndarray, interval: dict[str, Any] | None) -> Predictions:
    """Predictions with the interval that the model will give."""
    if interval is None:
        return Predictions(values=values)
    low, high = bounds(values, interval)
    return Predictions(values=values, low=low, high=high)


def interval_score(target: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Mean width and, twenty times, by how much the truth lies outside (Gneiting and Raftery 2007); the less the better."""
    beyond = (low - target).clip(min=0) + (target - high).clip(min=0)
    return float((high - low + 2 / (1 - COVERAGE) * beyond).mean())


def _interval(target: np.ndarray, values: np.ndarray, growing: bool) -> dict[str, Any] | None:
    import numpy as np

    usual = _usual_errors(target, values) if growing else {}
    if usual is None:
        return None
    spread = np.interp(values, usual["at"], usual["spread"]) if usual else np.ones_like(values)
    errors = np.sort((target - values) / spread)
    outer = int(np.floor((1 - COVERAGE) / 2 * (len(errors) + 1)))
    low, high = errors[max(outer - 1, 0)], errors[min(len(errors) - outer, len(errors) - 1)]
    return {"low": float(low), "high": float(high), "coverage": COVERAGE, **usual}


def _usual_errors(target: np.ndarray, values: np.ndarray) -> dict[str, list[float]] | None:
    """{"at", "spread"}: the mean absolute error around some values, smoothed; None where all values are the same."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    parts = np.array_split(order, min(MOST_PARTS, max(2, len(order) // ROWS_A_PART)))
    errors = np.abs(target - values)
    at = np.array([float(np.median(values[part])) for part in parts])
    spread = np.array([float(errors[part].mean()) for part in parts])
    at, first = np.unique(at, return_index=True)
    spread = np.maximum(spread[first], LEAST_SPREAD * errors.mean())
    if len(at) < 2 or errors.mean() <= 0:
        return None
    edges = np.pad(spread, 1, mode="edge")
    smooth = (edges[:-2] + 2 * edges[1:-1] + edges[2:]) / 4
    return {"at": at.tolist(), "spread": smooth.tolist()}


def _left_out(target: np.ndarray, values: np.ndarray, growing: bool) -> float:
    """The interval score of rows whose interval was learned from the others."""
    import numpy as np

    fold = np.random.default_rng(0).permutation(len(target)) % FOLDS
    scores = []
    for number in range(FOLDS):
        held = fold == number
        interval = _interval(target[~held], values[~held], growing)
        if interval is None:
            return float("inf")
        scores.append(interval_score(target[held], *bounds(values[held], interval)))
    return float(np.mean(scores))
