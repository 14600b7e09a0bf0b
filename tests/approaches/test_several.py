"""Approaches for texts with several labels, on made-up reviews with the real encoder: what is written answers as `fit` said."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import reviews

from tools.approaches import APPROACHES, approach_named
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Machine, Rows, Situation
from tools.approaches.several.calibration import calibrate_each, log_loss_each
from tools.approaches.several.cuts import best_cuts
from tools.core.data import DataProfile
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.jobs.predictions import Predicted, read, write
from tools.runtime import label_sets, load
from tools.scoring import evaluate

KIND: TaskKind = "multilabel-text-classification"
TASK = TaskSpec(
    kind=KIND, modality="text", inputs=["review"], target="topics", labels=[Label(name=name) for name in reviews.LABELS]
)
MACRO = MetricSpec(name="macro-f1")


def table(rows: int, seed: int = 0) -> Rows:
    texts, sets = zip(*reviews.reviews(rows, seed), strict=True)
    target = pd.Series([json.dumps(labels) for labels in sets])
    return Rows(pd.DataFrame({"review": texts}), target)


def job(folder: Path, rows: int = 160, folds: int = 0, metric: MetricSpec = MACRO, task: TaskSpec = TASK) -> FitJob:
    everything, cut = table(rows), rows - rows // 4
    train, validation = (everything, everything) if folds else (everything.take(range(cut)), everything.take(range(cut, rows)))
    parts = [list(range(start, rows, folds)) for start in range(folds)] if folds else None
    return FitJob(task, metric, train, validation, parts, folder / "model", 3.0, lambda *_: None, cores=2)


def situation(rows: int, counts: dict[str, int], task: TaskSpec = TASK) -> Situation:
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=9000, gpu=False, offline=True)
    return Situation(task, DataProfile(), machine, rows, 50, counts, 10.0, cross_validated=rows < 200)


def check(done: FitJob, fitted: Fitted, least: float) -> None:
    """The portable model gives the validation answers (where it was not refitted much), as lists, and they are that good."""
    found = fitted.validation
    assert found is not None
    assert found.probabilities is not None
    assert found.chosen is not None
    assert found.chosen.shape == found.probabilities.shape == (len(done.validation), len(reviews.LABELS))
    assert evaluate(TASK, done.metric, list(done.validation.target), found).main.value >= least
    new = table(60, seed=5)
    model = load(done.folder)
    rows = [{"review": text} for text in new.inputs["review"]]
    raw = np.asarray(model.raw(rows))
    assert ((raw >= 0) & (raw <= 1)).all()
    chosen = label_sets.chosen(raw, model.manifest)
    told = [answer["prediction"] for answer in model.predict(rows)]
    assert told == [[name for name, here in zip(reviews.LABELS, row, strict=True) if here] for row in chosen]
    assert model.manifest["several"] is True
    assert len(model.manifest["thresholds"]) == len(reviews.LABELS)


@pytest.mark.parametrize("folds", [0, 4])
def test_counts_with_a_linear_model_a_label(tmp_path: Path, folds: int) -> None:
    done = job(tmp_path, folds=folds)
    fitted = approach_named("tfidf-each-label").fit(done)
    check(done, fitted, 0.85)
    assert fitted.settings["strength"] in (0.1, 0.3, 1.0, 3.0)


@pytest.mark.parametrize("folds", [0, 4])
def test_a_head_a_label(tmp_path: Path, folds: int) -> None:
    done = job(tmp_path, folds=folds)
    check(done, approach_named("head-each-label").fit(done), 0.8)


def test_names_against_texts_with_labelled_rows(tmp_path: Path) -> None:
    done = job(tmp_path)
    fitted = approach_named("zero-shot-each-label").fit(done)
    check(done, fitted, 0.5)
    assert fitted.settings["calibrated"] is True


def test_names_against_texts_without_a_labelled_row(tmp_path: Path) -> None:
    nothing = Rows(pd.DataFrame({"review": []}), pd.Series([], dtype=object))
    done = FitJob(TASK, MACRO, nothing, nothing, None, tmp_path / "model", 3.0, lambda *_: None, cores=2)
    fitted = approach_named("zero-shot-each-label").fit(done)
    assert fitted.validation is None
    model = load(done.folder)
    answers = model.predict([{"review": "The delivery came late"}, {"review": "quality and price"}])
    assert answers[0]["prediction"] == ["delivery"]
    assert set(answers[1]["prediction"]) == {"price", "quality"}


def test_the_bar_is_the_best_constant_answer(tmp_path: Path) -> None:
    done = job(tmp_path / "one")
    fitted = approach_named("commonest-labels").fit(done)
    assert fitted.settings["answer"] == reviews.LABELS  # for macro-F1 nothing constant is better
    assert load(done.folder).predict([{"review": "x"}])[0]["prediction"] == reviews.LABELS
    exact = job(tmp_path / "two", metric=MetricSpec(name="accuracy"))
    commonest = approach_named("commonest-labels").fit(exact)
    sets = Counter(exact.validation.target)
    assert sets[json.dumps(commonest.settings["answer"])] == max(sets.values())
    assert load(exact.folder).predict([{"review": "x"}])[0]["prediction"] == commonest.settings["answer"]


def test_rows_that_always_have_a_label_always_get_one(tmp_path: Path) -> None:
    done = job(tmp_path)
    filled = [row for row, target in enumerate(done.train.target) if target != "[]"]
    done.train, done.validation = done.train.take(filled), done.train.take(filled[:40])
    approach_named("head-each-label").fit(done)
    assert load(done.folder).manifest["near"] == 1.0
    assert all(answer["prediction"] for answer in load(done.folder).predict([{"review": "hm"}, {"review": "zzz"}]))


def test_a_label_that_no_training_row_has_is_never_given(tmp_path: Path) -> None:
    task = TASK.model_copy(update={"labels": [*(TASK.labels or []), Label(name="parking")]})
    for name in ("tfidf-each-label", "head-each-label"):
        done = job(tmp_path / name, task=task)
        approach_named(name).fit(done)
        answer = load(done.folder).predict([{"review": "nobody answered my calls"}], probabilities=True)[0]
        assert answer["probability:parking"] < 0.01
        assert "parking" not in answer["prediction"]


def test_predictions_are_kept_with_what_was_chosen(tmp_path: Path) -> None:
    done = job(tmp_path)
    found = approach_named("head-each-label").fit(done).validation
    assert found is not None
    assert found.chosen is not None
    target = list(done.validation.target)
    answers = [label_sets.written(np.array(reviews.LABELS)[row].tolist(), reviews.LABELS) for row in found.chosen]
    write(tmp_path, reviews.LABELS, {"test": Predicted(list(range(len(target))), target, answers, found)})
    _, kept, again = read(tmp_path, "test")
    assert kept == target
    assert again.chosen is not None
    assert (again.chosen == found.chosen).all()
    assert again.choice is None


@pytest.mark.parametrize("name", [one.name for one in APPROACHES if KIND in one.kinds and one.rung != "prompting"])
def test_what_is_possible(name: str) -> None:
    approach = approach_named(name)
    many = approach.consider(situation(500, dict.fromkeys(reviews.LABELS, 150)))
    assert isinstance(many, Feasible)
    assert many.estimate.minutes < 10
    none = approach.consider(situation(0, dict.fromkeys(reviews.LABELS, 0)))
    assert isinstance(none, Feasible if approach.rung == "zero-shot" else Infeasible)


def test_a_cut_is_placed_where_a_label_is_found_best() -> None:
    random = np.random.default_rng(0)
    truth = np.stack([random.random(400) < 0.5, random.random(400) < 0.1, np.arange(400) < 3], axis=1)
    scores = np.clip(0.15 + 0.2 * truth + random.normal(0, 0.03, truth.shape), 0, 1)
    cuts = best_cuts(["a", "b", "rare"], MACRO, truth, scores)
    assert ((cuts > 0.18) & (cuts < 0.32)).all()
    assert (best_cuts(["a", "b", "rare"], MetricSpec(name="accuracy"), truth, scores) == 0.5).all()
    assert (best_cuts(["a", "b", "rare"], MACRO, truth[:30], scores[:30]) == 0.5).all()


def test_a_least_precision_is_kept() -> None:
    random = np.random.default_rng(1)
    truth = random.random((600, 2)) < 0.3
    scores = np.clip(0.3 + 0.15 * truth + random.normal(0, 0.12, truth.shape), 0.01, 0.99)
    cut = best_cuts(["a", "b"], MetricSpec(name="recall", label="b", at=0.9), truth, scores)[1]
    given = scores[:, 1] >= cut
    assert truth[given, 1].mean() >= 0.9
    assert given.sum() > 10


def test_probabilities_are_made_true_for_each_label() -> None:
    random = np.random.default_rng(0)
    odds = random.normal([-2.0, 1.0], 2, (3000, 2))
    truth = random.random(odds.shape) < 1 / (1 + np.exp(-odds))
    margins = (odds - [-2.0, 1.0]) / 3
    found = calibrate_each(margins, truth)
    assert found["scale"] == pytest.approx(3.0, rel=0.08)
    assert found["bias"] == pytest.approx([-2.0, 1.0], abs=0.2)
    true = 1 / (1 + np.exp(-odds))
    told = 1 / (1 + np.exp(-(found["scale"] * margins + found["bias"])))
    assert log_loss_each(told, truth) <= log_loss_each(true, truth) + 0.002


def test_a_label_without_margins_keeps_no_shift() -> None:
    margins = np.array([[1.0, -np.inf], [-1.0, -np.inf]])
    found = calibrate_each(margins, np.array([[True, False], [False, False]]))
    assert found["bias"][1] == 0.0
    assert calibrate_each(np.zeros((0, 2)), np.zeros((0, 2), dtype=bool), 2.0) == {"scale": 2.0, "bias": [0.0, 0.0]}
