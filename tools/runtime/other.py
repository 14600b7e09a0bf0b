"""The answer for what belongs to none of the known labels: given where no known label is probable enough.

Manifest key `other`: {"label": one of `labels`, "threshold": 0..1 (below 1)}. A row whose best known label is less probable
than the threshold gets that label. Where rows of the label were learned from, it may also win by its own probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def best_known(probabilities: np.ndarray, place: int) -> np.ndarray:
    """Probability [n] of the best label beside the one at `place`, as if that one did not exist."""
    known = np.delete(probabilities, place, axis=1)
    return np.asarray(known.max(axis=1) / np.maximum(known.sum(axis=1), 1e-12))


def with_other(probabilities: np.ndarray, place: int, threshold: float) -> np.ndarray:
    """Probabilities [n, labels], rows sum to 1, in which the label at `place` leads exactly where it is to be given.

    The odds of the rest fall from what the threshold asks for to nothing where a known label is sure: a sure answer stays sure.
    """
    bounded = np.clip(probabilities[:, place], 0.0, 1.0 - 1e-12)
    own = bounded / (1 - bounded)
    best = best_known(probabilities, place)
    odds = np.maximum(own, threshold * (1 - best) / (1 - threshold))
    known = np.delete(probabilities, place, axis=1)
    known = known / np.maximum(known.sum(axis=1, keepdims=True), 1e-12)
    return np.insert(known / (1 + odds)[:, None], place, odds / (1 + odds), axis=1)


def settled(probabilities: np.ndarray, manifest: Mapping[str, Any]) -> np.ndarray:
    """Probabilities [n, labels] as they are told: with the manifest's `other`, where it has one."""
    other: Mapping[str, Any] | None = manifest.get("other")
    if not other:
        return probabilities
    labels: Sequence[str] = manifest["labels"]
    return with_other(probabilities, list(labels).index(other["label"]), float(other["threshold"]))
