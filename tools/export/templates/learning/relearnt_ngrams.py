"""Counts of words and characters with a linear model, fitted to new texts with the old settings (needs scikit-learn)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .text_ngrams import Ngrams
from .text_tfidf import features


def new_ngrams(old: Ngrams, texts: Sequence[str], codes: np.ndarray) -> dict[str, Any]:
    """What `text_ngrams.write` takes. codes: positions in the labels, or bool [n, labels]."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    vectorizers = _counted(old.settings["counters"], texts)
    model = LinearSVC(C=old.settings["strength"], random_state=old.settings["seed"], max_iter=2000)
    classes = None
    if codes.ndim == 2:  # several labels a row: one model a label that some rows have
        classes = np.flatnonzero(codes.any(axis=0))
        classes = classes if len(classes) > 1 else np.arange(codes.shape[1])  # a single column would mean two classes
        model, codes = OneVsRestClassifier(model), codes[:, classes]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Liblinear failed to converge")  # it is near enough by then
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        model.fit(features(vectorizers, texts), codes)
    return {"vectorizers": vectorizers, "model": model, "classes": model.classes_ if classes is None else classes}


def _counted(counters: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> list[Any]:
    """A vectorizer for each counter. Texts without a word are counted as if one of them said "empty"."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = texts if any(text.strip() for text in texts) else [*texts[:-1], "empty"]
    found = []
    for counter in counters:
        settings = {name: value for name, value in counter.items() if name != "terms"}
        settings["ngram_range"] = tuple(settings["ngram_range"])
        found.append(TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **settings).fit(texts))
    return found


def new_calibration(calibration: Mapping[str, Any], labels: int) -> dict[str, Any]:
    """The old scale; labels that are new get no shift."""
    bias = list(calibration["bias"])
    if labels > len(bias) == 2:
        bias = [0.0, 0.0]  # the shift was between two classes
    return {"scale": calibration["scale"], "bias": bias + [0.0] * (labels - len(bias))}
