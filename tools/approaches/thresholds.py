"""Which class is told, for metrics that judge the chosen class: learned on validation rows, never on test rows.

Two classes: where to cut. More: how far the choice leans towards rare ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tools.approaches.base import Predictions
from tools.core.task import MetricSpec, TaskSpec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BY_CHOICE = frozenset({"f1", "fbeta", "macro-f1", "balanced-accuracy", "mcc"})
OF_ALL_CLASSES = frozenset({"macro-f1", "balanced-accuracy", "mcc"})
CUTS = 121
LEANS = 21  # from none to all that the classes' shares ask for
LEAST_GAIN = 0.002  # of the metric: for less, the choice does not lean further
MOST_ROWS = 20_000  # more place it no better
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
    target, probabilities = _some(target, probabilities)
    if target.nunique() < 2:  # rows of one class, as without the only row of the other, place no cut
        return None
    odds = np.log(np.clip(probabilities[:, 1], 1e-4, 1 - 1e-4)) - np.log1p(-np.clip(probabilities[:, 1], 1e-4, 1 - 1e-4))
    # even steps of log odds: steps of the rows' own quantiles would hardly look where a rare class is
    cuts = 1 / (1 + np.exp(-np.linspace(odds.min(), odds.max(), CUTS)))
    if metric.name in ("recall", "precision") and metric.at and metric.label:
        return _keeping(task, metric, target, probabilities, cuts)
    if metric.name not in BY_CHOICE or odds.max() - odds.min() < 1e-6:
        return None
    scores = _scores(task, metric, target, probabilities, cuts)
    smooth = _smooth(scores)
    best = np.flatnonzero(smooth >= smooth.max() - 1e-12)
    return float(cuts[best[np.abs(cuts[best] - 0.5).argmin()]])


def chosen(probabilities: np.ndarray, threshold: float | None) -> np.ndarray | None:
    """Positions of the chosen labels [n], for `Predictions.choice`; None without a threshold."""
    return None if threshold is None else (probabilities[:, 1] >= threshold).astype(int)


def best_leaning(task: TaskSpec, metric: MetricSpec, target: pd.Series, probabilities: np.ndarray) -> list[float] | None:
    """A factor for each label: told is the label whose probability times factor is largest. None where all are alike.

    The factors are the labels' shares among these rows to the power of minus a, for the least a in 0..1 that does well:
    balanced accuracy wants 1, macro F1 something between. One number for all labels can be learned from few rows.
    """
    import numpy as np

    if len(task.label_names) <= 2 or len(target) < LEAST_ROWS or metric.name not in OF_ALL_CLASSES:
        return None
    target, probabilities = _some(target, probabilities)
    if target.nunique() < 2:
        return None
    counts = np.array([int((target == label).sum()) for label in task.label_names]) + 1.0
    each = [(counts / counts.sum()) ** -lean for lean in np.linspace(0, 1, LEANS)]
    answers = [Predictions(probabilities=probabilities, choice=leant(probabilities, factors)) for factors in each]
    smooth = _smooth(_scored(task, metric, target, answers))
    factors = each[int(np.flatnonzero(smooth >= smooth.max() - LEAST_GAIN)[0])]
    return None if factors.max() == factors.min() else [round(float(factor / factors.min()), 6) for factor in factors]


def leant(probabilities: np.ndarray, leaning: Sequence[float] | np.ndarray | None) -> np.ndarray | None:
    """Positions of the told labels [n] by `best_leaning`, for `Predictions.choice`; None without one."""
    import numpy as np

    return None if leaning is None else np.asarray((probabilities * np.asarray(leaning)).argmax(axis=1))


def _scores(task: TaskSpec, metric: MetricSpec, target: pd.Series, probabilities: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """The metric at each cut, the higher the better."""
    answers = (Predictions(probabilities=probabilities, choice=chosen(probabilities, float(cut))) for cut in cuts)
    return _scored(task, metric, target, answers)


def _some(target: pd.Series, probabilities: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    """Of very many rows, `MOST_ROWS` spread over them."""
    step = -(-len(target) // MOST_ROWS)
    return target.iloc[::step], probabilities[::step]


def _smooth(scores: np.ndarray) -> np.ndarray:
    """Each averaged with its neighbours, so that a lucky one does not win."""
    import numpy as np

    edges = np.pad(scores, NEIGHBOURS // 2, mode="edge")
    return np.convolve(edges, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")


def _scored(task: TaskSpec, metric: MetricSpec, target: pd.Series, answers: Iterable[Predictions]) -> np.ndarray:
    """The metric of each answer, the higher the better."""
    import numpy as np

    from tools.metrics.judged import judge
    from tools.scoring import METRICS

    how = METRICS[metric.name]
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
