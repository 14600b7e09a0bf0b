"""AutoGluon over series: trained before each window, weighed here, kept without the person's rows, refused where it is idle."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import (
    LEVELS,
    Feasible,
    FitJob,
    Fitted,
    Infeasible,
    LeftOut,
    Member,
    Predictions,
    SeriesContext,
)
from tools.approaches.forecasting.autogluon_series import AutoGluonSeries, refuse_where_others_are_as_good
from tools.approaches.forecasting.autogluon_training import models_for
from tools.runtime import load
from tools.runtime.forecast_autogluon import frame_of


def promoted(name: str, seed: int) -> tuple[str, np.ndarray]:
    days = np.arange(84)
    return name, forecast_jobs.wave(84, unrest=0.3, seed=seed) + 15 * (days % 5 == 0)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitJob, Fitted, pd.DataFrame]:
    """Two shops with a promotion that is known ahead, and a third that is too short for AutoGluon's windows."""
    series = dict([promoted("a", 0), promoted("b / c", 1)]) | {"new": np.arange(12.0)}
    table = forecast_jobs.table(series, {"target_": lambda day: float(day % 5 == 0), "kind": lambda day: "x"})
    history, truth = forecast_jobs.ahead(table, 7)
    described = forecast_jobs.form(history, known=["target_"]).model_copy(update={"static": ["kind"], "past": []})
    job = forecast_jobs.job(history, tmp_path_factory.mktemp("autogluon") / "model", described, windows=2)
    job = replace(job, train=job.train, windows=[[row for row in window if row < 154] for window in job.windows or []])
    job = replace(job, validation=job.train.take(sorted(row for window in job.windows or [] for row in window)))
    return job, AutoGluonSeries().fit(job), truth


def test_it_answers_for_every_row_of_the_windows(fitted: tuple[FitJob, Fitted, pd.DataFrame]) -> None:
    job, found, _ = fitted
    assert found.validation is not None
    assert found.validation.quantiles is not None
    assert found.validation.quantiles.shape == (28, len(LEVELS))
    assert np.isfinite(found.validation.quantiles).all()
    off = np.abs(found.validation.values - job.validation.target.to_numpy())
    assert off.mean() < 3, "the season, the rise and the promotion are learnt"
    assert set(found.settings["members"]) <= set(found.settings["tried"])
    assert {"DirectTabular", "RecursiveTabular", "SeasonalNaive"} <= set(found.settings["tried"])


def test_what_was_written_forecasts_any_history_any_horizon_and_reads_what_is_known(
    fitted: tuple[FitJob, Fitted, pd.DataFrame],
) -> None:
    job, _, truth = fitted
    model = load(job.folder)
    history = job.train.inputs.assign(target=job.train.target)[["series", "time", "target", "target_", "kind"]]
    future = truth[["series", "time", "target_"]]
    found = model.quantiles(history, future)
    assert found.shape == (21, 1 + len(LEVELS))
    old = (truth["series"] != "new").to_numpy()
    assert np.abs(found[:, 0] - truth["target"].to_numpy())[old].mean() < 4
    alone = history[history["series"] == "b / c"].assign(series="elsewhere")
    times = pd.date_range("2024-03-18", periods=16, freq="D").as_unit("ns")
    further = pd.DataFrame({"series": "elsewhere", "time": times, "target_": [float(day % 5 == 0) for day in range(77, 93)]})
    longer = model.quantiles(alone, further)
    assert longer[:7, 0] == pytest.approx(found[(truth["series"] == "b / c").to_numpy(), 0], rel=0.1)
    assert np.isfinite(longer).all()
    assert (longer[-1, -1] - longer[-1, 1]) >= (longer[0, -1] - longer[0, 1]), "further ahead it is less sure"


def test_the_folder_holds_no_row_of_the_person(fitted: tuple[FitJob, Fitted, pd.DataFrame]) -> None:
    job, _, _ = fitted
    names = {path.name for path in (job.folder / "autogluon").rglob("*")}
    assert not names & {"train.pkl", "oof.pkl", "logs", "data"}
    assert not job.folder.with_name("model.training").exists()
    manifest = json.loads((job.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == "forecast-autogluon"
    assert {"autogluon.timeseries", "numpy", "pandas"} <= set(manifest["requirements"])
    assert [column["name"] for column in manifest["inputs"]] == ["day", "shop", "target_"]


def said(job: FitJob, off: float) -> Predictions:
    values = job.validation.target.to_numpy(dtype=float) + off
    one = np.ones(len(values))
    return Predictions(values=values, context=SeriesContext(one.astype(int), one.astype(int), one.astype(int), one, one))


def test_where_another_is_as_good_it_is_left_out_for_its_size(tmp_path: Path) -> None:
    job = forecast_jobs.job(forecast_jobs.table({"a": forecast_jobs.wave(60)}), tmp_path)
    other = Member("trees", "Boosted trees", tmp_path, said(job, 0.5), 1.0, 1.0)
    job = replace(job, members=lambda: [other])
    refuse_where_others_are_as_good(job, said(job, -0.4))
    with pytest.raises(
        LeftOut,
        match=r"^not worth its size: scaled error 0\.499 on the validation windows, Boosted trees has 0\.500, and its "
        r"prototype would carry torch \(about 900 MB\)$",
    ):
        refuse_where_others_are_as_good(job, said(job, 0.499))
    refuse_where_others_are_as_good(replace(job, members=tuple), said(job, 9.0))


def test_what_it_needs_and_what_it_costs() -> None:
    assert AutoGluonSeries().consider(forecast_jobs.situation(longest=19)) == Infeasible("needs a series of at least 20 points")
    small = AutoGluonSeries().consider(forecast_jobs.situation(longest=200, median_length=200, shortest=200))
    many = AutoGluonSeries().consider(forecast_jobs.situation(longest=2000, median_length=2000, shortest=2000, count=100))
    assert isinstance(small, Feasible)
    assert isinstance(many, Feasible)
    assert small.estimate.minutes < many.estimate.minutes <= 7
    assert "about 900 MB" in small.reason


def test_slow_models_are_left_out_where_they_would_take_the_others_time() -> None:
    form = forecast_jobs.situation(longest=900, median_length=900, count=50).series
    assert form is not None
    assert "AutoETS" in models_for(form, 4, seconds=10_000, cores=2)
    few = models_for(form, 4, seconds=60, cores=2)
    assert list(few) == ["SeasonalNaive", "DynamicOptimizedTheta", "RecursiveTabular", "DirectTabular"]
    assert few["DirectTabular"]["date_features"] == [], "time is counted"
    assert {1, 6, 7, 8, 14, 21} <= set(few["DirectTabular"]["lags"])


def test_counted_time_and_missing_covariates_become_what_autogluon_takes() -> None:
    table = pd.DataFrame({"series": ["b", "b", "a"], "time": [7, 8, 1], "target": [1.0, np.nan, 3.0], "kind": ["x", None, "y"]})
    frame = frame_of(table, {"frequency": None, "known": ["kind", "lost"], "static": []})
    assert frame.index.get_level_values("item_id").tolist() == [0, 0, 1]
    assert [str(time) for time in frame.index.get_level_values("timestamp")[:2]] == [
        "2000-01-01 00:00:00",
        "2000-01-01 01:00:00",
    ]
    assert frame["k0"].tolist() == ["x", "", "y"]
    assert frame["k1"].isna().all()
