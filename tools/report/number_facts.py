"""What can be said of a candidate's numbers: how errors are spread, where they are large, whether its intervals hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.intervals import wilson

if TYPE_CHECKING:
    import numpy as np

PARTS = 5


@dataclass(frozen=True)
class RangeRow:
    """Rows whose truth lies in [low, high]. bias: mean of prediction minus truth; error: mean absolute error."""

    low: float
    high: float
    rows: int
    bias: float
    error: float


@dataclass(frozen=True)
class NumberFacts:
    """half, most: half and 90 % of the predictions are within this of the truth. bias: mean of prediction minus truth.

    coverage: share of truths within the predicted interval (which aims at 90 %), with interval; None where there is none.
    """

    half: float
    most: float
    bias: float
    ranges: list[RangeRow]
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None


def number_facts(target: np.ndarray, values: np.ndarray, low: np.ndarray | None, high: np.ndarray | None) -> NumberFacts:
    """Facts over n rows, all arrays [n]."""
    import numpy as np

    error = values - target
    ranges = []
    for part in np.array_split(np.argsort(target, kind="stable"), min(PARTS, len(target))):
        truth, off = target[part], error[part]
        ranges.append(RangeRow(float(truth[0]), float(truth[-1]), len(part), float(off.mean()), float(abs(off).mean())))
    inside = None if low is None or high is None else (target >= low) & (target <= high)
    interval = None if inside is None else wilson(float(inside.sum()), len(inside))
    return NumberFacts(
        half=float(np.quantile(abs(error), 0.5)),
        most=float(np.quantile(abs(error), 0.9)),
        bias=float(error.mean()),
        ranges=ranges,
        coverage=None if inside is None else float(inside.mean()),
        coverage_low=interval and interval[0],
        coverage_high=interval and interval[1],
    )
