"""Metrics of the chosen class: accuracy and what is made of true positives, support and predicted counts.

`score` takes scikit-learn's definition; `resampled` is the same arithmetic for many resamples at once (a test compares them).
Without a label, precision, recall, f1 and fbeta are macro averages over the labels that occur in truth or choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.core.task import MetricSpec
from tools.metrics.judged import Judged, Metric

if TYPE_CHECKING:
    import numpy as np


def _counted(rows: Judged, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True positives, support and predicted rows of each label, float [b, labels]."""
    truth, choice = rows.each(rows.truth).astype(float), rows.each(rows.chosen).astype(float)
    return counts @ (truth * choice), counts @ truth, counts @ choice


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """top / bottom; 0 where there is nothing to divide by, as scikit-learn's zero_division=0."""
    import numpy as np

    result: np.ndarray = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    return result


def _averaged(values: np.ndarray, present: np.ndarray, rows: Judged, spec: MetricSpec) -> np.ndarray:
    """The label's own value, or the mean over labels that are present in each resample; nan where none is.

    A label that no model knows is an error in every resample, also where none of its few rows was drawn.
    """
    import numpy as np

    if spec.label is not None:
        code = rows.labels.index(spec.label) if spec.label in rows.labels else None
        return np.full(len(values), np.nan) if code is None else np.where(present[:, code], values[:, code], np.nan)
    present = present.copy()
    present[:, rows.known :] = True
    number = present.sum(axis=1)
    return np.where(number > 0, (values * present).sum(axis=1) / np.maximum(number, 1), np.nan)


def _beta(spec: MetricSpec) -> float:
    return spec.at if spec.name == "fbeta" and spec.at else 1.0


def accuracy(rows: Judged, spec: MetricSpec) -> float:
    """Share of rows whose class is right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(rows.truth, rows.chosen))


def accuracy_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Accuracy in each resample."""
    result: np.ndarray = counts @ (rows.truth == rows.chosen).astype(float) / counts.sum(axis=1)
    return result


def accuracy_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float]:
    """Right rows of all rows."""
    return float((rows.truth == rows.chosen).sum()), float(len(rows))


def balanced_accuracy(rows: Judged, spec: MetricSpec) -> float:
    """Mean recall over the classes that occur."""
    import numpy as np
    from sklearn.metrics import recall_score

    present = np.unique(rows.truth)
    return float(recall_score(rows.truth, rows.chosen, labels=present, average="macro", zero_division=0))


def balanced_accuracy_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Balanced accuracy in each resample."""
    right, support, _ = _counted(rows, counts)
    return _averaged(_ratio(right, support), support > 0, rows, MetricSpec(name="balanced-accuracy"))


def f_beta(rows: Judged, spec: MetricSpec) -> float:
    """F1, or F-beta with `at` as beta; macro without a label."""
    from sklearn.metrics import fbeta_score

    return _of_sklearn(fbeta_score, rows, spec, beta=_beta(spec))


def f_beta_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """F-beta in each resample."""
    right, support, predicted = _counted(rows, counts)
    square = _beta(spec) ** 2
    return _averaged(_ratio((1 + square) * right, square * support + predicted), support + predicted > 0, rows, spec)


def precision(rows: Judged, spec: MetricSpec) -> float:
    """Of the rows that were given the label, the share that have it; 0 where none was given it."""
    from sklearn.metrics import precision_score

    return _of_sklearn(precision_score, rows, spec)


def precision_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Precision in each resample."""
    right, support, predicted = _counted(rows, counts)
    return _averaged(_ratio(right, predicted), support + predicted > 0, rows, spec)


def precision_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float] | None:
    """Right ones of those that were given the label; None for an average."""
    if spec.label is None or spec.label not in rows.labels:
        return None
    code = rows.labels.index(spec.label)
    given = rows.given(code)
    return float((given & rows.having(code)).sum()), float(given.sum())


def recall(rows: Judged, spec: MetricSpec) -> float:
    """Of the rows that have the label, the share that were found."""
    from sklearn.metrics import recall_score

    return _of_sklearn(recall_score, rows, spec)


def recall_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Recall in each resample."""
    right, support, predicted = _counted(rows, counts)
    present = support > 0 if spec.label is not None else support + predicted > 0
    return _averaged(_ratio(right, support), present, rows, spec)


def recall_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float] | None:
    """Found ones of those that have the label; None for an average."""
    if spec.label is None or spec.label not in rows.labels:
        return None
    code = rows.labels.index(spec.label)
    has = rows.having(code)
    return float((has & rows.given(code)).sum()), float(has.sum())


def mcc(rows: Judged, spec: MetricSpec) -> float:
    """Matthews correlation of truth and choice, for any number of classes (Gorodkin 2004)."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(rows.truth, rows.chosen))


def mcc_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Matthews correlation in each resample."""
    import numpy as np

    right, support, predicted = _counted(rows, counts)
    number = counts.sum(axis=1)
    covariance = right.sum(axis=1) * number - (support * predicted).sum(axis=1)
    spread = (number**2 - (support**2).sum(axis=1)) * (number**2 - (predicted**2).sum(axis=1))
    return _ratio(covariance, np.sqrt(np.maximum(spread, 0.0)))


def _of_sklearn(function: Any, rows: Judged, spec: MetricSpec, **options: float) -> float:
    """A scikit-learn score of one label, or macro averaged over the labels that occur in truth or choice."""
    if spec.label is None:
        return float(function(rows.truth, rows.chosen, average="macro", zero_division=0, **options))
    if spec.label not in rows.labels or not (rows.truth == (code := rows.labels.index(spec.label))).any():
        return float("nan")
    return float(function(rows.truth == code, rows.chosen == code, zero_division=0, **options))


CHOICE: tuple[Metric, ...] = (
    Metric("accuracy", "accuracy", True, "classes", accuracy, accuracy_resampled, accuracy_hits, by_choice=True),
    Metric(
        "balanced-accuracy",
        "balanced accuracy",
        True,
        "classes",
        balanced_accuracy,
        balanced_accuracy_resampled,
        by_choice=True,
    ),
    Metric("macro-f1", "macro-F1", True, "classes", f_beta, f_beta_resampled, by_choice=True),
    Metric("f1", "F1", True, "classes", f_beta, f_beta_resampled, by_choice=True),
    Metric("fbeta", "F-beta", True, "classes", f_beta, f_beta_resampled, by_choice=True),
    Metric("precision", "precision", True, "classes", precision, precision_resampled, precision_hits, by_choice=True),
    Metric("recall", "recall", True, "classes", recall, recall_resampled, recall_hits, by_choice=True),
    Metric("mcc", "Matthews correlation", True, "classes", mcc, mcc_resampled, by_choice=True),
)
