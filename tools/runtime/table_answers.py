"""From a table model's scores to what is told: probabilities that can be believed, and how far off a number may be.

Manifest keys:
    calibration   {"scale", "bias"}: probabilities become softmax(scale * log(probabilities) + bias)
    interval      {"low", "high", "coverage"}: offsets around a number; with {"at", "spread"} they are multiplied by the spread
                  that stands at its value (between two values of `at`, in proportion)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

LEAST = 1e-9  # a probability of nothing is taken for this


def calibrated(scores: np.ndarray, calibration: Mapping[str, Any] | None) -> np.ndarray:
    """Probabilities [n, labels], rows sum to 1. A label without any probability keeps none."""
    if not calibration:
        return scores
    logits = calibration["scale"] * np.log(np.clip(scores, LEAST, 1.0)) + np.asarray(calibration["bias"])
    odds = np.where(scores > 0, np.exp(logits - logits.max(axis=1, keepdims=True)), 0.0)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def bounds(values: np.ndarray, interval: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """(low, high), each [n], around the values [n]."""
    spread = np.interp(values, interval["at"], interval["spread"]) if interval.get("at") else np.ones_like(values)
    return values + interval["low"] * spread, values + interval["high"] * spread
