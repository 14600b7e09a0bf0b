"""Scores where rows have several labels: scikit-learn's definitions, intervals, comparisons, unknown labels."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as sk

from tools.approaches.base import Predictions
from tools.core.errors import TaskError
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.metrics.judged import judge
from tools.runtime import label_sets
from tools.scoring import (
    FOR_LABEL_SETS,
    default_metric,
    evaluate,
    metric_for,
    paired_difference,
    unknown_labels,
)  # fmt: skip

LABELS = ["a", "b", "c"]
TASK = TaskSpec(kind="multilabel-text-classification", labels=[Label(name=name) for name in LABELS])
MAIN = MetricSpec(name="macro-f1")


def some(rows: int = 150, strength: float = 1.5, seed: int = 0) -> tuple[list[str], Predictions]:
    """Targets and probabilities that are right more often than not; rounded, so that some are equal."""
    random = np.random.default_rng(seed)
    has = random.random((rows, 3)) < [0.5, 0.3, 0.1]
    logits = random.normal(size=(rows, 3)) + np.where(has, strength, -strength)
    target = [label_sets.written([LABELS[at] for at in np.flatnonzero(row)], LABELS) for row in has]
    return target, Predictions(probabilities=(1 / (1 + np.exp(-logits))).round(2))


def test_scores_are_those_of_scikit_learn() -> None:
    target, predictions = some()
    scores = predictions.probabilities
    assert scores is not None
    has, given = label_sets.matrix(target, LABELS), scores >= 0.5
    found = evaluate(TASK, MAIN, target, predictions)
    others = {name: score.value for name, score in found.others.items()}
    assert others["accuracy"] == sk.accuracy_score(has, given)
    assert others["macro-f1"] == pytest.approx(sk.f1_score(has, given, average="macro"))
    assert others["roc-auc"] == pytest.approx(sk.roc_auc_score(has, scores, average="macro"))
    assert others["average-precision"] == pytest.approx(sk.average_precision_score(has, scores, average="macro"))
    each = [sk.log_loss(has[:, at], np.clip(scores[:, at], 1e-15, 1 - 1e-15)) for at in range(3)]
    assert others["log-loss"] == pytest.approx(np.mean(each), rel=1e-6)
    assert set(others) == {"accuracy", "macro-f1", "roc-auc", "average-precision", "log-loss"}


@pytest.mark.parametrize("name", ["f1", "precision", "recall"])
def test_a_label_is_judged_by_itself(name: str) -> None:
    target, predictions = some()
    assert predictions.probabilities is not None
    has, given = label_sets.matrix(target, LABELS)[:, 1], predictions.probabilities[:, 1] >= 0.5
    found = evaluate(TASK, MetricSpec.model_validate({"name": name, "label": "b"}), target, predictions).main
    score = {"f1": sk.f1_score, "precision": sk.precision_score, "recall": sk.recall_score}[name](has, given)
    assert found.value == pytest.approx(score)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize("label", [None, "b"])
@pytest.mark.parametrize("name", [name for name in FOR_LABEL_SETS if name != "precision-at-k"])
def test_resampling_every_row_once_gives_the_score(name: str, label: str | None) -> None:
    target, predictions = some()
    rows = judge(TASK, target, predictions)
    for at in (None, 0.6):
        spec = MetricSpec.model_validate({"name": name, "label": label, "at": at})
        metric = metric_for(rows, spec)
        if at is not None and metric.name in ("recall", "precision") and label is None:
            continue  # a least of the other is of one label
        assert metric.resampled(rows, spec, np.ones((1, len(rows))))[0] == pytest.approx(metric.score(rows, spec))


def test_what_was_given_counts_and_not_one_half() -> None:
    target = ['["a"]', '["b"]', "[]", '["a", "b"]']
    scores = np.full((4, 3), 0.1)
    given = label_sets.matrix(target, LABELS)
    right = evaluate(TASK, MetricSpec(name="accuracy"), target, Predictions(probabilities=scores, chosen=given)).main
    assert right.value == 1.0
    assert right.low == pytest.approx(0.5101, abs=1e-3)  # Wilson's
    assert evaluate(TASK, MetricSpec(name="accuracy"), target, Predictions(probabilities=scores)).main.value == 0.25


def test_the_better_candidate_leads() -> None:
    target, good = some(strength=2.5)
    _, poor = some(strength=0.3)
    lead = paired_difference(TASK, MAIN, target, good, poor)
    assert lead.low is not None
    assert 0 < lead.low < lead.value
    assert paired_difference(TASK, MAIN, target, poor, good).value == pytest.approx(-lead.value)


def test_a_label_that_no_model_knows_is_an_error_of_all() -> None:
    target = [json.dumps(["a"]), json.dumps(["a", "new"]), json.dumps([])]
    given = label_sets.matrix(target, LABELS)
    found = evaluate(TASK, MAIN, target, Predictions(probabilities=given * 0.9, chosen=given))
    assert found.main.value == pytest.approx(0.5)  # a: 1, new: 0
    assert unknown_labels(TASK, target) == {"new": 1}


def test_what_fits() -> None:
    assert default_metric(TASK, {"a": 5, "b": 5}).name == "macro-f1"
    with pytest.raises(TaskError, match="Expected a metric for several labels: accuracy, macro-f1, f1, fbeta, precision"):
        evaluate(TASK, MetricSpec(name="mcc"), ["[]"], Predictions(probabilities=np.zeros((1, 3))))
