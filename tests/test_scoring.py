"""Scores: scikit-learn's definitions, intervals, labels that no model knows, and what must be refused."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from tools.approaches.base import Predictions
from tools.core.errors import DataError, TaskError
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.metrics.judged import judge
from tools.metrics.order import CUTS
from tools.scoring import METRICS, default_metric, evaluate, paired_difference, title, unknown_labels

ANY = MetricSpec(name="accuracy")


def classes(labels: str = "abc", kind: TaskKind = "text-classification") -> TaskSpec:
    return TaskSpec(kind=kind, labels=[Label(name=name) for name in labels])


NUMBERS = TaskSpec(kind="tabular-regression")


def some(labels: str = "abc", rows: int = 120, strength: float = 1.5, seed: int = 0) -> tuple[list[str], Predictions]:
    """Targets and probabilities that are right more often than not; rounded, so that some are equal."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, len(labels), rows)
    logits = random.normal(size=(rows, len(labels)))
    logits[np.arange(rows), codes] += strength
    probabilities = np.exp(logits).round(1) + 0.01
    return [labels[code] for code in codes], Predictions(probabilities=probabilities / probabilities.sum(axis=1, keepdims=True))


def value(task: TaskSpec, target: list[Any], predictions: Predictions, **spec: Any) -> float:
    return evaluate(task, MetricSpec(**spec), target, predictions).main.value


@pytest.mark.parametrize("labels", ["ab", "abcdef"])
@pytest.mark.parametrize("label", [None, "b"])
@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.on == "classes"])
def test_resampling_every_row_once_gives_the_score(name: str, label: str | None, labels: str) -> None:
    """The arithmetic of the bootstrap is the definition's."""
    target, predictions = some(labels)
    rows = judge(classes(labels), target, predictions)
    variants = [(METRICS[name], MetricSpec(name=name, label=label, at=at)) for at in (None, 2.0)]
    if name in CUTS:
        variants = [(METRICS[name], variants[0][1])]
        variants += [(CUTS[name], MetricSpec(name=name, label=label or "b", at=0.6))]
    for metric, spec in variants:
        again = metric.resampled(rows, spec, np.ones((2, len(rows))))
        assert again == pytest.approx([metric.score(rows, spec)] * 2, abs=1e-12)


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.on == "numbers"])
def test_resampling_every_number_once_gives_the_score(name: str) -> None:
    random = np.random.default_rng(0)
    target = random.gamma(3, 10, 60)
    rows = judge(NUMBERS, list(target), Predictions(values=target + random.normal(0, 4, 60)))
    spec = MetricSpec(name=name)
    assert METRICS[name].resampled(rows, spec, np.ones((1, 60)))[0] == pytest.approx(METRICS[name].score(rows, spec))


def test_scores_are_those_of_scikit_learn() -> None:
    target, predictions = some()
    probabilities = predictions.probabilities
    assert probabilities is not None
    answers = ["abc"[code] for code in probabilities.argmax(axis=1)]
    others = evaluate(classes(), ANY, target, predictions).others
    assert others["accuracy"].value == sk.accuracy_score(target, answers)
    assert others["macro-f1"].value == pytest.approx(sk.f1_score(target, answers, average="macro"))
    assert others["balanced-accuracy"].value == pytest.approx(sk.balanced_accuracy_score(target, answers))
    assert others["mcc"].value == pytest.approx(sk.matthews_corrcoef(target, answers))
    assert others["roc-auc"].value == pytest.approx(sk.roc_auc_score(target, probabilities, multi_class="ovr", average="macro"))
    assert others["log-loss"].value == pytest.approx(sk.log_loss(target, probabilities))
    precision = value(classes(), target, predictions, name="fbeta", label="b", at=2)
    assert precision == pytest.approx(sk.fbeta_score(np.array(target) == "b", np.array(answers) == "b", beta=2))


def test_every_interval_holds_its_score() -> None:
    target, predictions = some(rows=200)
    for score in evaluate(classes(), ANY, target, predictions).others.values():
        assert score.low is not None
        assert score.high is not None
        assert score.low <= score.value <= score.high
        assert 0.01 < score.high - score.low < 0.5


def test_proportions_have_wilson_intervals() -> None:
    target = ["a"] * 8 + ["b"] * 12
    given = np.tile([0.1, 0.9], (20, 1))
    given[:7] = [0.9, 0.1]
    score = evaluate(classes("ab"), MetricSpec(name="recall", label="a"), target, Predictions(probabilities=given)).main
    assert (score.value, round(score.low or 0, 3), round(score.high or 0, 3)) == (7 / 8, 0.529, 0.978)


