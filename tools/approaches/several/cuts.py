"""From which probability on a label is given: one cut a label, learned on validation rows, never on test rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.core.task import MetricSpec
from tools.runtime.label_sets import HALF

if TYPE_CHECKING:
    import numpy as np

BY_PROBABILITY = frozenset({"accuracy", "log-loss"})  # a whole set is right most often where each label is cut at one half
LEAST_ROWS = 40  # fewer validation rows place a cut by chance
LEAST_A_LABEL = 8  # a label with fewer rows takes the cut that suits all labels together
CUTS = 121
NEIGHBOURS = 7  # scores are averaged over this many cuts, so that one lucky cut does not win


def best_cuts(labels: Sequence[str], metric: MetricSpec, truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """float [labels]. truth: bool [n, labels]; probabilities: [n, labels] for rows that the model never saw.

    Each label's F1 (F-beta for `fbeta`) is made best; `recall` and `precision` of a label with a least of the other keep it.
    """
    import numpy as np

    even = np.full(len(labels), HALF)
    if metric.name in BY_PROBABILITY or len(truth) < LEAST_ROWS:
        return even
    grid = _grid(probabilities)
    picked = probabilities[:, :, None] >= grid
    right = (picked & truth[:, :, None]).sum(axis=0)
    given, has = picked.sum(axis=0), truth.sum(axis=0)[:, None]
    beta = metric.at if metric.name == "fbeta" and metric.at else 1.0
    scores = (1 + beta**2) * right / np.maximum(beta**2 * has + given, 1)  # [labels, cuts]
    shared = grid[_highest(scores.mean(axis=0), grid)]
    cuts = np.array([grid[_highest(row, grid)] for row in scores])
    cuts = np.where(has[:, 0] >= LEAST_A_LABEL, cuts, shared)
    if metric.label in labels and metric.at and metric.name in ("recall", "precision"):
        at = list(labels).index(str(metric.label))
        kept = _keeping(metric, right[at], given[at], int(has[at, 0]))
        cuts[at] = cuts[at] if kept is None else grid[kept]
    return cuts


def _grid(probabilities: np.ndarray) -> np.ndarray:
    """Even steps of log odds: steps of the rows' own quantiles would hardly look where a rare label is."""
    import numpy as np

    bounded = np.clip(probabilities, 1e-4, 1 - 1e-4)
    odds = np.log(bounded) - np.log1p(-bounded)
    return np.asarray(1 / (1 + np.exp(-np.linspace(odds.min(), odds.max(), CUTS))))


def _highest(scores: np.ndarray, grid: np.ndarray) -> int:
    """Place of the best cut; among equals the one nearest to one half."""
    import numpy as np

    edges = np.pad(scores, NEIGHBOURS // 2, mode="edge")
    smooth = np.convolve(edges, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
    best = np.flatnonzero(smooth >= smooth.max() - 1e-12)
    return int(best[np.abs(grid[best] - HALF).argmin()])


def _keeping(metric: MetricSpec, right: np.ndarray, given: np.ndarray, has: int) -> int | None:
    """Place of the cut with the best recall (precision) among those that keep the least precision (recall); None: none does."""
    import numpy as np

    precision, recall = right / np.maximum(given, 1), right / max(1, has)
    best, kept = (recall, precision) if metric.name == "recall" else (precision, recall)
    keeping = kept >= float(metric.at or 0.0)
    return int(np.where(keeping, best, -1.0).argmax()) if keeping.any() else None
