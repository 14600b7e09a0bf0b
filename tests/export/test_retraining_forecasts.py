"""Retraining of forecasters: how far they may be off is learnt anew, and both models are compared on what is held back."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.approaches.forecasting.boosted import BoostedLags
from tools.export.model_card import TEMPLATES
from tools.runtime import load
from tools.runtime.forecast_known import known_values, spans
from tools.runtime.forecast_naive import repeated
from tools.runtime.forecast_trees import Predictor

SPREAD = {"season": 7, "growth": 0.0}


class Weekly:
    """A model that says the last week again, or so much above it, for every level, too."""

    def __init__(self, off: float = 0.0) -> None:
        self.off = off
        self.manifest = {"series": {"horizon": 7, "seasons": [7]}, "levels": [0.1, 0.9]}
        self.predictor = SimpleNamespace(forecast=self.quantiles)

    def quantiles(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        known, found = known_values(history, 7), np.empty((len(future), 3))
        for name, rows in spans(future["series"].to_numpy()):
            found[rows] = repeated(known[name], 7, rows.stop - rows.start)[:, None] + self.off
        return found


def shipped(name: str, file: str) -> ModuleType:
    """A template that learns anew, beside the modules that it is shipped with."""
    spec = importlib.util.spec_from_file_location(f"tools.runtime.{name}", TEMPLATES / "learning" / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def relearnt() -> ModuleType:
    return shipped("relearnt_spread", "relearnt_spread.py")


@pytest.fixture
def trees_learning(relearnt: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "tools.runtime.relearnt_spread", relearnt)
    return shipped("learning", "forecast_trees.py")


@pytest.fixture
def retraining() -> dict[str, Any]:
    """What retrain.py defines."""
    return runpy.run_path(str(TEMPLATES / "forecasts" / "retrain.py"), run_name="retraining")


def test_errors_after_a_history_that_never_changed_are_not_learnt(relearnt: ModuleType) -> None:
    shops = {name: forecast_jobs.wave(70, seed=place) for place, name in enumerate("ab")}
    awake = np.concatenate([np.zeros(63), np.full(7, 3.0)])
    plain, beside = (
        relearnt._errors(Weekly().quantiles, 7, forecast_jobs.table(one), SPREAD) for one in (shops, {**shops, "new": awake})
    )
    assert sorted(beside) == pytest.approx(sorted(plain))


def test_where_no_series_changes_the_new_model_is_not_worse(retraining: dict[str, Any]) -> None:
    past, ahead = retraining["parted"](forecast_jobs.table({name: np.full(40, 5.0) for name in "ab"}), 7)
    assert np.isnan(retraining["scaled_error"](Weekly(), past, ahead)[0])
    assert retraining["accepted"](Weekly(), Weekly(), past, ahead)
    assert not retraining["accepted"](Weekly(), Weekly(off=1), past, ahead), "by the quantile loss"


def test_errors_of_many_series_are_counted_in_passing(retraining: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The column of names is compared with no single name: with 5,000 series of 100 steps that took minutes."""
    past, ahead = retraining["parted"](forecast_jobs.table({str(name): forecast_jobs.wave(30) for name in range(20)}), 7)
    compared: list[object] = []
    equal = pd.Series.__eq__

    def told(column: pd.Series, other: object) -> pd.Series:
        compared.append(other)
        return equal(column, other)

    monkeypatch.setattr(pd.Series, "__eq__", told)
    assert retraining["scaled_error"](Weekly(), past, ahead)[0] == pytest.approx(1, abs=0.5)
    assert not compared


def gapped(gap: int) -> pd.DataFrame:
    """Ten weeks that repeat but for a rise by one a week, of which the days before the last week are missing."""
    values = np.tile([0.0, 10, 20, 30, 40, 50, 60], 10) + np.repeat(np.arange(10.0), 7)
    values[63 - gap : 63] = np.nan
    return forecast_jobs.table({"a": values})


@pytest.mark.parametrize("gap", [1, 3, 9])
def test_both_models_forecast_from_the_last_known_value_on(gap: int, retraining: dict[str, Any]) -> None:
    past, ahead = retraining["parted"](gapped(gap), 7)
    assert len(ahead) == gap + 7
    assert ahead["target"].notna().sum() == 7
    assert past["target"].notna().iloc[-1]
    assert retraining["scaled_error"](Weekly(), past, ahead)[0] < 4, (
        "off by the rise of a few weeks, not by another weekday's value"
    )


@pytest.mark.parametrize("gap", [0, 1, 3, 9])
def test_errors_are_learnt_from_the_last_known_value_on(gap: int, relearnt: ModuleType) -> None:
    history = gapped(gap)
    errors = relearnt._errors(Weekly().quantiles, 7, history, SPREAD)
    assert len(errors) == 28 - gap
    assert np.abs(errors).max() < 4, "off by the rise of a few weeks, not by another weekday's value"


def test_series_without_a_value_before_a_window_are_left_out(relearnt: ModuleType) -> None:
    history = forecast_jobs.table({"a": forecast_jobs.wave(70), "new": forecast_jobs.wave(10)})
    assert len(relearnt._errors(Weekly().quantiles, 7, history, SPREAD)) == 28 + 7


@pytest.mark.parametrize("anew", [420, 0])
def test_new_trees_are_learnt_by_the_old_ones_recipe(anew: int, trees_learning: ModuleType, tmp_path: Path) -> None:
    """Good and bad weeks take turns, until after the model was made. One that learns at every forecast learns here, too."""
    weeks = np.arange(280) // 7
    values = forecast_jobs.wave(280) + np.where(weeks < 20, 20.0 * (weeks % 2), 4.0 * (weeks - 20))
    history, truth = forecast_jobs.ahead(forecast_jobs.table({"s": values}), 7)
    made = tmp_path / "model"
    BoostedLags().fit(forecast_jobs.job(history.head(140), made))
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    (made / "manifest.json").write_text(json.dumps(manifest | {"anew": anew}), encoding="utf-8")
    old = load(made)
    trees_learning.learn(old, tmp_path / "new", history, 1)
    new = load(tmp_path / "new")
    assert new.manifest["recipe"] == manifest["recipe"] | {"points": 273}
    assert new.manifest["spread"]["offsets"] == manifest["spread"]["offsets"], "of fewer errors than tell quantiles"
    future = truth[["series", "time"]]
    assert isinstance(old.predictor, Predictor)
    before = old.predictor.forecast_by(old.predictor.trees, history, future)[:, 0]
    after = new.quantiles(history, future)[:, 0]
    assert np.abs(after - truth["target"]).mean() < 0.8 * np.abs(before - truth["target"]).mean()


def test_series_too_short_to_learn_trees_from_are_told(trees_learning: ModuleType, tmp_path: Path) -> None:
    BoostedLags().fit(forecast_jobs.job(forecast_jobs.table({"s": forecast_jobs.wave(60)}), tmp_path / "model"))
    short = forecast_jobs.table({f"s{number}": np.array([5.0, 7, 6]) for number in range(40)})
    with pytest.raises(ValueError, match=r"^Expected series that are long enough to learn from\."):
        trees_learning.learn(load(tmp_path / "model"), tmp_path / "new", short, 1)
