"""How much training texts need and a machine can give: rows, windows, epochs, minutes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tools.approaches.base import Machine, Situation
from tools.models.encoder import MAX_TOKENS
from tools.rates import slowness

AGREEMENT_ROWS = 3_000
TOKENS_PER_SECOND = 5_000.0  # trained, on two reference cores with AMX; measured anew and kept in the rates while fitting
RATE = "train_tokens_per_second"
TOKENS_A_WORD = 1.4
CHARACTERS_A_TOKEN = 4.5
MOST_WINDOWS = 4
LARGEST_SHARE = 0.6  # of the run's minutes that one candidate asks for
FEWEST_EPOCHS = 2.0  # rather than train for less than this, the validation rows are left out
# Validation rows join a judged model, once and at a slow rate, with as many others beside them, so that nothing is forgotten: a
# tenth of the time of a second training on all rows.
JOINED, JOINING_RATE = 2, 0.3


def middle_class(situation: Situation) -> int:
    """Labelled rows of the middle class (the lower median), 0 where there are none; a label for the rest may have none."""
    rest = situation.task.other
    counts = sorted(rows for label, rows in (situation.label_counts or {}).items() if rows or label != rest)
    return int(counts[(len(counts) - 1) // 2]) if counts else 0


def too_few(situation: Situation, least: int) -> str:
    """Why a class-by-class minimum is not met, in words."""
    return (
        f"needs about {least} labelled rows a class, and there are {situation.train_rows} rows for "
        f"{len(situation.task.labels or [])} classes; label more and it becomes possible"
    )


def window_count(texts: Sequence[str]) -> int:
    """How many windows of 256 tokens it takes to read nine of ten texts whole, at most 4."""
    lengths = sorted(len(text) for text in texts)
    long = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    return max(1, min(MOST_WINDOWS, round(long / (CHARACTERS_A_TOKEN * MAX_TOKENS) + 0.3)))


def wants_agreement(rows: int) -> bool:
    """Whether two passes over each text pay (see `training.classification_loss`).

    On tweet_emotion (2,600 rows) they lift macro-F1 on validation by 1.5 points for twice the time; on trec6 (4,360 rows) they
    did not lift accuracy on the 500 test rows (0.956 and 0.960 with them, 0.964 without).
    """
    return rows <= AGREEMENT_ROWS


def desired_epochs(rows: int, classes: int) -> float:
    """Few rows are read more often; many classes need more."""
    if wants_agreement(rows):
        return round(min(10.0, max(3.0, 4.0 * math.pow(2600 / max(1, rows), 0.4))), 1)
    return round(min(6.0, max(2.0, 4.5 * math.pow(8000 / rows, 0.3) * math.pow(classes / 77, 0.1))), 1)


def words_to_tokens(words: float) -> float:
    """Tokens that are read of a text of so many words."""
    return min(words * TOKENS_A_WORD + 2, MOST_WINDOWS * MAX_TOKENS)


def pace_of(machine: Machine) -> float:
    """Tokens trained a second: as measured here, else as the reference machine would."""
    return machine.rates.get(RATE) or TOKENS_PER_SECOND * machine.cores / 2 / slowness(machine.rates)


def training_minutes(situation: Situation, words: float) -> float:
    """Minutes for training with validation aside and again on all rows, cut to what one candidate may ask for."""
    fits = 4.8 if situation.cross_validated else 1.15
    epochs = desired_epochs(situation.train_rows, len(situation.task.labels or []))
    passes = 2 if wants_agreement(situation.train_rows) else 1
    tokens = situation.train_rows * words_to_tokens(words) * epochs * passes * fits
    seconds = 20 + tokens / pace_of(situation.machine)
    return float(min(seconds / 60, LARGEST_SHARE * situation.minutes))


@dataclass(frozen=True)
class Effort:
    """What a fit does with its time. epochs: of each training. refit: whether the validation rows are learned from, too.

    With folds that is a last training on all rows; without, the judged model learns on (see `JOINED`).
    """

    epochs: float
    refit: bool


def affordable(seconds: float, pace: float, epochs: float, part_tokens: int, all_tokens: int, folds: bool) -> Effort:
    """The effort that `seconds` allow. pace: seconds a token. part_tokens: of all trainings with rows aside together.

    With folds the last training is a must. Without, a model that was trained on enough beats one that saw more rows briefly.
    """
    if folds:
        return Effort(min(epochs, seconds / (pace * (part_tokens + all_tokens))), True)
    joined = (seconds / pace - JOINED * (all_tokens - part_tokens)) / part_tokens
    if joined >= min(epochs, FEWEST_EPOCHS):
        return Effort(min(epochs, joined), True)
    return Effort(min(epochs, seconds / (pace * part_tokens)), False)
