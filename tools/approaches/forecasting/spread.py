"""How far forecasts were off in the rolling windows, as the manifest's `spread` (see `tools/runtime/forecast_spread.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.approaches.base import LEVELS

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.forecasting.trials import Trials

USUAL_GROWTH = 0.25  # between noise around a known season (0) and a random walk (0.5)
GROWTH_WEIGHT = 4  # groups that weigh as much as the usual growth
SKEW_WEIGHT = 20  # groups from which on errors above and below are told apart
ABSOLUTE_TO_DEVIATION = 1.25  # standard deviation of normal errors over their mean absolute value
MOST_STRETCH = 1.8


def spread_of(trials: Trials, points: np.ndarray, season: int) -> dict[str, Any]:
    """The spread of the points' errors. points: float [n]. With no telling row: that of a seasonal naive forecast."""
    import numpy as np
    from scipy.stats import norm

    telling = trials.telling()
    trials, points = trials.take(telling), points[telling]
    levels = np.asarray(LEVELS)
    if not len(points):
        offsets = ABSOLUTE_TO_DEVIATION * norm.ppf(levels)
        return {"growth": USUAL_GROWTH, "offsets": offsets.tolist(), "season": season}
    groups = trials.groups()
    errors = (trials.target - points) / trials.scale
    growth = _growth(np.abs(errors), trials.step, groups)
    errors = errors / trials.step**growth
    skewed = np.quantile(errors, levels)
    even = np.sign(levels - 0.5) * np.quantile(np.abs(errors), np.abs(2 * levels - 1))
    share = groups / (groups + SKEW_WEIGHT)
    offsets = (share * skewed + (1 - share) * even) * _stretch(groups)
    return {"growth": growth, "offsets": np.sort(offsets).tolist(), "season": season}


def _growth(errors: np.ndarray, steps: np.ndarray, groups: int) -> float:
    """The power of the step with which absolute errors grow, drawn to the usual one where few groups tell it."""
    import numpy as np

    numbers, where = np.unique(steps, return_inverse=True)
    means = np.bincount(where, errors) / np.bincount(where)
    if len(numbers) < 3 or not (means > 0).all():
        return USUAL_GROWTH
    slope = float(np.polyfit(np.log(numbers), np.log(means), 1, w=np.sqrt(np.bincount(where)))[0])
    share = groups / (groups + GROWTH_WEIGHT)
    return round(share * min(max(slope, 0.0), 1.0) + (1 - share) * USUAL_GROWTH, 4)


def _stretch(groups: int) -> float:
    """How much wider intervals must be as few groups showed the errors: Student's quantile over the normal one."""
    from scipy.stats import norm, t

    return float(min(MOST_STRETCH, t.ppf(LEVELS[-1], groups + 1) / norm.ppf(LEVELS[-1])))
