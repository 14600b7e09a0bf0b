"""What weights and intervals are learnt from: forecasts of the windows whose histories tell a unit of errors."""

from __future__ import annotations

import json
from pathlib import Path

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.forecasting.boosted import _best
from tools.approaches.forecasting.trials import Trials, trials_of
from tools.approaches.forecasting.weighing import weighed
from tools.approaches.forecasting.windows import windows_of
from tools.runtime import load

SHOPS = {name: forecast_jobs.wave(84, seed=place) for place, name in enumerate("abcd")}
AWAKE = np.concatenate([np.zeros(70), np.full(14, 3.0)])  # never sold, until the windows


def two_members(folder: Path) -> Trials:
    """The one says what the shops sell, and nothing of the one that awakes; the other says that alone."""
    frame = forecast_jobs.table({**SHOPS, "new": AWAKE})
    values = {name: part["target"].to_numpy() for name, part in frame.groupby("series")}
    wrong = {"shops": "new", "awake": "abcd"}
    return trials_of(
        windows_of(forecast_jobs.job(frame, folder)),
        list(wrong),
        7,
        lambda name, member, known, horizon: values[name][len(known) :][:horizon] + 2.0 * (name in wrong[member]),
    )


@pytest.mark.parametrize("name", ["seasonal-naive", "boosted-lags"])
def test_a_series_that_never_changed_widens_no_interval(name: str, tmp_path: Path) -> None:
    spreads = []
    for place, series in enumerate((SHOPS, {**SHOPS, "new": AWAKE})):
        fitted = approach_named(name).fit(forecast_jobs.job(forecast_jobs.table(series), tmp_path / str(place)))
        spreads.append(json.loads((tmp_path / str(place) / "manifest.json").read_text(encoding="utf-8"))["spread"])
        assert fitted.validation is not None
        quantiles = fitted.validation.quantiles
        assert quantiles is not None
        assert (quantiles[:, -1] - quantiles[:, 0]).max() < 50
    assert spreads[1]["offsets"][-1] < 1.5 * spreads[0]["offsets"][-1] + 0.5
    assert spreads[1]["offsets"][0] > 1.5 * spreads[0]["offsets"][0] - 0.5


def test_a_series_that_never_changed_chooses_nothing(tmp_path: Path) -> None:
    trials = two_members(tmp_path)
    assert _best(trials) == 0
    weights, _ = weighed(trials)
    assert weights.general[0] > weights.general[1]
    assert trials.flat.sum() == 7, "of the first of two windows"


@pytest.mark.parametrize("name", ["seasonal-naive", "boosted-lags", "statistical-ensemble"])
@pytest.mark.parametrize("end", [0.0, 3.0])
def test_where_nothing_ever_changed_intervals_are_narrow(name: str, end: float, tmp_path: Path) -> None:
    asleep = {name: np.where(np.arange(84) >= 77, end, 0.0) for name in "abc"}
    fitted = approach_named(name).fit(forecast_jobs.job(forecast_jobs.table(asleep), tmp_path / "model", windows=1))
    history = forecast_jobs.table({name: np.zeros(84) for name in "abc"})
    times = pd.date_range(history["time"].max(), periods=8, freq="D").as_unit("ns")[1:]
    found = load(tmp_path / "model").quantiles(history, pd.DataFrame({"series": "a", "time": times}))
    assert fitted.validation is not None
    for quantiles in (found, fitted.validation.quantiles):
        assert quantiles is not None
        assert np.isfinite(quantiles).all()
        assert (quantiles[:, -1] - quantiles[:, 0]).max() < 1e-6
