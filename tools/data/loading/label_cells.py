"""Whether the cells of a column hold several labels each: `price; staff`, `["price", "staff"]`, `#price #staff`.

Conservative: the parts must come back in other company. A label that has a comma in its name ("Food, drink") does not pass, nor
do names ("Smith, John"), addresses, or pairs that always have the same number of parts ("Bug/Screen").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.runtime import label_sets

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = (";", "|", ",", "/", "+", " ")
LOOKED_AT = 300  # cells that tell whether a separator is worth counting
COUNTED = 200_000
GLANCED_AT = 5_000  # cells that tell whether it is worth reading COUNTED of them: words of sentences are parted soon
FEWEST_JOINED, LEAST_JOINED = 3, 0.03  # cells with two labels or more: so many, and this share of all
FEWEST_CELLS = 4
MOST_LABELS = 500
MOST_WORDS = 4.0  # of a label on average: parts of sentences are longer
RECOMBINED = 0.8  # share of the parts of joined cells that also stand in other company
ALONE = 0.9  # share of the labels that stand alone somewhere, where mere spaces part them
DOUBLED = 0.02  # cells that name a label twice are sequences, not sets


@dataclass(frozen=True)
class LabelCells:
    """separator: what parts the labels; None where each cell is a list. labels: with their rows, most frequent first."""

    separator: str | None
    labels: list[tuple[str, int]]


def label_cells(there: pl.Series) -> LabelCells | None:
    """What the cells (text, none missing) hold, if it is several labels each; else None."""
    if len(there) < FEWEST_CELLS:
        return None
    few = there.gather_every(max(1, len(there) // LOOKED_AT)).to_list()[:LOOKED_AT]
    whole: list[str] | None = None
    glance = there.gather_every(max(1, len(there) // GLANCED_AT)).head(GLANCED_AT).to_list()
    for separator in _plausible(few):
        if not _may_be_sets([label_sets.read(cell, separator) for cell in glance]):
            continue
        whole = whole or there.head(COUNTED).to_list()
        cells = [label_sets.read(cell, separator) for cell in whole]
        if _are_sets(cells, separator):
            return LabelCells(separator, Counter(part for cell in cells for part in dict.fromkeys(cell)).most_common())
    return None


def likely_separator(cells: Sequence[str]) -> str | None:
    """What most likely parts the labels where a person says that there are several; None for lists and for single labels."""
    if _lists(cells):
        return None
    joined = {mark: sum(len(label_sets.read(cell, mark)) > 1 for cell in cells) for mark in SEPARATORS}
    best = max(SEPARATORS, key=joined.__getitem__)
    return best if joined[best] else None


def _plausible(cells: Sequence[str]) -> list[str | None]:
    if _lists(cells):
        return [None]
    least = max(1.0, LEAST_JOINED / 2 * len(cells))
    return [mark for mark in SEPARATORS if sum(len(label_sets.read(cell, mark)) > 1 for cell in cells) >= least]


def _lists(cells: Sequence[str]) -> bool:
    return sum(cell.strip().startswith("[") and cell.strip().endswith("]") for cell in cells) >= 0.9 * len(cells)


def _may_be_sets(cells: list[list[str]]) -> bool:
    """Whether some cells can still turn out to be sets when all are read: twice as many faults as there are let through."""
    joined = [cell for cell in cells if len(cell) > 1]
    if sum(len(set(cell)) < len(cell) for cell in joined) > 2 * DOUBLED * len(cells) + FEWEST_JOINED:
        return False
    return len({part for cell in cells for part in cell}) <= MOST_LABELS


def _are_sets(cells: list[list[str]], separator: str | None) -> bool:
    joined = [cell for cell in cells if len(cell) > 1]
    if len(joined) < max(FEWEST_JOINED, LEAST_JOINED * len(cells)):
        return False
    if sum(len(set(cell)) < len(cell) for cell in joined) > DOUBLED * len(cells):
        return False
    if separator is not None and len({len(cell) for cell in cells}) < 2:
        return False
    counts = Counter(part for cell in cells for part in cell)
    if not 2 <= len(counts) <= MOST_LABELS or not _are_names(list(counts), separator):
        return False
    return _recombine(cells, joined, len(counts)) and (separator != " " or _stand_alone(cells, counts))


def _are_names(labels: list[str], separator: str | None) -> bool:
    """Short, and words rather than numbers where the separator is also a decimal comma, a date's or a fraction's."""
    if sum(len(label.split()) for label in labels) > MOST_WORDS * len(labels) or any(len(label) > 80 for label in labels):
        return False
    spoken = sum(any(sign.isalpha() for sign in label) for label in labels)
    return separator in (None, ";", "|") or spoken >= 0.9 * len(labels)


def _recombine(cells: list[list[str]], joined: list[list[str]], labels: int) -> bool:
    combinations = {frozenset(cell) for cell in cells if cell}
    if len(combinations) < labels:
        return False
    company = Counter(part for combination in combinations for part in combination)
    parts = [part for cell in joined for part in cell]
    return sum(company[part] > 1 for part in parts) >= RECOMBINED * len(parts)


def _stand_alone(cells: list[list[str]], counts: Counter[str]) -> bool:
    """Words between spaces are labels where nearly each also stands alone, or is marked by a #."""
    alone = {cell[0] for cell in cells if len(cell) == 1}
    return sum(label in alone or label.startswith("#") for label in counts) >= ALONE * len(counts)
