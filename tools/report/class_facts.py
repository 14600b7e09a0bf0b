"""What can be said of a candidate's classes: confusions, each class, whether its probabilities are true, unknown labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.intervals import wilson

if TYPE_CHECKING:
    import numpy as np

BINS = 10
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class ClassRow:
    """One class. recall has a 95 % Wilson interval; None where the class does not occur."""

    label: str
    rows: int
    predicted: int
    right: int
    precision: float
    recall: float
    recall_low: float | None
    recall_high: float | None
    f1: float
    known: bool


@dataclass(frozen=True)
class Confusion:
    """`count` rows of class `truth` were answered `answer`; share: of the rows of that class."""

    truth: str
    answer: str
    count: int
    share: float


@dataclass(frozen=True)
class Bin:
    """Answers of about the same probability. confidence: their mean probability; right: share that is right, 95 % interval."""

    confidence: float
    right: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Cut:
    """If only answers of at least this probability are taken: the share of rows answered, the share of those that is right."""

    least: float
    answered: float
    right: float


@dataclass(frozen=True)
class ClassFacts:
    """All of it. labels: the task's, then unknown ones. matrix [truth][answer]: rows. gap: mean |confidence - share right|.

    chance_gap: the gap that true probabilities would show by chance in as many rows.
    """

    labels: list[str]
    matrix: list[list[int]]
    classes: list[ClassRow]
    confusions: list[Confusion]
    bins: list[Bin]
    gap: float
    chance_gap: float
    cuts: list[Cut]
    unknown: dict[str, int]


def class_facts(labels: Sequence[str], target: Sequence[str], answers: Sequence[str], confidence: np.ndarray) -> ClassFacts:
    """Facts over n rows. labels: those of the model; confidence [n]: probability of each answer."""
    import numpy as np

    unknown = dict(Counter(name for name in target if name not in set(labels)))
    names = [*labels, *sorted(unknown)]
    code = {name: position for position, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(matrix, ([code[name] for name in target], [code[name] for name in answers]), 1)
    right = np.array([truth == answer for truth, answer in zip(target, answers, strict=True)])
    bins = bins_of(confidence, right)
    gap, chance_gap = gaps(bins)
    return ClassFacts(
        labels=names,
        matrix=matrix.tolist(),
        classes=[
            class_row(name, int(matrix[at].sum()), int(matrix[:, at].sum()), int(matrix[at, at]), name not in unknown)
            for at, name in enumerate(names)
        ],
        confusions=_confusions(names, matrix),
        bins=bins,
        gap=gap,
        chance_gap=chance_gap,
        cuts=[
            Cut(least, float((kept := confidence >= least).mean()), float(right[kept].mean()) if kept.any() else 0.0)
            for least in CUTS
        ],
        unknown=unknown,
    )


def gaps(bins: Sequence[Bin]) -> tuple[float, float]:
    """(mean distance of probability and share that is right, what chance would show where the probabilities are true)."""
    rows = max(1, sum(part.rows for part in bins))
    apart = sum(abs(part.confidence - part.right) * part.rows for part in bins) / rows
    return apart, sum(_by_chance(part) * part.rows for part in bins) / rows


def _by_chance(part: Bin) -> float:
    """Mean distance of a share from its probability in so many rows: that of a normal distribution, 0.8 standard deviations."""
    return 0.798 * math.sqrt(part.confidence * (1 - part.confidence) / part.rows)


def class_row(label: str, rows: int, predicted: int, right: int, known: bool) -> ClassRow:
    """A class from its counts. rows: that have it; predicted: that were given it; right: both."""
    interval = wilson(right, rows)
    return ClassRow(
        label=label,
        rows=rows,
        predicted=predicted,
        right=right,
        precision=right / predicted if predicted else 0.0,
        recall=right / rows if rows else 0.0,
        recall_low=interval and interval[0],
        recall_high=interval and interval[1],
        f1=2 * right / (rows + predicted) if rows + predicted else 0.0,
        known=known,
    )


def _confusions(names: Sequence[str], matrix: np.ndarray) -> list[Confusion]:
    """Pairs of different classes that occur, the most frequent first."""
    import numpy as np

    found = [
        Confusion(names[truth], names[answer], int(matrix[truth, answer]), float(matrix[truth, answer] / matrix[truth].sum()))
        for truth, answer in zip(*np.nonzero(matrix), strict=True)
        if truth != answer
    ]
    return sorted(found, key=lambda pair: (-pair.count, -pair.share, pair.truth, pair.answer))


def bins_of(confidence: np.ndarray, right: np.ndarray) -> list[Bin]:
    """Answers parted into BINS of equally many rows by their probability; fewer where there are few rows (10 a bin)."""
    import numpy as np

    number = max(1, min(BINS, len(right) // 10))
    bins = []
    for part in np.array_split(np.argsort(confidence, kind="stable"), number):
        if len(part):
            low, high = wilson(float(right[part].sum()), len(part)) or (0.0, 1.0)
            bins.append(Bin(float(confidence[part].mean()), float(right[part].mean()), low, high, len(part)))
    return bins
