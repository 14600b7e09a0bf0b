"""Where to cut between two classes, and how far a number may be off: learned from rows that the model never saw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tools.approaches.intervals import error_interval
from tools.approaches.thresholds import best_leaning, best_threshold, chosen
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec

TASK = TaskSpec(kind="tabular-classification", labels=[Label(name="no"), Label(name="yes")])


def judged(share: float, rows: int = 4000) -> tuple[pd.Series, np.ndarray]:
    """Well calibrated probabilities for a class of about that share."""
    generator = np.random.default_rng(0)
    odds = generator.normal(np.log(share / (1 - share)), 1.5, rows)
    probability = 1 / (1 + np.exp(-odds))
    target = pd.Series(np.where(generator.random(rows) < probability, "yes", "no"))
    return target, np.column_stack([1 - probability, probability])


def f1(target: pd.Series, picked: np.ndarray) -> float:
    truth = target.to_numpy() == "yes"
    return float(2 * (picked & truth).sum() / (picked.sum() + truth.sum()))


@pytest.mark.parametrize("metric", ["f1", "macro-f1", "mcc", "balanced-accuracy"])
def test_rows_of_one_class_place_nothing(metric: MetricName) -> None:
    target, probabilities = pd.Series(["no"] * 100), np.column_stack([np.linspace(0.5, 1, 100), np.linspace(0.5, 0, 100)])
    spec = MetricSpec(name=metric, label="yes" if metric == "f1" else None)
    assert best_threshold(TASK, spec, target, probabilities) is None
    more = TASK.model_copy(update={"labels": [*(TASK.labels or []), Label(name="maybe")]})
    assert best_leaning(more, spec, target, np.column_stack([probabilities, np.zeros(100)])) is None


def test_a_rare_class_gets_a_cut_that_finds_it() -> None:
    target, probabilities = judged(0.03)
    cut = best_threshold(TASK, MetricSpec(name="f1", label="yes"), target, probabilities)
    assert cut is not None
    best = max(f1(target, probabilities[:, 1] >= other) for other in np.linspace(0.01, 0.99, 99))
    assert f1(target, probabilities[:, 1] >= cut) > 0.95 * best > f1(target, probabilities[:, 1] >= 0.5)
    positions = chosen(probabilities, cut)
    assert positions is not None
    assert positions.tolist() == (probabilities[:, 1] >= cut).astype(int).tolist()


@pytest.mark.parametrize("label", ["yes", "no"])
def test_recall_keeps_the_least_precision(label: str) -> None:
    target, probabilities = judged(0.3)
    cut = best_threshold(TASK, MetricSpec(name="recall", label=label, at=0.8), target, probabilities)
    assert cut is not None
    picked = (probabilities[:, 1] >= cut) == (label == "yes")
    assert 0.8 <= (target.to_numpy()[picked] == label).mean() < 0.9


@pytest.mark.parametrize("metric", ["accuracy", "roc-auc", "log-loss", "recall"])
def test_other_metrics_need_no_cut(metric: str) -> None:
    target, probabilities = judged(0.3)
    assert best_threshold(TASK, MetricSpec.model_validate({"name": metric}), target, probabilities) is None


def test_too_few_rows_place_no_cut() -> None:
    target, probabilities = judged(0.3, rows=39)
    assert best_threshold(TASK, MetricSpec(name="f1"), target, probabilities) is None
    assert chosen(probabilities, None) is None


def test_the_interval_covers_nine_of_ten_new_errors() -> None:
    generator = np.random.default_rng(0)
    interval = error_interval(generator.normal(2, 5, 500), np.zeros(500))
    assert interval is not None
    new = generator.normal(2, 5, 20_000)
    assert 0.87 < ((interval["low"] <= new) & (new <= interval["high"])).mean() < 0.94
    assert error_interval(np.zeros(19), np.zeros(19)) is None
