"""Metrics of numbers: errors in the target's own unit (rmse, mae), relative ones (mape, rmsle), the share explained (r2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.task import MetricSpec
from tools.metrics.judged import Judged, Metric

if TYPE_CHECKING:
    import numpy as np


def _mean(counts: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Mean of a column [n] in each resample."""
    result: np.ndarray = counts @ column / counts.sum(axis=1)
    return result


def rmse(rows: Judged, spec: MetricSpec) -> float:
    """Root of the mean squared error, in the target's unit."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(rows.truth, rows.numbers))


def rmse_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """RMSE in each resample."""
    return _mean(counts, (rows.truth - rows.numbers) ** 2) ** 0.5


def mae(rows: Judged, spec: MetricSpec) -> float:
    """Mean absolute error, in the target's unit."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(rows.truth, rows.numbers))


def mae_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """MAE in each resample."""
    return _mean(counts, abs(rows.truth - rows.numbers))


def r2(rows: Judged, spec: MetricSpec) -> float:
    """Share of the target's variance that is explained: 0 for always saying the mean, less for worse. nan if none varies."""
    from sklearn.metrics import r2_score

    varies = len(rows) > 1 and float(rows.truth.min()) != float(rows.truth.max())
    return float(r2_score(rows.truth, rows.numbers)) if varies else float("nan")


def r2_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """R2 in each resample."""
    import numpy as np

    truth = rows.truth - rows.truth.mean()  # centred, so that the variance below does not cancel digits
    variance = _mean(counts, truth**2) - _mean(counts, truth) ** 2
    error = _mean(counts, (rows.truth - rows.numbers) ** 2)
    left: np.ndarray = np.divide(error, variance, out=np.full_like(error, np.nan), where=variance > 0)
    return 1.0 - left


def mape(rows: Judged, spec: MetricSpec) -> float:
    """Mean of |error| / |target|, as a share of 1. nan where a target is 0, which would make it infinite."""
    from sklearn.metrics import mean_absolute_percentage_error

    return float(mean_absolute_percentage_error(rows.truth, rows.numbers)) if (rows.truth != 0).all() else float("nan")


def mape_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """MAPE in each resample."""
    return _mean(counts, abs((rows.truth - rows.numbers) / rows.truth))


def rmsle(rows: Judged, spec: MetricSpec) -> float:
    """RMSE of log(1 + value); predictions below 0 count as 0. nan where a target is below 0."""
    import numpy as np
    from sklearn.metrics import root_mean_squared_log_error

    possible = float(rows.truth.min()) >= 0
    return float(root_mean_squared_log_error(rows.truth, np.maximum(rows.numbers, 0.0))) if possible else float("nan")


def rmsle_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """RMSLE in each resample."""
    import numpy as np

    return _mean(counts, (np.log1p(rows.truth) - np.log1p(np.maximum(rows.numbers, 0.0))) ** 2) ** 0.5


NUMBERS: tuple[Metric, ...] = (
    Metric("rmse", "RMSE", False, "numbers", rmse, rmse_resampled),
    Metric("mae", "mean absolute error", False, "numbers", mae, mae_resampled),
    Metric("r2", "R²", True, "numbers", r2, r2_resampled),
    Metric("mape", "mean absolute percentage error", False, "numbers", mape, mape_resampled),
    Metric("rmsle", "RMSLE", False, "numbers", rmsle, rmsle_resampled),
)