def test_recall_at_a_least_precision_is_the_best_cut_that_keeps_it() -> None:
    """Sorted by probability of a: a a b a b a. Precision 0.75 holds down to the fourth row, which finds 3 of 4."""
    target = ["a", "a", "b", "a", "b", "a"]
    share = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    predictions = Predictions(probabilities=np.stack([share, 1 - share], axis=1))
    assert value(classes("ab"), target, predictions, name="recall", label="a", at=0.75) == 3 / 4
    assert value(classes("ab"), target, predictions, name="recall", label="a", at=0.9) == 2 / 4
    assert value(classes("ab"), target, predictions, name="precision", label="a", at=0.75) == 3 / 4
    assert value(classes("ab"), target, predictions, name="precision", label="a", at=1.0) == 4 / 6


def test_a_cut_cannot_part_rows_of_equal_probability() -> None:
    target = ["a", "b", "a", "b"]
    predictions = Predictions(probabilities=np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]))
    assert value(classes("ab"), target, predictions, name="recall", label="a", at=0.9) == 0.0
    assert value(classes("ab"), target, predictions, name="recall", label="a", at=0.6) == 1.0
    assert value(classes("ab"), target, predictions, name="precision-at-k", label="a", at=1) == pytest.approx(2 / 3)


def test_precision_at_k_counts_the_first_k() -> None:
    target = ["a", "b", "a", "a", "b"]
    share = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    predictions = Predictions(probabilities=np.stack([share, 1 - share], axis=1))
    assert value(classes("ab"), target, predictions, name="precision-at-k", label="a", at=2) == 1 / 2
    assert value(classes("ab"), target, predictions, name="precision-at-k", label="a") == pytest.approx(2 / 3)
    assert value(classes("ab"), target, predictions, name="precision-at-k", label="a", at=50) == 3 / 5


def test_a_label_that_no_model_knows_is_an_error_and_not_a_crash() -> None:
    target, predictions = some("ab", rows=40, strength=50)
    target[:4] = ["new"] * 4
    result = evaluate(classes("ab"), MetricSpec(name="macro-f1"), target, predictions)
    assert result.others["accuracy"].value == 36 / 40
    assert result.main.value < 0.66
    assert result.main.high is not None
    assert result.main.high < 0.68  # a resample without these few rows does not forget them
    assert result.others["log-loss"].value == pytest.approx(36.04 * 4 / 40, abs=0.5)
    assert unknown_labels(classes("ab"), [*target, None, float("nan")]) == {"new": 4}


def test_the_chosen_label_counts_where_it_is_not_the_most_probable() -> None:
    predictions = Predictions(probabilities=np.array([[0.6, 0.4], [0.9, 0.1]]), choice=np.array([1, 0]))
    assert value(classes("ab"), ["b", "a"], predictions, name="accuracy") == 1.0


def test_log_loss_of_a_sure_mistake_is_finite() -> None:
    predictions = Predictions(probabilities=np.array([[1.0, 0.0]]))
    assert value(classes("ab"), ["b"], predictions, name="log-loss") == pytest.approx(36.04, abs=0.01)


def test_rows_without_a_target_are_left_out() -> None:
    predictions = Predictions(values=np.array([1.0, 2.0, 3.0, 9.0]))
    result = evaluate(NUMBERS, MetricSpec(name="mae"), [1.0, None, float("nan"), 8.0], predictions)
    assert (result.rows, result.main.value) == (2, 0.5)
    with pytest.raises(DataError) as caught:
        evaluate(NUMBERS, MetricSpec(name="mae"), [None, None], Predictions(values=np.zeros(2)))
    assert str(caught.value) == "Expected rows whose target is known, to judge on. Found 2 rows without one. Label some rows."


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="expected finite predictions, found nan or infinity: the candidate is broken"):
        evaluate(NUMBERS, MetricSpec(name="mae"), [1.0], Predictions(values=np.array([np.nan])))
    with pytest.raises(ValueError, match="expected a prediction for each of 2 rows, found 1"):
        evaluate(NUMBERS, MetricSpec(name="mae"), [1.0, 2.0], Predictions(values=np.zeros(1)))


def test_a_metric_that_the_rows_do_not_define_falls_back_by_name() -> None:
    predictions = Predictions(probabilities=np.array([[0.9, 0.1], [0.4, 0.6]]))
    main = evaluate(classes("ab"), MetricSpec(name="roc-auc"), ["a", "a"], predictions).main
    assert (main.metric, main.value) == ("accuracy", 0.5)
    result = evaluate(NUMBERS, MetricSpec(name="mape"), [0.0, 2.0], Predictions(values=np.array([1.0, 2.0])))
    assert (result.main.metric, result.main.value, "mape" in result.others) == ("mae", 0.5, False)


