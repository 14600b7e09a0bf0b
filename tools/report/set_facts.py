"""What can be said of a candidate that gives several labels at once: each label, which go together, whether to trust it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from tools.report.class_facts import Bin, ClassRow, bins_of, class_row, gaps
from tools.report.mistakes import MOST
from tools.runtime import label_sets

if TYPE_CHECKING:
    import numpy as np

MOST_PAIRS = 15
NOTHING = "none"


@dataclass(frozen=True)
class Pair:
    """Two labels: rows that truly have both, rows that were given both, rows where both is true."""

    first: str
    second: str
    rows: int
    predicted: int
    right: int


@dataclass(frozen=True)
class SetFacts:
    """All of it. labels: the task's, then unknown ones. exact: rows whose set is right; missed, added: labels over all rows.

    pairs: the most frequent ones. gap: mean distance of a label's probability from the share that has it; chance_gap: what true
    probabilities would show by chance.
    """

    labels: list[str]
    classes: list[ClassRow]
    pairs: list[Pair]
    exact: int
    missed: int
    added: int
    bins: list[Bin]
    gap: float
    chance_gap: float
    unknown: dict[str, int]


def set_facts(labels: Sequence[str], target: Sequence[str], answers: Sequence[str], probabilities: np.ndarray) -> SetFacts:
    """Facts over n rows. target, answers: written label sets; labels: those of the model; probabilities [n, labels]."""
    seen = Counter(name for written in target for name in label_sets.read(written))
    unknown = {name: count for name, count in sorted(seen.items()) if name not in set(labels)}
    names = [*labels, *unknown]
    has, given = label_sets.matrix(target, names), label_sets.matrix(answers, names)
    sums = (has.sum(axis=0), given.sum(axis=0), (has & given).sum(axis=0))
    counted = zip(names, *(counts.tolist() for counts in sums), strict=True)
    bins = bins_of(probabilities.ravel(), has[:, : len(labels)].ravel())
    gap, chance_gap = gaps(bins)
    return SetFacts(
        labels=names,
        classes=[class_row(name, rows, said, right, name not in unknown) for name, rows, said, right in counted],
        pairs=_pairs(names, has, given),
        exact=int((has == given).all(axis=1).sum()),
        missed=int((has & ~given).sum()),
        added=int((given & ~has).sum()),
        bins=bins,
        gap=gap,
        chance_gap=chance_gap,
        unknown=unknown,
    )


def surely_wrong(labels: Sequence[str], target: Sequence[str], answers: Sequence[str], probabilities: np.ndarray) -> list[int]:
    """Positions of the rows with a wrong set, those first where a label's probability is farthest from its truth."""
    import numpy as np

    has = label_sets.matrix(target, labels)
    apart = np.abs(probabilities - has).max(axis=1)
    wrong = [row for row in np.argsort(-apart, kind="stable").tolist() if target[row] != answers[row]]
    return wrong[:MOST]


def spoken(written: str) -> str:
    """A label set for people: `price, staff`, or `none`."""
    return ", ".join(label_sets.read(written)) or NOTHING


def _pairs(names: Sequence[str], has: np.ndarray, given: np.ndarray) -> list[Pair]:
    """Pairs that occur in truth or answer, the most frequent first."""
    truly, said = has.astype(int).T @ has.astype(int), given.astype(int).T @ given.astype(int)
    found = [
        Pair(
            names[one], names[other], int(truly[one, other]), int(said[one, other]),
            int((has[:, one] & has[:, other] & given[:, one] & given[:, other]).sum()),
        )
        for one, other in combinations(range(len(names)), 2)
        if truly[one, other] or said[one, other]
    ]  # fmt: skip
    return sorted(found, key=lambda pair: (-pair.rows, -pair.predicted, pair.first, pair.second))[:MOST_PAIRS]
