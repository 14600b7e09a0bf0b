"""Several labels at once: a logistic regression a label on the encoder's vectors, and from which probability on it is given."""

from __future__ import annotations

import numpy as np

STRENGTHS = (1.0, 10.0, 100.0)  # C of the logistic regression: larger trusts the rows more
FOLDS = 3
SURE = 30.0  # log odds of a label that all rows have, or none
CUTS = np.linspace(0.05, 0.95, 19)
FEWEST = 8  # rows with a label (and without), to learn its strength and its cut from


def new_heads(vectors: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """weight [labels, width], bias [labels] and the cuts. truth: bool [n, labels]."""
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((truth.shape[1], vectors.shape[1]))
    bias, cuts = np.where(truth.all(axis=0), SURE, -SURE), [0.5] * truth.shape[1]
    for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)):
        strength, cuts[label] = _judged(vectors, truth[:, label])
        model = LogisticRegression(C=strength, max_iter=1000).fit(vectors, truth[:, label])
        weight[label], bias[label] = model.coef_[0], model.intercept_[0]
    return weight, bias, cuts


def _judged(vectors: np.ndarray, has: np.ndarray) -> tuple[float, float]:
    """The strength with the best log-loss in cross-validation, and the cut with the best F1 there."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if min(has.sum(), (~has).sum()) < FEWEST:
        return 10.0, 0.5
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    best, found = None, (10.0, 0.5)
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1000)
        chances = cross_val_predict(model, vectors, has, cv=folds, method="predict_proba")[:, 1]
        loss = -np.log(np.clip(np.where(has, chances, 1 - chances), 1e-9, 1)).mean()
        if best is None or loss < best:
            best, found = loss, (strength, _cut(chances, has))
    return found


def _cut(chances: np.ndarray, has: np.ndarray) -> float:
    picked = chances[None, :] >= CUTS[:, None]
    scores = 2 * (picked & has).sum(axis=1) / np.maximum(picked.sum(axis=1) + has.sum(), 1)
    scores = np.convolve(np.pad(scores, 1, mode="edge"), np.ones(3) / 3, mode="valid")  # one lucky cut does not win
    best = np.flatnonzero(scores >= scores.max() - 1e-12)
    return float(CUTS[best[np.abs(CUTS[best] - 0.5).argmin()]])
