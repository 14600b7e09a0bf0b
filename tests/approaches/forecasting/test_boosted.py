"""Boosted trees over lags: what they see, what they say of windows that they have not seen, and what they write."""

from __future__ import annotations

import json
from pathlib import Path

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import LEVELS, Feasible, Infeasible
from tools.approaches.forecasting.boosted import FEW_ROUNDS, ROUNDS, BoostedLags, rounds_for, views_for
from tools.approaches.forecasting.views import view_of
from tools.core.errors import DataError
from tools.runtime import load
from tools.runtime.forecast_known import known_values
from tools.runtime.forecast_learning import View, lag_rows
from tools.runtime.forecast_trees import Predictor, looks_ahead

SHOPS = {name: forecast_jobs.wave(120, seed=place) * (1 + 10 * place) for place, name in enumerate("abc")}


def promoted() -> pd.DataFrame:
    """A shop that sells 20 more on days of a promotion, which come without any order."""
    random = np.random.default_rng(3)
    days = random.random(200) < 0.2
    made = {"s": forecast_jobs.wave(200, unrest=0.2) + 20 * days}
    return forecast_jobs.table(made, {"promo": lambda day: float(days[day]), "note": lambda day: "sale" if days[day] else None})


def test_it_learns_a_season_and_a_rise_that_all_series_share(tmp_path: Path) -> None:
    history, truth = forecast_jobs.ahead(forecast_jobs.table(SHOPS), 7)
    fitted = approach_named("boosted-lags").fit(forecast_jobs.job(history, tmp_path / "model"))
    model = load(tmp_path / "model")
    found = model.quantiles(history, truth[["series", "time"]])
    assert found.shape == (21, 1 + len(LEVELS))
    scale = truth["series"].map({"a": 1, "b": 11, "c": 21}).to_numpy()
    off = np.abs(found[:, 0] - truth["target"].to_numpy()) / scale
    naive = np.abs(history.groupby("series")["target"].tail(7).to_numpy() - truth["target"].to_numpy()) / scale
    assert off.mean() < naive.mean()
    inside = (found[:, 1] <= truth["target"]) & (truth["target"] <= found[:, -1])
    assert inside.mean() > 0.6
    assert fitted.settings["trees"] in ROUNDS
    assert fitted.settings["calendar"] == ["weekday", "day"]


def test_its_answers_for_a_window_do_not_know_the_window(tmp_path: Path) -> None:
    given = forecast_jobs.job(forecast_jobs.table(SHOPS), tmp_path / "model")
    plain, blind = BoostedLags().fit(given), BoostedLags().fit(forecast_jobs.hidden(given))
    assert plain.validation is not None
    assert blind.validation is not None
    said, said_blind = plain.validation.quantiles, blind.validation.quantiles
    assert said is not None
    assert said_blind is not None
    assert given.windows is not None
    where = {row: place for place, row in enumerate(given.validation.inputs.index)}
    first = [where[row] for row in given.windows[0]]
    last = [where[row] for row in given.windows[-1]]
    assert len(first) == len(last) == 21
    assert np.isfinite(said).all()
    assert (np.diff(said, axis=1) >= 0).all()
    candidates = _all_numbers_of_trees(given)
    assert plain.validation.values is not None
    assert np.isclose(candidates[:, last], plain.validation.values[last], atol=1e-9).any(axis=0).all()
    assert np.isclose(candidates[:, last], np.asarray(blind.validation.values)[last], atol=1e-9).any(axis=0).all()


def _all_numbers_of_trees(given: object) -> np.ndarray:
    """[numbers of trees, validation rows]: what each number of trees says of each window, trained before it."""
    from tools.approaches.base import FitJob
    from tools.approaches.forecasting.windows import form_of, long_table, windows_of

    assert isinstance(given, FitJob)
    job = given
    tried, views = rounds_for(form_of(job)), views_for(form_of(job), view_of(long_table(job.train), form_of(job)))
    found = np.full((len(tried), len(given.validation)), np.nan)
    for number, window in enumerate(windows_of(job)):
        trials = BoostedLags()._window(job, window, views, tried, number, 2)
        found[:, window.places[window.places >= 0]] = trials.opinions[:, window.places >= 0]
    return found


def test_what_is_known_in_advance_is_read_of_the_future(tmp_path: Path) -> None:
    history, truth = forecast_jobs.ahead(promoted(), 14)
    described = forecast_jobs.form(history, horizon=14, known=["promo"])
    BoostedLags().fit(forecast_jobs.job(history, tmp_path / "model", described))
    model = load(tmp_path / "model")
    future = truth[["series", "time", "promo"]]
    said = model.quantiles(history, future)[:, 0]
    without = model.quantiles(history, future.assign(promo=0.0))[:, 0]
    days = truth["promo"].to_numpy() > 0
    assert days.any()
    assert (said - without)[days].min() > 10
    assert (said - without)[~days] == pytest.approx(0)
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert [column["name"] for column in manifest["inputs"]] == ["day", "shop", "promo"]
    assert manifest["covariates"] == [{"name": "promo", "ahead": True}, {"name": "note", "ahead": False, "values": ["sale"]}]
    assert manifest["requirements"] == ["lightgbm", "numpy", "pandas"]


