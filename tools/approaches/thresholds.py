"""Where to cut between two classes, for metrics that judge the chosen class: learned on validation rows, never on test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.approaches.base import Predictions
from tools.core.task import MetricSpec, TaskSpec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BY_CHOICE = frozenset({"f1", "fbeta", "macro-f1", "balanced-accuracy", "mcc"})
CUTS = 121
LEAST_ROWS = 40  # fewer validation rows place a cut by chance
NEIGHBOURS = 7  # scores are averaged over this many cuts, so that one lucky cut does not win


def best_threshold(task: TaskSpec, metric: MetricSpec, target: pd.Series, probabilities: np.ndarray) -> float | None:
    """From which probability of the second label on it is chosen; None where one half, or the most probable label, is right.

    probabilities: [n, labels] for rows that the model never saw. `recall` at a least precision and `precision` at a least
    recall are cut so that the least is kept.
    """
    import numpy as np

    if len(task.label_names) != 2 or len(target) < LEAST_ROWS:
        return None
    odds = np.log(np.clip(probabilities[:, 1], 1e-4, 1 - 1e-4)) - np.log1p(-np.clip(probabilities[:, 1], 1e-4, 1 - 1e-4))
    # even steps of log odds: steps of the rows' own quantiles would hardly look where a rare class is
    cuts = 1 / (1 + np.exp(-np.linspace(odds.min(), odds.max(), CUTS)))
    if metric.name in ("recall", "precision") and metric.at and metric.label:
        return _keeping(task, metric, target, probabilities, cuts)
    if metric.name not in BY_CHOICE or odds.max() - odds.min() < 1e-6:
        return None
    scores = _scores(task, metric, target, probabilities, cuts)
    edges = np.pad(scores, NEIGHBOURS // 2, mode="edge")
    smooth = np.convolve(edges, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
    best = np.flatnonzero(smooth >= smooth.max() - 1e-12)
    return float(cuts[best[np.abs(cuts[best] - 0.5).argmin()]])


def chosen(probabilities: np.ndarray, threshold: float | None) -> np.ndarray | None:
    """Positions of the chosen labels [n], for `Predictions.choice`; None without a threshold."""
    return None if threshold is None else (probabilities[:, 1] >= threshold).astype(int)


def _scores(task: TaskSpec, metric: MetricSpec, target: pd.Series, probabilities: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """The metric at each cut, the higher the better."""
    import numpy as np

    from tools.metrics.judged import judge
    from tools.scoring import METRICS

    how = METRICS[metric.name]
    answers = (Predictions(probabilities=probabilities, choice=chosen(probabilities, float(cut))) for cut in cuts)
    scores = np.array([how.score(judge(task, target.tolist(), answer), metric) for answer in answers])
    return scores if how.greater_is_better else -scores


def _keeping(
    task: TaskSpec, metric: MetricSpec, target: pd.Series, probabilities: np.ndarray, cuts: np.ndarray
) -> float | None:
    """The cut with the best recall (precision) among those that keep the least precision (recall) on these rows."""
    import numpy as np

    label = str(metric.label)
    wanted = task.label_names.index(label)
    truth = (target.to_numpy() == label)[None, :]
    picked = probabilities[:, 1][None, :] >= cuts[:, None]
    picked = picked if wanted == 1 else ~picked
    hits = (picked & truth).sum(axis=1)
    precision = np.where(picked.any(axis=1), hits / np.maximum(picked.sum(axis=1), 1), 0.0)
    recall = hits / max(1, int(truth.sum()))
    best, kept = (recall, precision) if metric.name == "recall" else (precision, recall)
    keeping = kept >= float(metric.at or 0.0)
    if not keeping.any():
        return None
    return float(cuts[np.where(keeping, best, -1.0).argmax()])