def test_a_metric_of_another_kind_is_refused_with_those_that_fit() -> None:
    with pytest.raises(TaskError) as caught:
        evaluate(NUMBERS, MetricSpec(name="accuracy"), [1.0], Predictions(values=np.ones(1)))
    found = str(caught.value)
    assert found == "Expected a metric for numbers: rmse, mae, r2, mape, rmsle. Found 'accuracy'. Choose one of these."
    with pytest.raises(TaskError) as caught:
        default_metric(classes().model_copy(update={"metric": MetricSpec(name="recall", label="x")}), None)
    assert "Expected a metric about one of the labels ['a', 'b', 'c']. Found 'x'." in str(caught.value)


def test_the_metric_suits_the_target() -> None:
    table = classes("ab", "tabular-classification")
    asked = classes().model_copy(update={"metric": MetricSpec(name="mcc")})
    found = {
        "asked": default_metric(asked, {"a": 10, "b": 900}).name,
        "balanced": default_metric(classes(), {"a": 40, "b": 44, "c": 38}).name,
        "rare class": default_metric(classes(), {"a": 400, "b": 44, "c": 38}).name,
        "many classes": default_metric(classes(), {str(code): 30 for code in range(40)}).name,
        "uneven table": default_metric(table, {"a": 400, "b": 100}).name,
        "even table": default_metric(table, {"a": 210, "b": 190}).name,
        "number": default_metric(NUMBERS, None).name,
        "no labels": default_metric(classes(), None).name,
    }
    assert found == {
        "asked": "mcc", "balanced": "accuracy", "rare class": "macro-f1", "many classes": "macro-f1", "uneven table": "roc-auc",
        "even table": "accuracy", "number": "rmse", "no labels": "accuracy",
    }  # fmt: skip


def test_paired_difference_is_above_zero_where_the_first_is_better() -> None:
    target, weak = some(strength=0.5, rows=300)
    strong = some(strength=3.0, rows=300)[1]
    for name in ("accuracy", "macro-f1", "roc-auc", "log-loss"):
        better = paired_difference(classes(), MetricSpec(name=name), target, strong, weak)
        assert better.low is not None
        assert better.low > 0
        same = paired_difference(classes(), MetricSpec(name=name), target, weak, weak)
        assert (same.value, same.low, same.high) == (0, 0, 0)


def test_pairing_tells_apart_what_two_intervals_do_not() -> None:
    """One is right wherever the other is, and on a few rows more: their intervals overlap, their difference is clear."""
    target = ["a", "b"] * 100
    right = np.eye(2)[[0, 1] * 100]
    worse, better = right.copy(), right.copy()
    worse[:60] = worse[:60, ::-1]
    better[:46] = better[:46, ::-1]
    a, b = (evaluate(classes("ab"), ANY, target, Predictions(probabilities=given)).main for given in (better, worse))
    assert (a.low or 0) < (b.high or 0)
    lead = paired_difference(classes("ab"), ANY, target, Predictions(probabilities=better), Predictions(probabilities=worse))
    assert lead.value == pytest.approx(14 / 200)
    assert (lead.low or 0) > 0.03


def test_lower_error_is_better() -> None:
    target = list(np.arange(50.0))
    near, far = Predictions(values=np.arange(50.0) + 1), Predictions(values=np.arange(50.0) * 1.5)
    assert paired_difference(NUMBERS, MetricSpec(name="rmse"), target, near, far).value > 0
    assert paired_difference(NUMBERS, MetricSpec(name="r2"), target, far, near).value < 0


def test_many_rows_and_classes_stay_affordable() -> None:
    labels = "".join(chr(ord("A") + code) for code in range(60))
    target, predictions = some(labels, rows=20_000)
    began = time.process_time()
    evaluate(classes(labels), MetricSpec(name="macro-f1"), target, predictions)
    assert time.process_time() - began < 30


def test_metrics_are_said_in_words() -> None:
    assert title(MetricSpec(name="recall", label="legal", at=0.9)) == 'recall of "legal" at 90 % precision or better'
    assert title(MetricSpec(name="precision-at-k", label="x", at=20)) == 'precision among the first 20 of "x"'
    assert title(MetricSpec(name="fbeta", label="x", at=2)) == 'F2 of "x"'
    assert title(MetricSpec(name="macro-f1")) == "macro-F1"
