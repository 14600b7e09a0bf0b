"""Metrics of several labels at once: the whole set of a row, or each label by itself and their mean.

The arithmetic of a label is that of `choice` and `order`. `accuracy` is the share of rows whose set is exactly right, and
`log-loss` the mean over rows and labels. Macro averages are over the labels that occur in truth or choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.core.task import MetricName, MetricSpec
from tools.metrics import choice, order
from tools.metrics.judged import Judged, Metric

if TYPE_CHECKING:
    import numpy as np

Resampled = Callable[[Judged, MetricSpec, "np.ndarray"], "np.ndarray"]


def exact(rows: Judged, spec: MetricSpec) -> float:
    """Share of rows whose label set is exactly right."""
    return float(_right(rows).mean())


def exact_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """The same in each resample."""
    result: np.ndarray = counts @ _right(rows).astype(float) / counts.sum(axis=1)
    return result


def exact_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float]:
    """Right rows of all rows."""
    return float(_right(rows).sum()), float(len(rows))


def log_loss(rows: Judged, spec: MetricSpec) -> float:
    """Mean of -log of the probability of what is true of each label, in nats."""
    return float(_row_losses(rows).mean())


def log_loss_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Log-loss in each resample."""
    result: np.ndarray = counts @ _row_losses(rows) / counts.sum(axis=1)
    return result


def _right(rows: Judged) -> np.ndarray:
    result: np.ndarray = (rows.truth == rows.chosen).all(axis=1)
    return result


def _row_losses(rows: Judged) -> np.ndarray:
    """Clipped at float64's epsilon, as scikit-learn does."""
    import numpy as np

    of_truth = np.where(rows.truth, rows.scores, 1 - rows.scores)
    losses: np.ndarray = -np.log(np.clip(of_truth, np.finfo(float).eps, 1.0)).mean(axis=1)
    return losses


def _once(resampled: Resampled) -> Callable[[Judged, MetricSpec], float]:
    """The value itself: every row drawn once. nan for a label that no row has."""

    def score(rows: Judged, spec: MetricSpec) -> float:
        import numpy as np

        if spec.label is not None and (spec.label not in rows.labels or not rows.having(rows.labels.index(spec.label)).any()):
            return float("nan")
        return float(resampled(rows, spec, np.ones((1, len(rows))))[0])

    return score


def _by_choice(name: MetricName, title: str, resampled: Resampled) -> Metric:
    hits = {"precision": choice.precision_hits, "recall": choice.recall_hits}.get(name)
    return Metric(name, title, True, "label sets", _once(resampled), resampled, hits, by_choice=True)


SEVERAL: tuple[Metric, ...] = (
    Metric("accuracy", "exact match", True, "label sets", exact, exact_resampled, exact_hits, by_choice=True),
    _by_choice("macro-f1", "macro-F1", choice.f_beta_resampled),
    _by_choice("f1", "F1", choice.f_beta_resampled),
    _by_choice("fbeta", "F-beta", choice.f_beta_resampled),
    _by_choice("precision", "precision", choice.precision_resampled),
    _by_choice("recall", "recall", choice.recall_resampled),
    *(
        Metric(one.name, one.title, True, "label sets", one.score, one.resampled, one.hits)
        for one in order.ORDER
        if one.name != "log-loss"
    ),
    Metric("log-loss", "log-loss", False, "label sets", log_loss, log_loss_resampled),
)
