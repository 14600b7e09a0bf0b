"""Metrics of probabilities: how well they order rows (roc-auc, average precision, cuts), and how true they are (log-loss).

Without a label they are macro averages over one label against the rest; with two labels and none named, roc-auc is the same
for both. A label that only the judged rows know has probability 0 everywhere, so it is never found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.core.task import MetricSpec
from tools.metrics.judged import Judged, Metric, average

if TYPE_CHECKING:
    import numpy as np


def _macro(function: Callable[[np.ndarray, np.ndarray], float], rows: Judged, spec: MetricSpec) -> float:
    """Mean of function(has the label [n], its probability [n]) over the labels that some rows have and some have not."""
    import numpy as np

    values = []
    for code in average(rows, spec):
        has = rows.having(code)
        if has.any() and not has.all():
            values.append(function(has, rows.scores[:, code]))
    return float(np.mean(values)) if values else float("nan")


def _macro_resampled(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    rows: Judged,
    spec: MetricSpec,
    counts: np.ndarray,
    unknown: float = 0.0,
) -> np.ndarray:
    """Mean over labels of function(positive [b, groups], all [b, groups]), groups of equal probability, the highest first.

    unknown: what a label that no model knows is worth where none of its rows was drawn.
    """
    import numpy as np

    total, number = np.zeros(len(counts)), np.zeros(len(counts))
    for code in average(rows, spec):
        has, score = rows.having(code), rows.scores[:, code]
        if not has.any() or has.all():
            continue
        order = np.argsort(-score, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(score[order]) != 0])
        drawn = counts[:, order]
        everything = np.add.reduceat(drawn, starts, axis=1)
        positive = np.add.reduceat(drawn * has[order], starts, axis=1)
        value = function(positive, everything)
        if code >= rows.known:
            value = np.nan_to_num(value, nan=unknown)
        defined = np.isfinite(value)
        total += np.where(defined, value, 0.0)
        number += defined
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _divided(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    import numpy as np

    result: np.ndarray = np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
    return result


def roc_auc(rows: Judged, spec: MetricSpec) -> float:
    """Chance that a row with the label gets a higher probability than one without; one against the rest, macro."""
    from sklearn.metrics import roc_auc_score

    return _macro(roc_auc_score, rows, spec)


def roc_auc_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """ROC-AUC in each resample."""

    def area(positive: np.ndarray, everything: np.ndarray) -> np.ndarray:
        negative = everything - positive
        below = negative.sum(axis=1, keepdims=True) - negative.cumsum(axis=1)
        return _divided((positive * (below + negative / 2)).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1))

    return _macro_resampled(area, rows, spec, counts, unknown=0.5)


def average_precision(rows: Judged, spec: MetricSpec) -> float:
    """Area under precision over recall (step-wise); one against the rest, macro."""
    from sklearn.metrics import average_precision_score

    return _macro(average_precision_score, rows, spec)


def average_precision_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Average precision in each resample."""

    def area(positive: np.ndarray, everything: np.ndarray) -> np.ndarray:
        import numpy as np

        found, seen = positive.cumsum(axis=1), everything.cumsum(axis=1)
        return _divided((positive * found / np.maximum(seen, 1)).sum(axis=1), found[:, -1])

    return _macro_resampled(area, rows, spec, counts)


def recall_at_precision(rows: Judged, spec: MetricSpec) -> float:
    """The greatest recall of the label at any cut of its probability that keeps precision at `at` or better; 0 without one."""
    hits = recall_at_precision_hits(rows, spec)
    return float("nan") if hits is None or not hits[1] else hits[0] / hits[1]


def recall_at_precision_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float] | None:
    """Rows of the label that are found at that cut, of all that have it. None for an average over labels."""
    import numpy as np

    codes = average(rows, spec)
    if len(codes) != 1:
        return None
    has, score = rows.having(codes[0]), rows.scores[:, codes[0]]
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    found = has[order].cumsum()[ends]
    good = found / (ends + 1) >= (spec.at or 0.0)
    return float(found[good].max(initial=0)), float(has.sum())


