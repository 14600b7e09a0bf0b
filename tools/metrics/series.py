"""Metrics of forecasts. Each series counts the same, whatever its size or length; `wql`, `mae`, `rmse` and `mape` count rows.

MASE, RMSSE: errors as multiples of those of the seasonal naive forecast within the history (Hyndman and Koehler 2006;
Makridakis, Spiliotis and Assimakopoulos 2022). sMAPE: 0 to 200 percent, as in the M4 competition. WQL: twice the pinball loss,
mean over the levels, as a share of the sum of |target| (as in GluonTS). Coverage: share of targets within the 90 % interval.

What is resampled for an interval are whole series; where there are few, blocks of neighbouring steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tools.core.task import MetricSpec
from tools.metrics.judged import Judged, Metric

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.base import Rows, SeriesContext
    from tools.core.data import SeriesForm

FEW_SERIES = 20  # below, blocks of steps are resampled: a handful of series tells nothing of others


def context(form: SeriesForm, history: Rows, positions: Sequence[int], windows: Sequence[Sequence[int]]) -> SeriesContext:
    """Where the rows at `positions` of `history` (ordered by series and time) stand, and what their errors are scaled by.

    windows: positions of each window; what comes before a window in its series is the history that its forecasts know. A
    scale is nan where that history never changes or is too short: such a series has no MASE.
    """
    import numpy as np
    import pandas as pd

    from tools.approaches.base import SeriesContext

    codes = pd.factorize(history.inputs["series"])[0]
    firsts = np.searchsorted(codes, np.arange(codes[-1] + 1)) if len(codes) else np.zeros(0, dtype=int)
    window = np.full(len(codes), -1)
    start = np.zeros(len(codes), dtype=int)
    for number, rows in enumerate(windows):
        at = np.asarray(rows, dtype=int)
        begins = np.full(len(firsts), len(codes))
        np.minimum.at(begins, codes[at], at)
        window[at], start[at] = number, begins[codes[at]]
    chosen = np.asarray(positions, dtype=int)
    begin, first = start[chosen], firsts[codes[chosen]]
    target = history.target.to_numpy(dtype=float)
    scales = [_scale(target, codes, begin, first, form.season, power) for power in (1, 2)]
    return SeriesContext(codes[chosen], chosen - begin + 1, window[chosen], scales[0], scales[1])


def _scale(target: np.ndarray, codes: np.ndarray, begin: np.ndarray, first: np.ndarray, season: int, power: int) -> np.ndarray:
    """Mean of |seasonal difference| ** power from `first` to before `begin`; over one step where the season is too long."""
    import numpy as np

    found = np.full(len(begin), np.nan)
    for lag in (season, 1):
        errors, counts = np.zeros(len(target) + 1), np.zeros(len(target) + 1)
        if len(target) > lag:
            change = np.abs(target[lag:] - target[:-lag]) ** power
            there = np.isfinite(change) & (codes[lag:] == codes[:-lag])
            errors[lag + 1 :], counts[lag + 1 :] = np.where(there, change, 0.0), there
        errors, counts = errors.cumsum(), counts.cumsum()
        seen = counts[begin] - counts[first]
        mean = np.divide(errors[begin] - errors[first], seen, out=np.full(len(begin), np.nan), where=seen > 0)
        found = np.where(np.isnan(found), mean, found)
    found[~(found > 1e-12)] = np.nan
    return found


def few(where: SeriesContext) -> bool:
    """Whether there are too few series to tell much of others."""
    import numpy as np

    return len(np.unique(where.series)) < FEW_SERIES


def in_time(context: SeriesContext, locked: bool) -> str:
    """`the last 48 points of 50 series`; `3 rolling windows of 50 series`."""
    series, windows = len(set(context.series.tolist())), len(set(context.window.tolist()))
    of = f"of {series:,} series" if series > 1 else "of the series"
    if locked:
        return f"the last {int(context.step.max()):,} points {of}, which were locked"
    return f"{windows} rolling window{'s' if windows > 1 else ''} {of}"


def units(where: SeriesContext) -> np.ndarray:
    """int [n]: what is resampled together: a row's series, or its block of neighbouring steps where there are few series."""
    import numpy as np

    if not few(where):
        return np.unique(where.series, return_inverse=True)[1]
    length = max(1, round(float(where.step.max()) ** (1 / 3)))  # the usual order of a block's length
    keys = np.stack([where.series, where.window, (where.step - 1) // length], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].ravel()


def statistic(rows: Judged, spec: MetricSpec) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """statistic(positions of units [m], counts [b, m]) -> [b]: the metric where each unit counts as often as it was drawn."""
    import numpy as np

    unit = units(_where(rows))
    count = int(unit.max()) + 1
    if spec.name == "rmsse":
        return _rooted(rows, unit, count)
    above, below = PARTS[spec.name](rows)
    over, under = (np.bincount(unit, weights=part, minlength=count) for part in (above, below))

    def resampled(positions: np.ndarray, counts: np.ndarray) -> np.ndarray:
        ratio = _ratio(counts @ over[positions], counts @ under[positions])
        found: np.ndarray = ratio**0.5 if spec.name == "rmse" else ratio
        return found

    return resampled


def _rooted(rows: Judged, unit: np.ndarray, count: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """RMSSE: a root for each series and window, their mean over the series' windows, the mean over series."""
    import numpy as np

    where = _where(rows)
    square, there = _scaled((rows.truth - rows.numbers) ** 2, where.squared_scale)
    keys, group = np.unique(np.stack([where.series, where.window], axis=1), axis=0, return_inverse=True)
    owner = np.unique(keys[:, 0], return_inverse=True)[1]  # of each window of a series: the series
    weight = 1.0 / np.bincount(owner)[owner]
    if owner.max() + 1 >= FEW_SERIES:  # a unit is a whole series
        roots = _ratio(np.bincount(group.ravel(), weights=square), np.bincount(group.ravel(), weights=there)) ** 0.5
        defined = np.isfinite(roots)
        over = np.bincount(owner, weights=weight * np.nan_to_num(roots), minlength=count)
        under = np.bincount(owner, weights=weight * defined, minlength=count)
        return lambda positions, counts: _ratio(counts @ over[positions], counts @ under[positions])
    sums, counted = np.zeros((count, len(keys))), np.zeros((count, len(keys)))
    np.add.at(sums, (unit, group.ravel()), square)
    np.add.at(counted, (unit, group.ravel()), there)

    def resampled(positions: np.ndarray, counts: np.ndarray) -> np.ndarray:
        drawn = counts @ counted[positions]
        roots = np.nan_to_num(_ratio(counts @ sums[positions], drawn) ** 0.5)
        return _ratio((roots * weight).sum(axis=1), ((drawn > 0) * weight).sum(axis=1))

    return resampled


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below; nan where nothing is below."""
    import numpy as np

    found: np.ndarray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return found


def _where(rows: Judged) -> SeriesContext:
    if rows.context is None:
        raise TypeError("these rows were judged without their places in series")
    return rows.context


def _scaled(errors: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(errors / scale, 1.0 where the scale is known); both 0 where it is not."""
    import numpy as np

    there = np.isfinite(scale) & (scale > 0)
    return np.divide(errors, scale, out=np.zeros(len(errors)), where=there), there.astype(float)


def _by_series(rows: Judged, values: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parts of a ratio in which each series weighs 1."""
    import numpy as np

    place = np.unique(_where(rows).series, return_inverse=True)[1]
    length = np.bincount(place, weights=there)[place]
    weight = np.divide(there, length, out=np.zeros(len(there)), where=length > 0)
    return values * weight, weight


def _mase(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    return _by_series(rows, *_scaled(abs(rows.truth - rows.numbers), _where(rows).scale))


def _smape(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    size = abs(rows.truth) + abs(rows.numbers)
    values = np.divide(200.0 * abs(rows.truth - rows.numbers), size, out=np.zeros(len(rows)), where=size > 0)
    return _by_series(rows, values, np.ones(len(rows)))


def _coverage(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    if rows.interval is None:
        return np.zeros(len(rows)), np.zeros(len(rows))
    within = (rows.interval[:, 0] <= rows.truth) & (rows.truth <= rows.interval[:, 1])
    return _by_series(rows, within.astype(float), np.ones(len(rows)))


def _wql(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    from tools.approaches.base import LEVELS

    if rows.quantiles is None:
        return np.zeros(len(rows)), np.zeros(len(rows))
    error = rows.truth[:, None] - rows.quantiles
    levels = np.asarray(LEVELS)
    loss = np.maximum(levels * error, (levels - 1.0) * error)
    return 2.0 * loss.mean(axis=1), abs(rows.truth)


def _mae(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    return abs(rows.truth - rows.numbers), np.ones(len(rows))


def _rmse(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    return (rows.truth - rows.numbers) ** 2, np.ones(len(rows))


def _mape(rows: Judged) -> tuple[np.ndarray, np.ndarray]:
    """Undefined where a target is 0, which would make it infinite."""
    import numpy as np

    if not (rows.truth != 0).all():
        return np.zeros(len(rows)), np.zeros(len(rows))
    return abs((rows.truth - rows.numbers) / rows.truth), np.ones(len(rows))


PARTS: dict[str, Callable[[Judged], tuple[np.ndarray, np.ndarray]]] = {
    "mase": _mase, "smape": _smape, "coverage": _coverage, "wql": _wql, "mae": _mae, "rmse": _rmse, "mape": _mape,
}  # fmt: skip


def score(rows: Judged, spec: MetricSpec) -> float:
    """The metric itself: every unit once. nan where these rows do not define it."""
    import numpy as np

    count = int(units(_where(rows)).max()) + 1
    return float(statistic(rows, spec)(np.arange(count), np.ones((1, count)))[0])


def resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """The metric in each resample; counts: [b, units]."""
    import numpy as np

    return statistic(rows, spec)(np.arange(counts.shape[1]), counts)


SERIES: tuple[Metric, ...] = (
    Metric("mase", "MASE", False, "forecasts", score, resampled),
    Metric("smape", "sMAPE", False, "forecasts", score, resampled),
    Metric("rmsse", "RMSSE", False, "forecasts", score, resampled),
    Metric("wql", "weighted quantile loss", False, "forecasts", score, resampled),
    Metric("coverage", "coverage of the 90 % interval", True, "forecasts", score, resampled),
)
NUMBERS_OF_SERIES: tuple[Metric, ...] = (
    Metric("mae", "mean absolute error", False, "forecasts", score, resampled),
    Metric("rmse", "RMSE", False, "forecasts", score, resampled),
    Metric("mape", "mean absolute percentage error", False, "forecasts", score, resampled),
)
