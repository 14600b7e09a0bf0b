"""Honest probabilities: scores of rows that the model never saw -> the scale (and shift) that make their softmax right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SHIFT_ROWS = 60  # fewer rows cannot place a shift between two classes
PRIOR_ROWS = 2.0


def calibrate(scores: np.ndarray, classes: np.ndarray, usual: float = 1.0) -> dict[str, Any]:
    """{"scale", "bias"} that minimise the log-loss of softmax(scale * scores + bias) over these rows.

    scores: [n, labels], -inf for a label that the model does not know; classes: int [n], -1 is left out. The scale is one
    number (temperature scaling, Guo et al. 2017); two classes also get a shift (Platt 1999). A prior holds the scale near
    `usual`, as strongly as a few rows: few rows that are all right do not prove that the model never errs.
    """
    import numpy as np
    from scipy.optimize import minimize

    rows = np.flatnonzero(classes >= 0)
    rows = rows[np.isfinite(scores[rows, classes[rows]])]
    labels = scores.shape[1]
    if len(rows) == 0:
        return {"scale": usual, "bias": [0.0] * labels}
    known, truth = scores[rows], classes[rows]
    shifted = labels == 2 and len(rows) >= SHIFT_ROWS
    start = np.array([np.log(usual), 0.0] if shifted else [np.log(usual)])

    def loss(parameters: np.ndarray) -> float:
        logits = np.exp(parameters[0]) * known
        if shifted:
            logits = logits + np.array([0.0, parameters[1]])
        logits = logits - logits.max(axis=1, keepdims=True)
        total = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(rows)), truth]
        return float(total.mean() + PRIOR_ROWS / len(rows) * ((parameters - start) ** 2).sum())

    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 400}).x
    return {"scale": float(np.exp(found[0])), "bias": [0.0, float(found[1])] if shifted else [0.0] * labels}


def calibrate_scale(logits: np.ndarray, classes: np.ndarray) -> float:
    """The temperature alone (as a factor), for logits of any number of labels; -1e9 marks a label that is not known."""
    import numpy as np

    known = np.where(logits < -1e8, -np.inf, logits)
    return float(calibrate(known, classes)["scale"])


def log_loss(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """Mean negative log of the true class's probability, rows of unknown class left out."""
    import numpy as np

    rows = np.flatnonzero(classes >= 0)
    return float(-np.log(np.clip(probabilities[rows, classes[rows]], 1e-9, 1)).mean()) if len(rows) else 0.0