def recall_at_precision_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Recall at a least precision in each resample."""

    def best(positive: np.ndarray, everything: np.ndarray) -> np.ndarray:
        import numpy as np

        found, seen = positive.cumsum(axis=1), everything.cumsum(axis=1)
        good = (found >= (spec.at or 0.0) * seen) & (seen > 0)
        return _divided(np.where(good, found, 0.0).max(axis=1), found[:, -1])

    return _macro_resampled(best, rows, spec, counts)


def precision_at_recall(rows: Judged, spec: MetricSpec) -> float:
    """The greatest precision of the label at any cut of its probability that keeps recall at `at` or better."""
    import numpy as np

    return float(precision_at_recall_resampled(rows, spec, np.ones((1, len(rows))))[0])


def precision_at_recall_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Precision at a least recall in each resample."""

    def best(positive: np.ndarray, everything: np.ndarray) -> np.ndarray:
        import numpy as np

        found, seen = positive.cumsum(axis=1), everything.cumsum(axis=1)
        good = (found >= (spec.at or 0.0) * found[:, -1:]) & (seen > 0)
        value = np.where(good, found / np.maximum(seen, 1), 0.0).max(axis=1)
        return np.where(found[:, -1] > 0, value, np.nan)

    return _macro_resampled(best, rows, spec, counts)


def precision_at_k(rows: Judged, spec: MetricSpec) -> float:
    """Share with the label among the k rows that were given the highest probability of it; k = `at`, at most all rows.

    Without `at`, k is the number of rows that have the label (R-precision). Rows of equal probability count by their mean.
    """
    import numpy as np

    return float(precision_at_k_resampled(rows, spec, np.ones((1, len(rows))))[0])


def precision_at_k_hits(rows: Judged, spec: MetricSpec) -> tuple[float, float] | None:
    """Rows with the label among the first k, of k. None for an average over labels."""
    codes = average(rows, spec)
    value = precision_at_k(rows, spec)
    if len(codes) != 1 or value != value:
        return None
    k = min(float(spec.at or rows.having(codes[0]).sum()), float(len(rows)))
    return value * k, k


def precision_at_k_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Precision at k in each resample."""

    def first(positive: np.ndarray, everything: np.ndarray) -> np.ndarray:
        import numpy as np

        seen = everything.cumsum(axis=1)
        k = np.minimum(float(spec.at), seen[:, -1]) if spec.at else positive.sum(axis=1)
        taken = np.clip(k[:, None] - (seen - everything), 0.0, everything)  # of each group, how many are among the first k
        return _divided((taken * positive / np.maximum(everything, 1)).sum(axis=1), k)

    return _macro_resampled(first, rows, spec, counts)


def _row_losses(rows: Judged) -> np.ndarray:
    """-log of the truth's probability, clipped at float64's epsilon as scikit-learn does: a zero costs 36 and not infinity."""
    import numpy as np

    losses: np.ndarray = -np.log(np.clip(rows.scores[np.arange(len(rows)), rows.truth], np.finfo(float).eps, 1.0))
    return losses


def log_loss(rows: Judged, spec: MetricSpec) -> float:
    """Mean of -log of the probability that the truth was given, in nats."""
    return float(_row_losses(rows).mean())


def log_loss_resampled(rows: Judged, spec: MetricSpec, counts: np.ndarray) -> np.ndarray:
    """Log-loss in each resample."""
    result: np.ndarray = counts @ _row_losses(rows) / counts.sum(axis=1)
    return result


ORDER: tuple[Metric, ...] = (
    Metric(
        "precision-at-k", "precision among the first k", True, "classes", precision_at_k, precision_at_k_resampled,
        precision_at_k_hits,
    ),
    Metric("roc-auc", "ROC-AUC", True, "classes", roc_auc, roc_auc_resampled),
    Metric("average-precision", "average precision", True, "classes", average_precision, average_precision_resampled),
    Metric("log-loss", "log-loss", False, "classes", log_loss, log_loss_resampled),
)  # fmt: skip

# `recall` and `precision` with `at` are about the best cut of a probability, not about the chosen class
CUTS: dict[str, Metric] = {
    "recall": Metric(
        "recall", "recall", True, "classes", recall_at_precision, recall_at_precision_resampled, recall_at_precision_hits
    ),
    "precision": Metric("precision", "precision", True, "classes", precision_at_recall, precision_at_recall_resampled),
}
