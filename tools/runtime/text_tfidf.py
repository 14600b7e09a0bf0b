"""Texts with word and character n-grams into a linear model (files: see text_ngrams.py).

Manifest key `calibration`: {"scale", "bias"}, see `probabilities`; with `several`, see `independent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .text_ngrams import Ngrams
from .text_rows import joined

CHUNK = 2000  # texts made sparse at a time: bounds memory for any size of input


class Predictor:
    """Opens the n-grams."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self.ngrams = Ngrams(folder)

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels], rows sum to 1 (several labels: each by itself)."""
        texts = joined(rows, self.manifest["inputs"])
        told = independent if self.manifest.get("several") else probabilities
        return told(self.ngrams.margins(texts, len(self.manifest["labels"])), self.manifest["calibration"])


def margins(parts: Mapping[str, Any], texts: Sequence[str], labels: int) -> np.ndarray:
    """While learning, by scikit-learn's own objects (see `text_ngrams.write`), what `Ngrams.margins` gives afterwards.

    float64 [n, labels]: the model's decision values; a label that it never saw gets -inf. Two labels: (0, margin);
    a single one: 0.
    """
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    found = [parts["model"].decision_function(features(parts["vectorizers"], chunk)) for chunk in chunks]
    known = np.concatenate(found) if found else np.zeros((0, len(parts["classes"])))
    if known.ndim == 1:
        known = np.stack([np.zeros(len(known)), known], axis=1)
    scores = np.full((len(texts), labels), -np.inf)
    scores[:, parts["classes"]] = known[:, : len(parts["classes"])]
    return scores


def features(vectorizers: Sequence[Any], texts: Sequence[str]) -> Any:
    """Sparse [n, features], the vectorizers' features side by side."""
    from scipy.sparse import hstack

    return hstack([vectorizer.transform(texts) for vectorizer in vectorizers], format="csr")


def probabilities(scores: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
    """softmax(scale * scores + bias): scale is one number, bias one number a label."""
    shifted = calibration["scale"] * scores + np.asarray(calibration["bias"], dtype=float)
    shifted -= shifted.max(axis=1, keepdims=True)
    odds = np.exp(shifted)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def independent(scores: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
    """sigmoid(scale * scores + bias), each label by itself."""
    reached = calibration["scale"] * scores + np.asarray(calibration["bias"], dtype=float)
    return np.asarray(1 / (1 + np.exp(-np.clip(reached, -500, 500))))
