"""Which of several classes is told where rare ones count as much as frequent ones: learned, kept, told by the prototype."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import FitJob, Predictions, Rows
from tools.approaches.judging import Unseen, judged
from tools.approaches.text_job import open_job
from tools.approaches.thresholds import best_leaning, best_threshold, leant
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec
from tools.export import shipped
from tools.export.verify import _undecided
from tools.jobs.candidate import _raw
from tools.metrics.judged import judge
from tools.runtime import load
from tools.scoring import METRICS

LABELS = ["often", "seldom", "rare"]
TASK = TaskSpec(kind="tabular-classification", labels=[Label(name=name) for name in LABELS])
EMPTY = Rows(pd.DataFrame(), pd.Series(dtype=object))


def drawn(rows: int, seed: int = 0) -> tuple[pd.Series, np.ndarray]:
    """Answers, and their true probabilities: nine in ten are of the first class."""
    generator = np.random.default_rng(seed)
    logits = generator.normal([3.0, 0.5, 0.0], 1.3, (rows, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = (probabilities.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    return pd.Series(np.array(LABELS)[codes]), probabilities


def score(name: MetricName, target: pd.Series, probabilities: np.ndarray, choice: np.ndarray | None) -> float:
    found = judge(TASK, target.tolist(), Predictions(probabilities=probabilities, choice=choice))
    return float(METRICS[name].score(found, MetricSpec(name=name)))


@pytest.mark.parametrize(("name", "gain"), [("balanced-accuracy", 0.1), ("macro-f1", 0.01)])
def test_rare_classes_are_told_sooner_where_they_count_alike(name: MetricName, gain: float) -> None:
    leaning = best_leaning(TASK, MetricSpec(name=name), *drawn(1500))
    assert leaning is not None
    assert leaning[0] == 1.0 < leaning[1] < leaning[2]
    target, probabilities = drawn(6000, seed=1)
    leant_score = score(name, target, probabilities, leant(probabilities, leaning))
    assert leant_score > score(name, target, probabilities, None) + gain


def test_the_most_probable_class_is_told_where_that_is_right() -> None:
    assert best_leaning(TASK, MetricSpec(name="accuracy"), *drawn(1500)) is None
    assert best_leaning(TASK, MetricSpec(name="macro-f1"), *drawn(30)) is None
    target, _ = drawn(500)
    sure = np.eye(3)[[LABELS.index(label) for label in target]]
    assert best_leaning(TASK, MetricSpec(name="macro-f1"), target, sure) is None
    assert leant(sure, None) is None


def test_many_rows_place_it_as_quickly_as_some() -> None:
    target, probabilities = drawn(60_000)
    every_third = best_leaning(TASK, MetricSpec(name="macro-f1"), target.iloc[::3], probabilities[::3])
    assert best_leaning(TASK, MetricSpec(name="macro-f1"), target, probabilities) == every_third
    two = TASK.model_copy(update={"labels": TASK.labels[:2] if TASK.labels else None})
    yes_or_no = probabilities[:, :2] / probabilities[:, :2].sum(axis=1, keepdims=True)
    cut = best_threshold(two, MetricSpec(name="macro-f1"), target.iloc[::3], yes_or_no[::3])
    assert best_threshold(two, MetricSpec(name="macro-f1"), target, yes_or_no) == cut


def test_validation_rows_are_told_by_what_was_learned_without_them() -> None:
    target, probabilities = drawn(2000)
    job = FitJob(TASK, MetricSpec(name="macro-f1"), EMPTY, EMPTY, None, Path("unused"), 1.0, lambda share, phase: None, cores=1)
    predictions, extra = judged(job, Unseen(target, probabilities, np.arange(500)), calibrating=False)
    assert predictions.choice is not None
    assert len(predictions.choice) == 500
    told = leant(probabilities[:500], extra["leaning"])
    assert told is not None
    assert (predictions.choice == told).mean() > 0.95  # a little more or less in each fold
    assert (predictions.choice != probabilities[:500].argmax(axis=1)).mean() > 0.01


def test_a_prototype_leans_as_its_manifest_says(tmp_path: Path) -> None:
    manifest = {
        "format": "constant", "kind": "tabular-classification", "inputs": [{"name": "a", "role": "number"}], "target": "y",
        "labels": LABELS, "requirements": ["numpy"], "constant": [0.7, 0.2, 0.1],
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert load(tmp_path).predict([{"a": 1}])[0]["prediction"] == "often"
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "leaning": [1.0, 4.0, 5.0]}))
    model = load(tmp_path)
    assert model.predict([{"a": 1}])[0] == {"prediction": "seldom", "probability": 0.2}
    found = _raw(model, [{"a": 1}, {"a": 2}])
    assert found.choice is not None
    assert found.choice.tolist() == [1, 1]  # the locked rows are judged by the very answer that the prototype gives


def test_a_new_label_ends_the_leaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "leaning_prototype"
    package.mkdir()
    root = Path(shipped.__file__).parent
    for module in (*shipped.RUNTIME.glob("*.py"), root / "templates" / "learning" / "relearnt_labels.py"):
        shutil.copy(module, package)
    monkeypatch.syspath_prepend(tmp_path)
    new_manifest = importlib.import_module("leaning_prototype.relearnt_labels").new_manifest
    old = SimpleNamespace(manifest={"labels": LABELS, "leaning": [1.0, 4.0, 5.0]}, labels=LABELS, several=False)
    assert new_manifest(old, LABELS)["leaning"] == [1.0, 4.0, 5.0]
    assert "leaning" not in new_manifest(old, [*LABELS, "new"])  # nobody knows how rare it is


def test_an_answer_is_undecided_where_two_factors_meet() -> None:
    scores = np.array([0.7, 0.175, 0.125])
    assert _undecided(scores, {"leaning": [1.0, 4.0, 1.0]})
    assert not _undecided(scores, {})


def test_texts_lean_too(tmp_path: Path) -> None:
    target, probabilities = drawn(300)
    rows = Rows(pd.DataFrame({"text": [f"row {at}" for at in range(300)]}), target)
    task = TaskSpec(kind="text-classification", modality="text", inputs=["text"], target="y", labels=TASK.labels)
    metric = MetricSpec(name="balanced-accuracy")
    job = FitJob(task, metric, rows, rows, None, tmp_path, 1.0, lambda share, phase: None, cores=1)
    fitted = open_job(job).finish("text-tfidf", ["numpy"], probabilities, {})
    leaning = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["leaning"]
    told = leant(probabilities, leaning)
    assert told is not None
    assert fitted.validation is not None
    assert fitted.validation.choice is not None
    own = np.asarray(fitted.validation.choice)  # of each row by a leaning that was learned without it
    assert 0.95 < (own == told).mean() < 1
    assert (own != probabilities.argmax(axis=1)).any()