def test_without_what_is_known_in_advance_it_says_what_is_usual(tmp_path: Path) -> None:
    """A shop that is open on most days and sells 20 more on them: a future of which nothing is told is no closed one."""
    is_open = np.random.default_rng(3).random(214) < 0.8
    made = forecast_jobs.table(
        {"s": forecast_jobs.wave(214, unrest=0.2) + 20 * is_open}, {"open": lambda day: float(is_open[day])}
    )
    history, truth = forecast_jobs.ahead(made, 14)
    BoostedLags().fit(forecast_jobs.job(history, tmp_path / "model", forecast_jobs.form(history, horizon=14, known=["open"])))
    model = load(tmp_path / "model")
    future = truth[["series", "time", "open"]]
    opened, closed, untold = (model.quantiles(history, future.assign(open=told))[:, 0] for told in (1.0, 0.0, np.nan))
    assert np.abs(untold - opened).mean() < 2
    assert np.abs(untold - closed).mean() > 15
    assert np.abs(model.quantiles(history, future)[:, 0] - truth["target"].to_numpy()).mean() < 1


def test_only_rows_to_learn_from_lack_covariates() -> None:
    frame = promoted().assign(note=lambda table: table["note"].fillna("none"))
    described = forecast_jobs.form(frame, known=["promo"])
    view = view_of(frame, described)
    rows = lag_rows(frame, described.seasons, described.horizon, view, 100_000, seed=0)
    missing = np.isnan(rows.features[:, -2:])
    assert (missing[:, 0] == missing[:, 1]).all()
    assert 0.05 < missing[:, 0].mean() < 0.15
    plain = lag_rows(frame, described.seasons, described.horizon, View(view.calendar, []), 100_000, seed=0)
    assert np.array_equal(rows.features[:, :-2], plain.features, equal_nan=True)
    history, ahead = forecast_jobs.ahead(frame, 7)
    judged, _ = looks_ahead(known_values(history), history, ahead, described.seasons, view.calendar, view.covariates)
    assert np.isfinite(judged.features[:, -2:]).all()


def test_the_same_rows_give_the_same_trees(tmp_path: Path) -> None:
    history = forecast_jobs.table(SHOPS)
    texts = []
    for name in ("one", "two"):
        BoostedLags().fit(forecast_jobs.job(history, tmp_path / name))
        texts.append((tmp_path / name / "trees.txt").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_few_short_series_are_answered_by_the_mean_of_trees_with_all_lags_and_with_few(tmp_path: Path) -> None:
    history, truth = forecast_jobs.ahead(forecast_jobs.table({"s": forecast_jobs.wave(210, rise=0.2)}), 7)
    alone = forecast_jobs.form(history)
    many = alone.model_copy(update={"count": 10})
    assert [view.few for view in views_for(alone, view_of(history, alone))] == [False, True]
    assert [view.few for view in views_for(many, view_of(history, many))] == [False]
    assert (rounds_for(alone), rounds_for(many)) == (FEW_ROUNDS, ROUNDS)
    BoostedLags().fit(forecast_jobs.job(history, tmp_path, alone, windows=4))
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["few"] == [False, True]
    predictor, future = load(tmp_path).predictor, truth[["series", "time"]]
    assert isinstance(predictor, Predictor)
    assert {few: trees.num_feature() for few, trees in predictor.trees.items()} == {False: 15, True: 6}
    each = [predictor.forecast_by({few: trees}, history, future)[:, 0] for few, trees in predictor.trees.items()]
    assert predictor.forecast(history, future)[:, 0] == pytest.approx((each[0] + each[1]) / 2)


def test_rows_to_learn_from_are_bounded_and_spread_over_the_series() -> None:
    frame = forecast_jobs.table(SHOPS)
    described = forecast_jobs.form(frame)
    view = view_of(frame, described)
    few, many = (lag_rows(frame, described.seasons, described.horizon, view, most, seed=0) for most in (150, 100_000))
    assert len(few.target) <= 150
    assert len(few.target) > 100
    assert len(many.target) == 3 * sum(min(7, 119 - origin) for origin in range(7, 119))
    assert many.points == 360
    assert few.features.shape[1] == many.features.shape[1]


def test_series_without_a_history_to_learn_from_are_told(tmp_path: Path) -> None:
    frame = forecast_jobs.table({"a": np.array([1.0, 2.0])})
    with pytest.raises(DataError, match=r"^Expected series with some history\. Found none\. Give longer series\.$"):
        BoostedLags().fit(forecast_jobs.job(frame, tmp_path, forecast_jobs.form(frame, horizon=1), windows=1))


def test_what_it_needs_and_what_it_costs() -> None:
    short = BoostedLags().consider(forecast_jobs.situation(longest=20, median_length=20))
    assert short == Infeasible("needs at least 24 points of a series")
    small = BoostedLags().consider(forecast_jobs.situation(longest=200, median_length=200))
    large = BoostedLags().consider(forecast_jobs.situation(longest=2000, median_length=2000, count=100))
    assert isinstance(small, Feasible)
    assert isinstance(large, Feasible)
    assert small.estimate.minutes < large.estimate.minutes < 5
    assert "all series at once" in large.reason


def test_a_longer_history_is_learnt_from_anew(tmp_path: Path) -> None:
    """Good and bad weeks take turns, and no longer do so after the model was made: old trees would expect it still."""
    weeks = np.arange(280) // 7
    values = forecast_jobs.wave(280) + np.where(weeks < 20, 20.0 * (weeks % 2), 4.0 * (weeks - 20))
    before, after = values[:140], values[140:]
    early = forecast_jobs.table({"s": before})
    history, truth = forecast_jobs.ahead(forecast_jobs.table({"s": np.concatenate([before, after])}), 7)
    BoostedLags().fit(forecast_jobs.job(early, tmp_path / "model"))
    model, future = load(tmp_path / "model"), truth[["series", "time"]]
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["recipe"]["points"], manifest["anew"]) == (140, 420)
    said = model.quantiles(history, future)[:, 0]
    assert isinstance(model.predictor, Predictor)
    kept = model.predictor.forecast_by(model.predictor.trees, history, future)[:, 0]
    assert np.abs(said - truth["target"]).mean() < 0.8 * np.abs(kept - truth["target"]).mean()


