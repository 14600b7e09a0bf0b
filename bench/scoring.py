"""Scores of answers against the truth, their intervals, and paired differences. scikit-learn's metrics, not Fasttrack's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 500
ERRORS = frozenset({"rmse", "mae", "rmsle", "mase", "smape"})  # less is better; a point is one percent of the peer's error
OF_NUMBERS = frozenset({"r2", "rmse", "mae", "rmsle"})
Scorer = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Judged:
    """Something that was answered: `score(units)` is its score on resampled units (rows, or series of a forecast)."""

    metric: str
    units: int
    score: Scorer

    @property
    def value(self) -> float:
        """The score on all units."""
        return self.score(np.arange(self.units))

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """95 %, by the bootstrap over units."""
        found = [self.score(drawn) for drawn in _draws(self.units, seed)]
        low, high = np.nanpercentile(found, [2.5, 97.5])
        return float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """How far ahead, in points: above 0 is ahead. For errors a point is one percent of the other's error."""

    value: float
    low: float
    high: float


def difference(ours: Judged, theirs: Judged, seed: int = 0) -> Difference:
    """Ours against theirs on the same resampled units (paired bootstrap)."""

    def points(units: np.ndarray) -> float:
        a, b = ours.score(units), theirs.score(units)
        if ours.metric in ERRORS:
            return 100 * (b - a) / b if b else 0.0
        return 100 * (a - b)

    drawn = [points(units) for units in _draws(ours.units, seed)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Difference(points(np.arange(ours.units)), float(low), float(high))


def better(metric: str, a: float, b: float) -> bool:
    """Whether score a is better than score b."""
    return a < b if metric in ERRORS else a > b


def _draws(units: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.integers(0, units, units) for _ in range(RESAMPLES)]


def judge(metric: str, truth: pd.Series[str], answers: pd.DataFrame) -> Judged:
    """Classes or numbers, row by row. Raises ValueError where there are not as many answers as rows, or no such metric."""
    if len(truth) != len(answers):
        raise ValueError(f"Expected {len(truth)} answers. Found {len(answers)}. See the contender's log.")
    if metric in OF_NUMBERS:
        return _numbers(metric, truth, answers)
    return _classes(metric, [same(text) for text in truth], answers)


def same(text: Any) -> str:
    """A label as it is compared: without blanks and quotes around it, `1.0` as `1`."""
    plain = str(text).strip().strip("'\"").strip()
    return plain.removesuffix(".0") if plain.removesuffix(".0").lstrip("-").isdigit() else plain


def _numbers(metric: str, truth: pd.Series[str], answers: pd.DataFrame) -> Judged:
    from sklearn import metrics

    right = truth.astype(float).to_numpy()
    found = answers["prediction"].astype(float).to_numpy()
    if metric == "rmsle":
        right, found = np.log1p(right), np.log1p(np.clip(found, 0, None))
    known: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "r2": metrics.r2_score, "rmse": metrics.root_mean_squared_error, "mae": metrics.mean_absolute_error,
        "rmsle": metrics.root_mean_squared_error,
    }  # fmt: skip
    how = known[metric]
    return Judged(metric, len(right), lambda rows: float(how(right[rows], found[rows])))


def _classes(metric: str, truth: list[str], answers: pd.DataFrame) -> Judged:
    answered = [same(text) for text in answers["prediction"]]
    right = np.array(truth) == np.array(answered)
    if metric == "accuracy":
        return Judged(metric, len(truth), lambda rows: float(right[rows].mean()))
    if metric == "macro-f1":
        names = sorted(set(truth))
        code = {name: position for position, name in enumerate(names)}
        wanted = np.array([code[name] for name in truth])
        found = np.array([code.get(name, len(names)) for name in answered])
        return Judged(metric, len(truth), lambda rows: macro_f1(wanted[rows], found[rows], len(names)))
    if metric in ("roc-auc", "average-precision"):
        return _ranked(metric, np.array(truth), answers)
    raise ValueError(
        f"Expected a metric of accuracy, macro-f1, roc-auc, average-precision, {sorted(OF_NUMBERS)}. Found {metric!r}."
    )


def macro_f1(wanted: np.ndarray, found: np.ndarray, classes: int) -> float:
    """Mean F1 of the classes that occur among `wanted`; what is found beyond them is an error of nobody's precision."""
    hits = np.bincount(wanted[wanted == found], minlength=classes)[:classes]
    asked = np.bincount(wanted, minlength=classes)[:classes]
    told = np.bincount(found, minlength=classes + 1)[:classes]
    there = asked > 0
    return float((2 * hits[there] / (asked[there] + told[there])).mean())


def _ranked(metric: str, truth: np.ndarray, answers: pd.DataFrame) -> Judged:
    """Of two classes: the rarer one against the other; of more: each against the rest, and their mean."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    names, counts = np.unique(truth, return_counts=True)
    judged = [names[counts.argmin()]] if len(names) == 2 else list(names)
    told = {same(str(column).removeprefix("probability:")): answers[column].astype(float).to_numpy() for column in answers
            if str(column).startswith("probability:")}  # fmt: skip
    how = roc_auc_score if metric == "roc-auc" else average_precision_score

    def score(rows: np.ndarray) -> float:
        found = []
        for name in judged:
            positive = truth[rows] == name
            if 0 < positive.sum() < len(rows):
                found.append(how(positive, told[name][rows] if name in told else np.zeros(len(rows))))
        return float(np.mean(found)) if found else float("nan")

    return Judged(metric, len(truth), score)
