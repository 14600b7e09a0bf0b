"""Learning anew: the encoder stays as it is, a new logistic head learns to read its vectors."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .relearnt_heads import new_heads
from .relearnt_labels import codes, new_manifest, write_json
from .relearnt_ngrams import new_calibration, new_ngrams
from .text_ngrams import write as write_ngrams
from .text_rows import joined, spelled

STRENGTHS = (1.0, 10.0, 100.0)  # C of the logistic regression: larger trusts the rows more
FOLDS = 3


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome)."""
    manifest = new_manifest(old, target)
    texts, learned = joined(rows, manifest["inputs"]), codes(target, manifest)
    vectors = old.predictor.encoder.encode([spelled(text) for text in texts])
    if old.several:
        weight, bias, manifest["thresholds"] = new_heads(vectors, learned)
        manifest["near"] = 1.0 if learned.any(axis=1).all() else None
    else:
        weight, bias = _head(vectors, learned, len(manifest["labels"]))
    np.savez(folder / "head.npz", weight=weight.astype(np.float32), bias=bias.astype(np.float32))
    for name in ("encoder.onnx", "tokenizer.json"):
        shutil.copyfile(old.folder / name, folder / name)
    if manifest.get("tfidf"):
        write_ngrams(folder, new_ngrams(old.predictor.second, texts, learned))
        calibration = new_calibration(manifest["tfidf"]["calibration"], len(manifest["labels"]))
        manifest["tfidf"] = {**manifest["tfidf"], "calibration": calibration}
    write_json(folder / "manifest.json", manifest)


def _head(vectors: np.ndarray, learned: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels]; a label without rows is never answered."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_strength(vectors, learned), max_iter=1000).fit(vectors, learned)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(coefficients) == 1:  # two classes: one row of weights, for the second
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-1, 1]) * intercepts / 2
    weight, bias = np.zeros((labels, vectors.shape[1])), np.full(labels, -1e9)
    weight[model.classes_], bias[model.classes_] = coefficients, intercepts
    return weight, bias


def _strength(vectors: np.ndarray, learned: np.ndarray) -> float:
    """The strength with the best log-loss in cross-validation, where each class has rows enough for it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    if np.unique(learned, return_counts=True)[1].min() < FOLDS:
        return 10.0
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)

    def quality(strength: float) -> float:
        model = LogisticRegression(C=strength, max_iter=1000)
        return float(cross_val_score(model, vectors, learned, cv=folds, scoring="neg_log_loss").mean())

    return max(STRENGTHS, key=quality)
