"""Weights of an ensemble's members: from the windows, and where these cannot be parted into some to learn from."""

from __future__ import annotations

from pathlib import Path

import forecast_jobs
import numpy as np

from tools.approaches.forecasting.trials import trials_of
from tools.approaches.forecasting.weighing import general_weights, weighed
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


def test_the_fewer_windows_tell_the_errors_the_more_even_the_weights(tmp_path: Path) -> None:
    """One member is always half as far off again: it counts for more where one window says so than where sixty do."""

    def shares(series: int, windows: int) -> np.ndarray:
        frame = forecast_jobs.table({f"shop {number}": np.tile([10.0, 12.0], 40) for number in range(series)})
        given = forecast_jobs.job(frame, tmp_path, forecast_jobs.form(frame, horizon=2, season=1), windows=windows)
        off = {"near": 1.0, "far": 1.5}
        trials = trials_of(
            windows_of(given), list(off), 1, lambda _, member, __, horizon: np.resize([10.0, 12.0], horizon) + off[member]
        )
        return general_weights(trials)

    few, many = shares(1, 1), shares(20, 3)
    assert 0.5 < few[0] < many[0] < 1
    assert np.allclose([few.sum(), many.sum()], 1)


def test_a_member_that_is_hopeless_is_left_out(tmp_path: Path) -> None:
    """It would cost time at every forecast."""
    frame = forecast_jobs.table({name: forecast_jobs.wave(80, seed=place) for place, name in enumerate("abcdef")})
    windows = windows_of(forecast_jobs.job(frame, tmp_path, windows=3))
    trials = trials_of(
        windows, ["near", "far"], 7, lambda _, member, __, horizon: np.full(horizon, 40 if member == "near" else 900)
    )
    assert general_weights(trials).tolist() == [1, 0]
