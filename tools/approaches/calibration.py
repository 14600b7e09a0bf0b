"""Honest probabilities: scores of rows that the model never saw -> the scale (and shift) that make their softmax right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SHIFT_ROWS = 60  # fewer rows cannot place a shift between two classes


def calibrate(scores: np.ndarray, classes: np.ndarray) -> dict[str, object]:
    """{"scale", "bias"} that minimise the log-loss of softmax(scale * scores + bias) over these rows.

    scores: [n, labels], -inf for a label that the model does not know; classes: int [n], -1 is left out. The scale is one
    number (temperature scaling, Guo et al. 2017); two classes also get a shift (Platt 1999).
    """
    import numpy as np
    from scipy.optimize import minimize

    rows = np.flatnonzero(classes >= 0)
    rows = rows[np.isfinite(scores[rows, classes[rows]])]
    labels = scores.shape[1]
    if len(rows) == 0:
        return {"scale": 1.0, "bias": [0.0] * labels}
    known, truth = scores[rows], classes[rows]
    shifted = labels == 2 and len(rows) >= SHIFT_ROWS

    def loss(parameters: np.ndarray) -> float:
        logits = np.exp(parameters[0]) * known
        if shifted:
            logits = logits + np.array([0.0, parameters[1]])
        logits = logits - logits.max(axis=1, keepdims=True)
        total = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(rows)), truth]
        return float(total.mean() + 0.5 * (parameters[0] ** 2 * 0.001))  # keeps the scale finite where all rows are right

    start = np.zeros(2 if shifted else 1)
    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 400}).x
    return {"scale": float(np.exp(found[0])), "bias": [0.0, float(found[1])] if shifted else [0.0] * labels}
