"""Weights of an ensemble's members: from the windows, and where these cannot be parted into some to learn from."""

from __future__ import annotations

from pathlib import Path

import forecast_jobs
import numpy as np

from tools.approaches.forecasting.trials import trials_of
from tools.approaches.forecasting.weighing import weighed
from tools.approaches.forecasting.windows import windows_of


def test_one_window_of_few_series_is_answered_by_equal_weights(tmp_path: Path) -> None:
    """Nothing is left to learn from without the window itself."""
    frame = forecast_jobs.table({name: forecast_jobs.wave(40, seed=place) for place, name in enumerate("abc")})
    windows = windows_of(forecast_jobs.job(frame, tmp_path, windows=1))
    trials = trials_of(
        windows, ["low", "high"], 7, lambda _, member, __, horizon: np.full(horizon, 30.0 + 20 * (member == "high"))
    )
    weights, points = weighed(trials)
    assert weights.general.sum() == 1
    assert (points == 40).all()
