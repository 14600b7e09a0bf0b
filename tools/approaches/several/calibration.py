"""Honest probabilities for each label by itself: one scale for all, a shift for each (Platt 1999)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

PRIOR_ROWS = 2.0  # holds scale and shifts near the usual, as strongly as a few rows: few right rows prove little


def calibrate_each(scores: np.ndarray, truth: np.ndarray, usual: float = 1.0) -> dict[str, Any]:
    """{"scale", "bias"} that minimise the log-loss of sigmoid(scale * scores + bias); bias: one number a label.

    scores: [n, labels], -inf for a label that the model does not know; truth: bool [n, labels].
    """
    import numpy as np
    from scipy.optimize import minimize

    rows, labels = scores.shape
    known = np.isfinite(scores).all(axis=0) if rows else np.zeros(labels, dtype=bool)
    bias = np.zeros(labels)
    if not known.any():
        return {"scale": usual, "bias": bias.tolist()}
    margins, signs = scores[:, known], np.where(truth[:, known], 1.0, -1.0)
    start = np.concatenate([[np.log(usual)], np.zeros(margins.shape[1])])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scale, apart = np.exp(parameters[0]), parameters - start
        reached = signs * (scale * margins + parameters[1:])
        wrong = -signs / (1 + np.exp(np.clip(reached, -500, 500)))  # the gradient for each margin
        total = np.logaddexp(0, -reached).sum() + PRIOR_ROWS * (apart**2).sum()
        gradient = np.concatenate([[(wrong * margins).sum() * scale], wrong.sum(axis=0)]) + 2 * PRIOR_ROWS * apart
        return float(total / rows), gradient / rows

    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    bias[known] = found[1:]
    return {"scale": float(np.exp(found[0])), "bias": bias.tolist()}


def log_loss_each(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean negative log of the probability of what is true of each label."""
    import numpy as np

    if not probabilities.size:
        return 0.0
    return float(-np.log(np.clip(np.where(truth, probabilities, 1 - probabilities), 1e-9, 1)).mean())
