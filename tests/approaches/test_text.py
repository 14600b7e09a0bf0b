"""Approaches for texts, on a few made-up messages with the real encoder. Every model folder answers as `fit` said it would."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches import APPROACHES, approach_named
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Machine, Rows, Situation
from tools.approaches.calibration import calibrate, log_loss
from tools.approaches.fine_tuning import contrastive, full, training
from tools.approaches.fine_tuning.effort import Effort, affordable, desired_epochs, window_count
from tools.approaches.text_job import open_job
from tools.core.data import DataProfile
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.runtime import load

FRUIT = ["apple", "pear", "plum", "cherry", "orange", "banana", "grape", "melon", "lemon", "peach"]
TOOLS = ["hammer", "saw", "drill", "wrench", "pliers", "screwdriver", "chisel", "file", "spanner", "axe"]
FRAMES = ["I bought a {} today", "where is my {}?", "this {} is great", "the {} was old", "{} please", "one {} for me"]
TASK = TaskSpec(kind="text-classification", inputs=["text"], target="label", labels=[Label(name="fruit"), Label(name="tool")])


def messages() -> pd.DataFrame:
    rows = [
        (frame.format(word), label)
        for frame in FRAMES
        for label, words in (("fruit", FRUIT), ("tool", TOOLS))
        for word in words
    ]
    return pd.DataFrame(rows, columns=["text", "label"]).sample(frac=1.0, random_state=0).reset_index(drop=True)


def job(folder: Path, rows: int = 120, folds: int = 0, metric: str = "accuracy", task: TaskSpec = TASK) -> FitJob:
    frame = messages().head(rows)
    everything = Rows(frame[["text"]], frame["label"])
    cut = rows - rows // 4
    train, validation = (everything, everything) if folds else (everything.take(range(cut)), everything.take(range(cut, rows)))
    parts = [list(range(start, rows, folds)) for start in range(folds)] if folds else None
    spec = MetricSpec.model_validate({"name": metric})
    return FitJob(task, spec, train, validation, parts, folder / "model", 3.0, lambda *_: None, cores=2)


def situation(rows: int, counts: dict[str, int], minutes: float = 10.0, task: TaskSpec = TASK) -> Situation:
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=9000, gpu=False, offline=True)
    return Situation(task, DataProfile(), machine, rows, 50, counts, minutes, cross_validated=rows < 200)


def answers(done: FitJob, rows: Rows) -> np.ndarray:
    return np.asarray(load(done.folder).raw([{"text": text} for text in rows.inputs["text"]]))


def check(done: FitJob, fitted: Fitted, least: float) -> None:
    """The portable model knows the task, and validation answers are probabilities of that quality."""
    assert fitted.validation is not None
    judged = fitted.validation.probabilities
    assert judged is not None
    assert judged.shape == (len(done.validation), 2)
    assert np.abs(judged.sum(axis=1) - 1).max() < 1e-6
    truth = done.validation.target.to_numpy()
    assert float((np.array(["fruit", "tool"])[judged.argmax(axis=1)] == truth).mean()) >= least
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["labels"] == ["fruit", "tool"]
    assert "numpy" in manifest["requirements"]
    assert not {"torch", "transformers"} & set(manifest["requirements"])
    json.dumps(fitted.settings)
    new = load(done.folder).predict([{"text": "a ripe cherry"}, {"text": "a heavy hammer"}, {"text": None}], probabilities=True)
    assert [row["prediction"] for row in new[:2]] == ["fruit", "tool"]


@pytest.mark.parametrize(("name", "least"), [("tfidf-linear", 0.8), ("embedding-head", 0.9), ("zero-shot", 0.8)])
def test_simple_models_learn_and_are_portable(name: str, least: float, tmp_path: Path) -> None:
    done = job(tmp_path)
    check(done, approach_named(name).fit(done), least)


@pytest.mark.parametrize("name", ["tfidf-linear", "embedding-head"])
def test_folds_give_an_answer_for_every_row(name: str, tmp_path: Path) -> None:
    done = job(tmp_path, rows=60, folds=3)
    check(done, approach_named(name).fit(done), 0.7)


@pytest.mark.parametrize("name", ["tfidf-linear", "embedding-head"])
def test_a_label_of_one_row_leaves_a_fold_without_it(name: str, tmp_path: Path) -> None:
    done = job(tmp_path, rows=120, folds=3)
    done.train.target[:] = "fruit"
    done.train.target[17] = "tool"
    fitted = approach_named(name).fit(done)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.sum(axis=1) == pytest.approx(1)
    assert answers(done, done.validation).sum(axis=1) == pytest.approx(1)


def test_zero_shot_scores_are_the_shipped_models_own(tmp_path: Path) -> None:
    done = job(tmp_path)
    fitted = approach_named("zero-shot").fit(done)
    assert fitted.validation is not None
    assert np.abs(fitted.validation.probabilities - answers(done, done.validation)).max() < 1e-5


def test_zero_shot_without_labelled_rows(tmp_path: Path) -> None:
    empty = Rows(pd.DataFrame({"text": []}), pd.Series([], dtype=object))
    done = dataclasses.replace(job(tmp_path), train=empty, validation=empty)
    assert approach_named("zero-shot").fit(done).validation is None
    assert load(done.folder).predict([{"text": "pears and apples"}])[0]["prediction"] == "fruit"


def test_descriptions_move_the_labels(tmp_path: Path) -> None:
    labels = [Label(name="A1", description="fruit that one eats"), Label(name="B2", description="tools of a carpenter")]
    empty = Rows(pd.DataFrame({"text": []}), pd.Series([], dtype=object))
    done = dataclasses.replace(job(tmp_path, task=TASK.model_copy(update={"labels": labels})), train=empty, validation=empty)
    approach_named("zero-shot").fit(done)
    found = load(done.folder).predict([{"text": "a sweet banana"}, {"text": "a saw for wood"}])
    assert [row["prediction"] for row in found] == ["A1", "B2"]


def test_full_fine_tuning_learns_and_keeps_its_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a refit the shipped model is the judged one: the very same numbers."""
    monkeypatch.setattr(full, "desired_epochs", lambda rows, classes: 3.0)
    monkeypatch.setattr(full, "affordable", lambda *_: Effort(3.0, False))
    done = job(tmp_path)
    fitted = approach_named("full-fine-tuning").fit(done)
    check(done, fitted, 0.9)
    assert fitted.validation is not None
    assert fitted.settings["refitted"] is False
    assert np.abs(fitted.validation.probabilities - answers(done, done.validation)).max() < 1e-3


