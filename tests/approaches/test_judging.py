"""What follows from answers for rows that a model never saw: calibration, a cut, an interval, and none of them flattered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.approaches.base import FitJob, Rows
from tools.approaches.intervals import error_interval, interval_score
from tools.approaches.judging import Unseen, judged, judged_choice
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec
from tools.runtime.table_answers import bounds

EMPTY = Rows(pd.DataFrame(), pd.Series(dtype=object))


def job(metric: MetricName, rows: Rows = EMPTY) -> FitJob:
    classes = metric != "rmse"
    task = TaskSpec(
        kind="tabular-classification" if classes else "tabular-regression",
        labels=[Label(name="no"), Label(name="yes")] if classes else None,
    )
    spec = MetricSpec(name=metric, label="yes" if metric == "f1" else None)
    return FitJob(task, spec, rows, rows, None, Path("unused"), 1.0, lambda share, phase: None, cores=1)


def told(odds: np.ndarray, sureness: float) -> np.ndarray:
    yes = 1 / (1 + np.exp(-sureness * odds))
    return np.column_stack([1 - yes, yes])


def drawn(rows: int = 3000, seed: int = 0) -> tuple[np.ndarray, pd.Series]:
    """Log odds, and answers drawn by them."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(-1, 1.5, rows)
    return odds, pd.Series(np.where(generator.random(rows) < 1 / (1 + np.exp(-odds)), "yes", "no"))


def test_probabilities_that_are_too_sure_are_flattened() -> None:
    odds, target = drawn()
    predictions, extra = judged(job("roc-auc"), Unseen(target, told(odds, 3.0), np.arange(1000)))
    assert 0.28 < extra["calibration"]["scale"] < 0.39  # a third
    assert predictions.probabilities is not None
    assert predictions.probabilities.shape == (1000, 2)
    assert np.abs(predictions.probabilities - told(odds, 1.0)[:1000]).mean() < 0.02


def test_probabilities_that_are_right_stay_as_they_are() -> None:
    odds, target = drawn()
    scores = told(odds, 1.0)
    predictions, extra = judged(job("roc-auc"), Unseen(target, scores, np.arange(3000)))
    assert extra == {"calibration": None, "threshold": None, "leaning": None}
    assert predictions.probabilities is not None
    assert np.array_equal(predictions.probabilities, scores)


def test_a_shown_choice_is_not_tuned_on_its_own_row() -> None:
    """With noise alone the best cut flatters itself; over many draws the shown choices must not."""
    gains = []
    for seed in range(30):
        generator = np.random.default_rng(seed)
        target = pd.Series(generator.choice(["no", "yes"], 60))
        scores = told(generator.normal(0, 1, 60), 1.0)
        predictions, extra = judged_choice(job("mcc", Rows(pd.DataFrame(index=range(60)), target)), scores)
        truth = (target == "yes").to_numpy()
        tuned = scores[:, 1] >= extra["threshold"]
        assert predictions.choice is not None
        gains.append((np.mean(tuned == truth), np.mean(predictions.choice == truth)))
    flattered, honest = np.mean(gains, axis=0)
    assert flattered > 0.53 > honest


def test_intervals_follow_errors_that_grow_with_the_number() -> None:
    generator = np.random.default_rng(0)
    values = generator.uniform(1, 100, 2000)
    target = values * (1 + 0.2 * generator.normal(0, 1, 2000))
    interval = error_interval(target[:1000], values[:1000])
    assert interval is not None
    low, high = bounds(values[1000:], interval)
    small, large = values[1000:] < 20, values[1000:] > 80
    assert (high - low)[large].mean() > 4 * (high - low)[small].mean()
    inside = (low <= target[1000:]) & (target[1000:] <= high)
    assert inside[small].mean() > 0.84
    assert 0.84 < inside[large].mean() < 0.96
    offsets = np.quantile(target[:1000] - values[:1000], [0.05, 0.95])
    plain = interval_score(target[1000:], values[1000:] + offsets[0], values[1000:] + offsets[1])
    assert interval_score(target[1000:], low, high) < 0.9 * plain


def test_even_errors_have_one_width() -> None:
    generator = np.random.default_rng(0)
    values = generator.uniform(1, 100, 1000)
    interval = error_interval(values + generator.normal(0, 5, 1000), values)
    assert interval is not None
    assert set(interval) == {"low", "high", "coverage"}


def test_shown_intervals_are_learned_from_other_rows() -> None:
    generator = np.random.default_rng(0)
    values = np.zeros(40)
    target = pd.Series(generator.normal(0, 1, 40))
    predictions, _ = judged(job("rmse"), Unseen(target, values, np.arange(40)))
    assert predictions.low is not None
    assert len(set(predictions.low.tolist())) > 1  # each fold's own
