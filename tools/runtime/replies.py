"""What a model said -> what a prototype answers: honest probabilities, and an answer also for a row that got none.

Manifest key `answering`, learned on validation rows (see tools/approaches/prompting/answering.py):
    one label       frequencies [labels]; sure [labels]: how often the label is right where it is chosen;
                    calibration {"scale", "bias"} of the token probabilities, absent where the endpoint gives none
    several labels  frequencies; said, unsaid [labels]: how often the label is right where it is said, and where it is not
    a number        middle: for a row without an answer; low, high: the range of the numbers seen, which no answer leaves
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

LEAST = 1e-6  # a probability of zero has no logarithm
AHEAD = 1e-3  # the chosen label stays the most probable one


class Said(Protocol):
    """The part of a reply that matters here (see asking.py)."""

    labels: list[str] | None
    number: float | None
    probabilities: list[float] | None


def class_answers(replies: Sequence[Said], labels: Sequence[str], answering: Mapping[str, Any]) -> np.ndarray:
    """[n, labels], rows sum to 1. A row without an answer gets the frequencies."""
    place = {label: position for position, label in enumerate(labels)}
    frequencies = np.asarray(answering["frequencies"], dtype=float)
    found = np.empty((len(replies), len(labels)))
    for row, reply in enumerate(replies):
        if reply.probabilities is not None and answering.get("calibration"):
            found[row] = calibrated(np.asarray(reply.probabilities, dtype=float), answering["calibration"])
        elif reply.labels:
            found[row] = chosen_one(place[reply.labels[0]], answering["sure"])
        else:
            found[row] = frequencies
    return found


def calibrated(probabilities: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
    """softmax(scale * log p + bias), [labels] or [n, labels]."""
    logits = calibration["scale"] * np.log(np.clip(probabilities, LEAST, 1.0)) + np.asarray(calibration["bias"], dtype=float)
    logits = logits - logits.max(axis=-1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def chosen_one(position: int, sure: Sequence[float]) -> np.ndarray:
    """[labels]: the chosen label as sure as it proved to be (but never below another one), the others share the rest."""
    labels = len(sure)
    most = min(max(float(sure[position]), 1.0 / labels + AHEAD), 1.0 - LEAST) if labels > 1 else 1.0
    found = np.full(labels, (1.0 - most) / max(1, labels - 1))
    found[position] = most
    return found


def label_set_answers(replies: Sequence[Said], labels: Sequence[str], answering: Mapping[str, Any]) -> np.ndarray:
    """[n, labels], each on its own. A row without an answer gets the frequencies."""
    said = np.asarray(answering["said"], dtype=float)
    unsaid = np.asarray(answering["unsaid"], dtype=float)
    frequencies = np.asarray(answering["frequencies"], dtype=float)
    found = np.empty((len(replies), len(labels)))
    for row, reply in enumerate(replies):
        if reply.labels is None:
            found[row] = frequencies
        else:
            names = set(reply.labels)
            found[row] = np.where([label in names for label in labels], said, unsaid)
    return found


def number_answers(replies: Sequence[Said], answering: Mapping[str, Any]) -> np.ndarray:
    """[n], within the range of the numbers seen."""
    middle = float(answering["middle"])
    values = np.array([middle if reply.number is None else reply.number for reply in replies], dtype=float)
    return np.clip(np.where(np.isfinite(values), values, middle), answering["low"], answering["high"])
