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
SCALES = np.geomspace(0.25, 8, 31)  # of the logits: regularised heads are less sure than they are right
FOLDS, PRIOR_ROWS = 3, 2.0


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome)."""
    manifest = new_manifest(old, target)
    texts, learned = joined(rows, manifest["inputs"]), codes(target, manifest)
    vectors = old.predictor.encoder.encode([spelled(text) for text in texts])
    if old.several:
        weight, bias, manifest["thresholds"] = new_heads(vectors, learned)
        manifest["near"] = 1.0 if learned.any(axis=1).all() else None
    else:
        strength, scale = _judged(vectors, learned)
        weight, bias = _head(vectors, learned, len(manifest["labels"]), strength, scale or 1.0)
        if scale is None:  # a cut or a leaning was chosen on honest probabilities
            manifest.pop("threshold", None)
            manifest.pop("leaning", None)
    np.savez(folder / "head.npz", weight=weight.astype(np.float32), bias=bias.astype(np.float32))
    for name in ("encoder.onnx", "tokenizer.json"):
        shutil.copyfile(old.folder / name, folder / name)
    if manifest.get("tfidf"):
        write_ngrams(folder, new_ngrams(old.predictor.second, texts, learned))
        calibration = new_calibration(manifest["tfidf"]["calibration"], len(manifest["labels"]))
        manifest["tfidf"] = {**manifest["tfidf"], "calibration": calibration}
    write_json(folder / "manifest.json", manifest)


def _head(
    vectors: np.ndarray, learned: np.ndarray, labels: int, strength: float, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """weight [labels, width] and bias [labels]; a label without rows is never answered."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=1000).fit(vectors, learned)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(coefficients) == 1:  # two classes: one row of weights, for the second
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.array([-1, 1]) * intercepts / 2
    weight, bias = np.zeros((labels, vectors.shape[1])), np.full(labels, -1e9)
    weight[model.classes_], bias[model.classes_] = scale * coefficients, scale * intercepts
    return weight, bias


def _judged(vectors: np.ndarray, learned: np.ndarray) -> tuple[float, float | None]:
    """The strength with the best log-loss in cross-validation, and the factor that makes the answers there as sure as they are.

    Classes with too few rows for it do not count; where fewer than two are left, a usual strength and no factor.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    known, counts = np.unique(learned, return_counts=True)
    rows = np.isin(learned, known[counts >= FOLDS])
    classes, truth = np.unique(learned[rows], return_inverse=True)
    if len(classes) < 2:
        return 10.0, None
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    tried = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1000)
        logits = cross_val_predict(model, vectors[rows], truth, cv=folds, method="predict_log_proba")
        tried.append((_loss(logits, truth), strength, logits))
    _, strength, logits = min(tried, key=lambda one: one[0])
    prior = PRIOR_ROWS / len(truth)  # few rows that are all right do not prove that it never errs
    return strength, float(min(SCALES, key=lambda scale: _loss(scale * logits, truth) + prior * np.log(scale) ** 2))


def _loss(logits: np.ndarray, truth: np.ndarray) -> float:
    """The log-loss of their softmax."""
    logits = logits - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(truth)), truth]).mean())