def test_a_history_that_is_not_longer_is_forecast_by_the_measured_trees(tmp_path: Path) -> None:
    """What is exported is what was measured; and a caller who gives the last weeks alone is not answered from these alone."""
    frame = forecast_jobs.table({"s": forecast_jobs.wave(140)})
    BoostedLags().fit(forecast_jobs.job(frame, tmp_path / "model"))
    predictor = load(tmp_path / "model").predictor
    assert isinstance(predictor, Predictor)
    future = forecast_jobs.table({"s": forecast_jobs.wave(147)}).tail(7)[["series", "time"]]
    for history in (frame, frame.tail(40).reset_index(drop=True)):
        assert np.array_equal(predictor.forecast(history, future), predictor.forecast_by(predictor.trees, history, future))


def test_what_takes_long_to_learn_is_not_learnt_at_every_forecast(tmp_path: Path) -> None:
    many = {f"shop {number}": forecast_jobs.wave(300, seed=number) for number in range(30)}
    frame = forecast_jobs.table(many)
    BoostedLags().fit(forecast_jobs.job(frame, tmp_path / "model", forecast_jobs.form(frame, horizon=28), windows=1))
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["anew"] == 0
    assert manifest["recipe"]["points"] == 9_000


def test_many_values_of_series_too_short_to_learn_from_are_forecast_by_the_measured_trees(tmp_path: Path) -> None:
    BoostedLags().fit(forecast_jobs.job(forecast_jobs.table({"s": forecast_jobs.wave(60)}), tmp_path / "model"))
    predictor = load(tmp_path / "model").predictor
    assert isinstance(predictor, Predictor)
    history, future = forecast_jobs.ahead(forecast_jobs.table({f"s{n}": np.array([5.0, 7, 6, 8]) for n in range(40)}), 1)
    assert predictor.anew
    assert predictor.learnt(history, 1) is None
    assert np.isfinite(predictor.forecast(history, future[["series", "time"]])).all()


def test_a_history_that_would_take_long_to_learn_from_is_forecast_by_the_measured_trees(tmp_path: Path) -> None:
    BoostedLags().fit(forecast_jobs.job(forecast_jobs.table({"s": forecast_jobs.wave(60)}), tmp_path / "model"))
    predictor = load(tmp_path / "model").predictor
    assert isinstance(predictor, Predictor)
    learnt = []
    predictor.learnt = lambda history, cores: learnt.append(len(history))  # type: ignore[method-assign]
    for length in (60, 61, 180, 181):
        history, ahead = forecast_jobs.ahead(forecast_jobs.table({"s": forecast_jobs.wave(length + 7)}), 7)
        predictor.forecast(history, ahead[["series", "time"]])
    assert learnt == [61, 180]