def test_the_validation_rows_are_learned_from_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They join the judged model, with as many others beside them; what is told of them was said before."""
    read: list[int] = []
    train = training.train

    def counted(network: training.Network, pieces: training.Pieces, epochs: float, *rest: Any, **more: Any) -> float:
        read.append(len(pieces.ids))
        return train(network, pieces, epochs, *rest, **more)

    monkeypatch.setattr(training, "train", counted)
    monkeypatch.setattr(full, "affordable", lambda *_: Effort(3.0, True))
    done = job(tmp_path)
    fitted = approach_named("full-fine-tuning").fit(done)
    check(done, fitted, 0.9)
    assert fitted.settings["refitted"] is True
    assert read[-2:] == [len(done.train), 2 * len(done.validation)]
    assert fitted.validation is not None
    assert np.abs(fitted.validation.probabilities - answers(done, done.validation)).max() > 1e-6


def test_contrastive_learns_from_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contrastive, "steps_for", lambda rows: 6)
    done = job(tmp_path, rows=24, folds=2)
    check(done, approach_named("contrastive").fit(done), 0.8)


def test_few_rows_leave_zero_shot_alone() -> None:
    """14 rows over 4 classes: no fine-tuning and no AutoML, with the reason and what to do."""
    labels = [Label(name=name) for name in ("praise", "complaint", "idea", "question")]
    few = situation(
        14, {"praise": 4, "complaint": 4, "idea": 3, "question": 3}, task=TASK.model_copy(update={"labels": labels})
    )
    texts = [one for one in APPROACHES if "text-classification" in one.kinds and not one.trivial]
    for approach in texts:
        verdict = approach.consider(few)
        if approach.rung in ("fine-tuning", "automl"):
            assert isinstance(verdict, Infeasible), approach.name
    verdict = approach_named("full-fine-tuning").consider(few)
    assert isinstance(verdict, Infeasible)
    assert verdict.reason == (
        "needs about 10 labelled rows a class, and there are 14 rows for 4 classes; label more and it becomes possible"
    )
    assert isinstance(approach_named("zero-shot").consider(few), Feasible)


def test_without_labels_only_zero_shot() -> None:
    none = situation(0, {"fruit": 0, "tool": 0})
    feasible = [
        one.name
        for one in APPROACHES
        if "text-classification" in one.kinds and not one.trivial and isinstance(one.consider(none), Feasible)
    ]
    assert feasible == ["zero-shot"]


def test_labels_that_say_nothing_are_not_compared() -> None:
    codes = TASK.model_copy(update={"labels": [Label(name="0"), Label(name="1")]})
    verdict = approach_named("zero-shot").consider(situation(100, {"0": 50, "1": 50}, task=codes))
    assert verdict == Infeasible("the labels are codes that say nothing; describe them in words and it becomes possible")


def test_many_rows_are_for_the_whole_encoder() -> None:
    many = situation(4000, {"fruit": 2000, "tool": 2000})
    whole, few = approach_named("full-fine-tuning").consider(many), approach_named("contrastive").consider(many)
    assert isinstance(whole, Feasible)
    assert 0.5 < whole.estimate.minutes <= 6.0
    assert isinstance(few, Infeasible)
    assert few.reason == "is for few labels; with 2,000 rows in the middle class the whole encoder learns better"


def test_effort_keeps_to_the_seconds() -> None:
    assert affordable(1000, 0.001, 4.0, 100_000, 120_000, folds=False) == Effort(4.0, True)
    assert affordable(300, 0.001, 4.0, 100_000, 120_000, folds=False) == Effort(2.6, True)
    short = affordable(150, 0.001, 4.0, 100_000, 120_000, folds=False)
    assert short == Effort(1.5, False)
    assert affordable(110, 0.001, 4.0, 100_000, 120_000, folds=True) == Effort(0.5, True)
    assert desired_epochs(300, 2) > desired_epochs(2600, 2) >= desired_epochs(100_000, 2)
    assert (window_count(["short"] * 9), window_count(["long " * 900] * 9)) == (1, 4)


def test_a_label_that_the_task_does_not_have_is_never_learned(tmp_path: Path) -> None:
    done = job(tmp_path)
    done.train.target.iloc[0] = "stranger"
    texts = open_job(done)
    assert texts.classes[0] == -1
    assert 0 not in texts.parts[0][0]
    check(done, approach_named("tfidf-linear").fit(done), 0.7)


def test_calibration_makes_odds_honest() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 3000)
    logits = generator.normal(size=(3000, 3)) + 1.5 * np.eye(3)[truth]
    overconfident = 4 * logits
    found = calibrate(overconfident, truth)
    before = np.exp(overconfident - overconfident.max(axis=1, keepdims=True))
    after = np.exp(found["scale"] * (overconfident - overconfident.max(axis=1, keepdims=True)))
    losses = [log_loss(odds / odds.sum(axis=1, keepdims=True), truth) for odds in (before, after)]
    assert losses[1] < 0.7 * losses[0]
    assert abs(4 * found["scale"] - 1.5) < 0.15
    assert calibrate(np.eye(3)[[0, 1, 2]], np.array([0, 1, 2]))["scale"] < 5
