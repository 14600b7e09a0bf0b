"""Counts of words and characters with a linear model, fitted to new texts with the old settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .text_tfidf import features


def new_ngrams(parts: Mapping[str, Any], texts: Sequence[str], codes: np.ndarray) -> dict[str, Any]:
    """What tfidf.joblib holds."""
    from sklearn.base import clone

    vectorizers = [clone(vectorizer).fit(texts) for vectorizer in parts["vectorizers"]]
    if codes.ndim == 2:  # several labels a row: one model a label that some rows have
        classes = np.flatnonzero(codes.any(axis=0))
        model = clone(parts["model"]).fit(features(vectorizers, texts), codes[:, classes])
        return {"vectorizers": vectorizers, "model": model, "classes": classes}
    model = clone(parts["model"]).fit(features(vectorizers, texts), codes)
    return {"vectorizers": vectorizers, "model": model, "classes": model.classes_}


def new_calibration(calibration: Mapping[str, Any], labels: int) -> dict[str, Any]:
    """The old scale; labels that are new get no shift."""
    bias = list(calibration["bias"])
    if labels > len(bias) == 2:
        bias = [0.0, 0.0]  # the shift was between two classes
    return {"scale": calibration["scale"], "bias": bias + [0.0] * (labels - len(bias))}
