"""Linear models and gradient boosting for tables: learned, written, and answered by the prototype's own code."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import Feasible, FitJob, Infeasible, Machine, Rows, Situation
from tools.approaches.baseline.estimators import fit_block
from tools.approaches.baseline.tables import parts_of
from tools.core.data import DataProfile
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec
from tools.runtime import load
from tools.runtime.table_features import Table

BASELINES = ["linear", "gradient-boosting"]


def people(rows: int, seed: int = 0) -> pd.DataFrame:
    """Whoever is old or lives in Ulm leaves, mostly; cost follows from age, weekday and town."""
    generator = np.random.default_rng(seed)
    age = generator.integers(18, 80, rows).astype(float)
    town = generator.choice(["Ulm", "Bonn", "Kiel"], rows)
    since = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 300, rows), unit="D")
    noise = generator.normal(0, 3, rows)
    left = (age + 25 * (town == "Ulm") + noise > 60).astype(int)
    cost = 10 * age + 200 * (since.weekday >= 5) + 50 * (town == "Kiel") + noise
    age[generator.random(rows) < 0.05] = np.nan
    return pd.DataFrame({"age": age, "town": town, "since": since, "left": np.where(left, "yes", "no"), "cost": cost})


def job(
    folder: Path, target: str, metric: MetricName, rows: int = 400, label: str | None = None, folds: bool = False
) -> FitJob:
    frame = people(rows)
    classes = target == "left"
    task = TaskSpec(
        kind="tabular-classification" if classes else "tabular-regression",
        inputs=["age", "town", "since"],
        target=target,
        labels=[Label(name="no"), Label(name="yes")] if classes else None,
    )
    everything = Rows(frame[task.inputs], frame[target])
    cut = rows * 3 // 4
    train, validation = everything.take(range(cut)), everything.take(range(cut, rows))
    parts = [list(range(start, rows, 4)) for start in range(4)] if folds else None
    if folds:
        train = validation = everything
    spec = MetricSpec(name=metric, label=label)
    return FitJob(task, spec, train, validation, parts, folder / "model", 1.0, lambda share, phase: None, cores=1)


def as_csv(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as a CSV file holds them."""
    return frame.astype(object).where(frame.notna(), "").astype(str).to_dict("records")  # type: ignore[return-value]


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("folds", [False, True])
def test_classes_are_learned_and_the_written_model_answers_csv_rows(name: str, folds: bool, tmp_path: Path) -> None:
    task = job(tmp_path, "left", "roc-auc", folds=folds)
    fitted = approach_named(name).fit(task)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    right = np.array(["no", "yes"])[fitted.validation.probabilities.argmax(axis=1)] == task.validation.target.to_numpy()
    assert right.mean() > 0.9
    new = people(50, seed=1)
    model = load(task.folder)
    answers = model.predict(as_csv(new[["age", "town", "since"]]))
    assert np.mean([answer["prediction"] for answer in answers] == new["left"]) > 0.85
    typed = model.raw(new[["age", "town", "since"]].to_dict("records"))  # type: ignore[arg-type]
    assert np.allclose(typed, model.raw(as_csv(new[["age", "town", "since"]])))


@pytest.mark.parametrize("name", BASELINES)
def test_numbers_are_learned_with_an_interval_that_covers(name: str, tmp_path: Path) -> None:
    task = job(tmp_path, "cost", "rmse", rows=600)
    approach_named(name).fit(task)
    new = people(200, seed=1)
    answers = pd.DataFrame(load(task.folder).predict(as_csv(new[["age", "town", "since"]])))
    assert 1 - ((answers["prediction"] - new["cost"]) ** 2).sum() / ((new["cost"] - new["cost"].mean()) ** 2).sum() > 0.8
    assert 0.8 < ((answers["low"] <= new["cost"]) & (new["cost"] <= answers["high"])).mean() <= 1


def test_an_f1_metric_brings_its_own_threshold(tmp_path: Path) -> None:
    task = job(tmp_path, "left", "f1", label="yes")
    fitted = approach_named("linear").fit(task)
    manifest = json.loads((task.folder / "manifest.json").read_text())
    assert 0 < manifest["threshold"] < 1
    assert fitted.validation is not None
    assert fitted.validation.choice is not None


def test_relative_errors_are_met_with_logarithms(tmp_path: Path) -> None:
    task = job(tmp_path, "cost", "rmsle")
    approach_named("linear").fit(task)
    model = load(task.folder)
    assert model.manifest["transform"] == "log1p"
    assert model.raw(as_csv(people(20, seed=1)[["age", "town", "since"]])).mean() > 100


def test_unseen_categories_and_empty_rows_are_answered(tmp_path: Path) -> None:
    for name in BASELINES:
        task = job(tmp_path / name, "left", "roc-auc")
        approach_named(name).fit(task)
        raw = load(task.folder).raw(
            [{"age": "", "town": "Nowhere", "since": "not a date"}, {"age": None, "town": None, "since": None}]
        )
        assert np.isfinite(raw).all()
        assert raw.sum(axis=1) == pytest.approx(1)


