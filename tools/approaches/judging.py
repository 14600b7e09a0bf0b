"""From answers for rows that a table model never saw to what a person is told: honest probabilities, a cut, an interval.

What is learned here is learned from all such rows, and shown on the validation rows as it comes out when a row's own fold is
left out: a cut that was tuned on a row would flatter it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.approaches.base import FitJob, Predictions
from tools.approaches.calibration import calibrate, log_loss
from tools.approaches.intervals import error_interval
from tools.approaches.thresholds import best_leaning, best_threshold, chosen, leant
from tools.runtime.table_answers import LEAST, bounds, calibrated

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FOLDS = 5
CALIBRATION_ROWS = 50  # fewer cannot tell whether probabilities are too sure
LEAST_GAIN = 1e-3  # of log loss, on rows left out


@dataclass(frozen=True)
class Unseen:
    """Answers for rows by models that never saw them. target [m]; answers [m, labels] or [m]; at: where validation rows are."""

    target: pd.Series
    answers: np.ndarray
    at: np.ndarray


def judged_choice(job: FitJob, validation: np.ndarray, calibrating: bool = False) -> tuple[Predictions, dict[str, Any]]:
    """`judged` for answers to the validation rows alone."""
    import numpy as np

    return judged(job, Unseen(job.validation.target, validation, np.arange(len(validation))), calibrating)


def judged(job: FitJob, unseen: Unseen, calibrating: bool = True) -> tuple[Predictions, dict[str, Any]]:
    """Predictions for the validation rows, and the manifest's `calibration`, `threshold` and `interval`."""
    return _classes(job, unseen, calibrating) if job.task.is_classification else _numbers(unseen)


def _classes(job: FitJob, unseen: Unseen, calibrating: bool) -> tuple[Predictions, dict[str, Any]]:
    import numpy as np

    target, scores = unseen.target, unseen.answers
    place = {label: number for number, label in enumerate(job.task.label_names)}
    codes = np.array([place.get(label, -1) for label in target])
    calibration = _calibration(scores, codes) if calibrating else None
    told = calibrated(scores, calibration)
    threshold = best_threshold(job.task, job.metric, target, told)
    choice = None
    if threshold is not None:
        choice = np.zeros(len(told), dtype=int)
        for rest, held in _folds(len(told)):
            cut = best_threshold(job.task, job.metric, target.iloc[rest], told[rest])
            choice[held] = chosen(told[held], 0.5 if cut is None else cut)
        choice = choice[unseen.at]
    leaning = best_leaning(job.task, job.metric, target, told)
    if leaning is not None:
        choice = told.argmax(axis=1)
        for rest, held in _folds(len(told)):
            own = best_leaning(job.task, job.metric, target.iloc[rest], told[rest])
            choice[held] = choice[held] if own is None else leant(told[held], own)
        choice = choice[unseen.at]
    extra = {"calibration": calibration, "threshold": threshold, "leaning": leaning}
    return Predictions(probabilities=told[unseen.at], choice=choice), extra


def _calibration(scores: np.ndarray, codes: np.ndarray) -> dict[str, Any] | None:
    """What makes the probabilities honest; None where that does not lower the log loss of rows left out."""
    import numpy as np

    if len(codes) < CALIBRATION_ROWS:
        return None
    logits = np.where(scores > 0, np.log(np.clip(scores, LEAST, 1.0)), -np.inf)
    told = np.empty_like(scores)
    for rest, held in _folds(len(codes)):
        told[held] = calibrated(scores[held], calibrate(logits[rest], codes[rest]))
    return calibrate(logits, codes) if log_loss(told, codes) < log_loss(scores, codes) - LEAST_GAIN else None


def _numbers(unseen: Unseen) -> tuple[Predictions, dict[str, Any]]:
    import numpy as np

    target, values = unseen.target.to_numpy(dtype=float), unseen.answers
    interval = error_interval(target, values)
    if interval is None:
        return Predictions(values=values[unseen.at]), {"interval": None}
    low, high = np.empty_like(values), np.empty_like(values)
    for rest, held in _folds(len(values)):
        one = error_interval(target[rest], values[rest]) or interval
        low[held], high[held] = bounds(values[held], one)
    at = unseen.at
    return Predictions(values=values[at], low=low[at], high=high[at]), {"interval": interval}


def _folds(rows: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(positions of the rest, positions of the fold), the same at every call."""
    import numpy as np

    fold = np.random.default_rng(1).permutation(rows) % FOLDS
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]
