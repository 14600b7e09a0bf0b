"""A forecaster in a run: it is scored by what a prototype would say, from the history before the locked window alone."""

from __future__ import annotations

import json
from pathlib import Path

import forecast_runs
import numpy as np
import pandas as pd
import polars as pl
import pytest

from tools.approaches.base import LEVELS, Rows
from tools.jobs import forecasts, predictions
from tools.jobs.material import material
from tools.jobs.run import Run
from tools.runtime import load


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Run:
    place = tmp_path_factory.mktemp("forecasts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_HOME", str(place / "home"))
        return forecast_runs.built(
            place / "run", forecast_runs.write_shops(place / "shops.csv"), ["last-value", "seasonal-naive"]
        )


def test_the_locked_week_is_forecast_from_the_week_before_it(run: Run) -> None:
    folder = run.candidate("seasonal-naive")
    _, target, found = predictions.read(folder, "test")
    places = predictions.places(folder, "test")
    assert len(target) == 3 * forecast_runs.HORIZON
    north = places.with_row_index().filter(pl.col("series") == "north")
    first_day = 84 - forecast_runs.HORIZON
    assert north["step"].to_list() == list(range(1, 8))
    assert str(north["time"][0].date()) == str((forecast_runs.START + pd.Timedelta(days=first_day)).date())
    assert found.values is not None
    told = [found.values[at] for at in north["index"]]
    assert told == pytest.approx([forecast_runs.value(day, 0) for day in range(first_day - 7, first_day)])


def test_predictions_come_back_with_their_quantiles_and_places(run: Run) -> None:
    _, _, found = predictions.read(run.candidate("seasonal-naive"), "validation")
    assert found.quantiles is not None
    assert found.context is not None
    assert found.low is not None
    assert found.quantiles.shape == (4 * 21, len(LEVELS))
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert set(found.context.window.tolist()) == {0, 1, 2, 3}
    assert set(found.context.series.tolist()) == {0, 1, 2}
    assert (found.context.scale > 0).all()
    assert (found.quantiles[:, 0] == found.low).all()
    assert predictions.places(run.candidate("seasonal-naive"), "validation").height == 4 * 21


def test_the_result_is_scored_and_timed_and_the_comparison_speaks_of_points_and_series(run: Run) -> None:
    result = run.result("seasonal-naive")
    assert result is not None
    assert result.test is not None
    assert result.validation is not None
    assert (result.test.main.metric, result.test.rows, result.validation.rows) == ("mase", 21, 84)
    assert set(result.test.others) >= {"mase", "smape", "rmsse", "wql", "coverage"}
    assert result.predict_ms_per_row is not None
    assert result.settings["predict_ms_single"] > 0
    assert run.comparison is not None
    assert run.comparison.chosen == "seasonal-naive"
    assert "on the last 7 points of 3 series, which were locked." in run.comparison.why


def test_a_history_that_ends_early_is_forecast_from_its_own_end(run: Run) -> None:
    """The last two values of a shop are missing: its forecast starts two steps earlier, as a prototype's would."""
    given, model = material(run), load(run.candidate("seasonal-naive") / "model")
    target = given.train.target.copy()
    south = given.train.inputs.index[given.train.inputs["series"] == "south"]
    target.loc[south[-2:]] = np.nan
    found = forecasts.predicted_by(model, Rows(given.train.inputs, target), given.test)
    mine = (given.test.inputs["series"] == "south").to_numpy()
    assert found.values is not None
    last = 84 - forecast_runs.HORIZON - 2  # the first day that is not known
    week = [forecast_runs.value(day, 1) for day in range(last - 7, last)]
    assert found.values[mine].tolist() == pytest.approx([week[(2 + step) % 7] for step in range(7)])


def test_a_series_without_a_history_is_named(run: Run) -> None:
    given, model = material(run), load(run.candidate("seasonal-naive") / "model")
    known = given.train.take([at for at, name in enumerate(given.train.inputs["series"]) if name != "west"])
    with pytest.raises(
        ValueError, match=r"^Expected a history of each series\. Found none of 'west' before its locked window\."
    ):
        forecasts.predicted_by(model, known, given.test)


def test_the_manifest_holds_the_form_that_the_prototype_reads_by(run: Run) -> None:
    manifest = json.loads((run.candidate("seasonal-naive") / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["series"]["horizon"], manifest["series"]["frequency"]) == ("forecasting", 7, "D")