def test_a_label_that_was_never_seen_gets_no_probability(tmp_path: Path) -> None:
    task = job(tmp_path, "left", "accuracy")
    task.task.labels = [Label(name="maybe"), Label(name="no"), Label(name="yes")]
    for name in BASELINES:
        approach_named(name).fit(task)
        raw = load(task.folder).raw(as_csv(people(5, seed=1)[["age", "town", "since"]]))
        assert raw.shape == (5, 3)
        assert (raw[:, 0] == 0).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_class_of_one_row_leaves_a_fold_without_it(name: str, tmp_path: Path) -> None:
    done = job(tmp_path, "left", "roc-auc", rows=300, folds=True)
    done.train.target[:] = "no"
    done.train.target[17] = "yes"
    fitted = approach_named(name).fit(done)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.sum(axis=1) == pytest.approx(1)
    answered = load(done.folder).raw(as_csv(people(20, seed=1)[["age", "town", "since"]]))
    assert answered.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("name", BASELINES)
def test_many_classes_of_few_rows_are_learned_from_a_column_of_many_towns(name: str, tmp_path: Path) -> None:
    done = job(tmp_path, "left", "accuracy", rows=100)
    frame = pd.DataFrame({"town": [f"town {i * 7 % 22}" for i in range(100)], "left": [f"class {i % 20}" for i in range(100)]})
    labels = [Label(name=f"class {number}") for number in range(20)]
    task = done.task.model_copy(update={"inputs": ["town"], "labels": labels})
    rows = Rows(frame[["town"]], frame["left"])
    folds = [list(range(start * 20, start * 20 + 20)) for start in range(5)]
    fitted = approach_named(name).fit(replace(done, task=task, train=rows, validation=rows, folds=folds))
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert np.isfinite(fitted.validation.probabilities).all()


def test_a_mean_target_of_classes_of_one_row_is_not_looked_at() -> None:
    table, fitted = Table(categories={"town": np.array([f"town {i}" for i in range(25)], dtype=object)}), dict[str, Any]()
    block = {"source": "categories", "names": ["town"], "transformer": "target"}
    assert fit_block(block, table, np.arange(25), True, fitted, range(25), 0).shape == (25, 1)


def test_importance_names_the_column_that_matters(tmp_path: Path) -> None:
    task = job(tmp_path, "left", "roc-auc")
    approach_named("gradient-boosting").fit(task)
    found = json.loads((task.folder / "importance.json").read_text())
    assert [entry["column"] for entry in found] == ["age", "town", "since"]
    assert found[0]["importance"] > 0.1 > found[-1]["importance"]


def test_what_is_written_holds_no_class_of_fasttrack(tmp_path: Path) -> None:
    for name in BASELINES:
        task = job(tmp_path / name, "left", "roc-auc")
        approach_named(name).fit(task)
        pickled = zlib.decompress((task.folder / "estimators.joblib").read_bytes())
        assert b"sklearn." in pickled
        assert b"tools." not in pickled


def test_a_bag_answers_validation_rows_by_members_that_left_them_out(tmp_path: Path) -> None:
    task = job(tmp_path, "cost", "rmse")
    fitted = approach_named("gradient-boosting").fit(task)
    assert fitted.settings["members"] == 8
    assert fitted.validation is not None
    assert fitted.validation.values is not None
    final = load(task.folder).raw(task.validation.inputs.to_dict("records"))  # type: ignore[arg-type]
    target = task.validation.target.to_numpy()
    assert np.abs(final - target).mean() < 0.9 * np.abs(fitted.validation.values - target).mean()  # it has seen them


def test_rows_in_time_are_answered_by_a_bag_of_the_training_rows_alone(tmp_path: Path) -> None:
    task = job(tmp_path, "cost", "rmse")
    task.task.time_column = "since"
    first = approach_named("gradient-boosting").fit(task).validation
    task.validation.target.iloc[:] = 0.0  # what the validation rows say must not reach their own answers
    again = approach_named("gradient-boosting").fit(task).validation
    assert first is not None
    assert again is not None
    assert first.values is not None
    assert again.values is not None
    assert np.corrcoef(first.values, again.values)[0, 1] > 0.95


def test_many_rows_are_learned_once_and_lines_from_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.approaches.baseline.boosting.MANY", 300)
    monkeypatch.setattr("tools.approaches.baseline.linear.ENOUGH_ROWS", 100)
    task = job(tmp_path, "left", "roc-auc")
    boosted = approach_named("gradient-boosting").fit(task)
    assert boosted.settings["members"] == 1
    assert boosted.validation is not None
    assert boosted.validation.probabilities is not None
    assert np.allclose(
        boosted.validation.probabilities,
        load(task.folder).raw(task.validation.inputs.to_dict("records")),  # type: ignore[arg-type]
    )
    assert approach_named("linear").fit(task).settings["rows"] == 200  # a hundred, and the validation rows


def test_folds_keep_rows_apart(tmp_path: Path) -> None:
    task = job(tmp_path, "left", "roc-auc", rows=40, folds=True)
    for rows, positions in parts_of(task):
        assert not set(rows.inputs.index) & set(task.train.inputs.index[list(positions)])
        assert len(rows) + len(positions) == 40


def test_too_few_rows_are_refused_and_more_rows_take_longer() -> None:
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=8000, gpu=False, offline=True)
    task = TaskSpec(kind="tabular-classification", inputs=list("abcdefgh"), target="y")

    def considered(rows: int) -> Feasible | Infeasible:
        return approach_named("linear").consider(Situation(task, DataProfile(), machine, rows, 10, {"a": rows}, 10, False))

    assert considered(5) == Infeasible("needs at least 10 labelled rows, and there are 5")
    small, large = considered(1000), considered(1_000_000)
    assert isinstance(small, Feasible)
    assert isinstance(large, Feasible)
    assert large.estimate.minutes > small.estimate.minutes
    assert large.reason.endswith(" (learns from 100,000 rows drawn at random: more do not change a line)")
