"""Rows that must stay on one side of a split, and dealing them out: exact copies, groups, the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.core.task import TaskSpec
from tools.data.stratifying import dealt
from tools.data.targets import as_label, written_sets
from tools.runtime import label_sets

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

FOLDS = 5
MOSTLY_DIFFERENT = 0.5  # share of distinct inputs below which equal rows are no copies but the nature of a coarse table
ENOUGH_TEXTS = 50  # distinct texts from which on equal ones are copies, however often they occur
FEW_COPIES = 0.2  # share of a coarse table's training rows that may go because they are also in the test file


class Blocks:
    """Rows that must stay on one side (same inputs, or same group), as lists of row ids, each with a stratum.

    labels: [blocks, labels], how many rows of each block have each label, where rows may have several; then strata say nothing.
    """

    def __init__(self, members: list[list[int]], strata: list[str], ordered: bool, labels: np.ndarray | None = None) -> None:
        self.members, self.strata, self.ordered, self.labels = members, strata, ordered, labels

    def ids(self) -> list[int]:
        """All row ids, block by block."""
        return [row for block in self.members for row in block]

    def take(self, positions: Sequence[int]) -> Blocks:
        """The blocks at these places."""
        labels = None if self.labels is None else self.labels[list(positions)]
        return Blocks([self.members[i] for i in positions], [self.strata[i] for i in positions], self.ordered, labels)

    def sizes(self) -> np.ndarray:
        """Rows of each block."""
        import numpy as np

        return np.array([len(block) for block in self.members])


def blocks_of(table: pl.DataFrame, task: TaskSpec, labelled: list[int]) -> Blocks:
    """Blocks of the labelled rows; one row a block, oldest first, where the task has a time column."""
    import polars as pl

    rows = table.with_row_index("__row")[labelled]
    if task.time_column:
        ordered = rows.sort(task.time_column, "__row", nulls_last=False)
        return Blocks([[int(row)] for row in ordered["__row"]], [""] * ordered.height, True)
    frame = pl.DataFrame({"row": rows["__row"], "key": _keys(rows, task), "stratum": _strata(rows, task)})
    grouped = frame.with_row_index("at").group_by("key", maintain_order=True).agg("row", "at", pl.col("stratum").first())
    labels = _label_counts(rows, grouped["at"].to_list(), task) if task.is_several else None
    return Blocks(grouped["row"].to_list(), grouped["stratum"].to_list(), False, labels)


def _label_counts(rows: pl.DataFrame, blocks: list[list[int]], task: TaskSpec) -> np.ndarray:
    """[blocks, labels]: rows with each label. blocks: positions in `rows`."""
    import numpy as np

    has = label_sets.matrix(written_sets(rows, task), task.label_names).astype(int)
    return np.stack([has[block].sum(axis=0) for block in blocks])


def _keys(rows: pl.DataFrame, task: TaskSpec) -> pl.Series:
    """Rows with the same key stay together: those of a group, else exact copies, unless copies are the nature of the table."""
    import polars as pl

    if task.group_column:
        return rows[task.group_column].cast(pl.String).fill_null("")
    if not task.inputs:
        return rows["__row"]
    keys = rows.select(task.inputs).hash_rows(0)
    return rows["__row"] if _coarse(keys, task) else keys


def _coarse(keys: pl.Series, task: TaskSpec) -> bool:
    """Whether rows are equal because there is little to tell them apart, and not because somebody copied them."""
    if task.modality == "text" and keys.n_unique() >= ENOUGH_TEXTS:
        return False
    return keys.n_unique() < MOSTLY_DIFFERENT * len(keys)


def without_copies(blocks: Blocks, table: pl.DataFrame, task: TaskSpec, locked: pl.DataFrame) -> tuple[Blocks, int]:
    """(blocks without the rows that are also among the locked ones, how many those were); all where copies are natural.

    table: the rows of the blocks; locked: the test rows. Where rows are told apart by their inputs every copy goes, also where
    the test file is a large part of the training file.
    """
    import polars as pl

    if not task.inputs:
        return blocks, 0
    inputs, others = table.select(task.inputs), locked.select(task.inputs)
    for name in task.inputs:  # the same value may have another type in another file
        kinds = (inputs[name].dtype, others[name].dtype)
        if kinds[0] != kinds[1]:
            common = pl.Float64 if all(kind.is_numeric() for kind in kinds) else pl.String
            inputs, others = inputs.with_columns(pl.col(name).cast(common)), others.with_columns(pl.col(name).cast(common))
    keys = inputs.hash_rows(0)
    shared = keys.is_in(others.hash_rows(0).unique().to_list()).to_list()
    members = [[row for row in block if not shared[row]] for block in blocks.members]
    kept = [place for place, block in enumerate(members) if block]
    rest = blocks.take(kept)
    rest.members = [members[place] for place in kept]
    dropped = len(blocks.ids()) - len(rest.ids())
    natural = _coarse(keys[blocks.ids()], task) and dropped > FEW_COPIES * len(blocks.ids())
    return (blocks, 0) if natural else (rest, dropped)


def _strata(rows: pl.DataFrame, task: TaskSpec) -> pl.Series:
    """Classes, or ten equal parts of the numbers; nothing where rows may have several labels."""
    import polars as pl

    if task.is_several:
        return pl.repeat("", rows.height, dtype=pl.String, eager=True)
    target = rows[task.target or ""]
    if task.is_classification or not target.dtype.is_numeric():
        return as_label(target)
    return (target.rank("ordinal") * 10 / (len(target) + 1)).floor().cast(pl.Int64).cast(pl.String)


def held_out(blocks: Blocks, wanted: int, seed: int, keep: int = 1) -> tuple[Blocks, list[int]]:
    """(the rest, row ids held out): about `wanted` rows, the same share of every stratum; the latest where time matters.

    keep: how many blocks stay at least, where nothing is held out sooner than that fewer stay.
    """
    if blocks.ordered:
        count = len(blocks.members)
        cut = max(1, count - wanted)
        return blocks.take(range(cut)), blocks.take(range(cut, count)).ids()
    sizes: list[int] = blocks.sizes().tolist()
    share = wanted / sum(sizes)
    held = _held(blocks, share, seed) if blocks.labels is None else _held_of_sets(blocks, share, seed)
    if sum(sizes[place] for place in held) < wanted / 2 or len(sizes) - len(held) < keep:
        held = _held_whole(blocks, wanted, seed, keep)
    rest = [place for place in range(len(blocks.members)) if place not in held]
    return blocks.take(rest), [row for place in sorted(held) for row in blocks.members[place]]


def _held_whole(blocks: Blocks, wanted: int, seed: int, keep: int) -> set[int]:
    """Places to hold out where no share of each stratum can be had, as of few large groups: of all alike, at least one."""
    import numpy as np

    sizes: list[int] = blocks.sizes().tolist()
    left = Counter(blocks.strata)
    order: list[int] = np.random.default_rng(seed).permutation(len(sizes)).tolist()
    order.sort(key=lambda place: left[blocks.strata[place]] < 2)  # what alone holds its class had better teach
    held: set[int] = set()
    got = 0
    for place in order:
        stratum = blocks.strata[place]
        wished = left[stratum] > 1 or got < wanted / 2
        if wished and len(sizes) - len(held) > keep and got + sizes[place] / 2 <= wanted:
            held.add(place)
            left[stratum] -= 1
            got += sizes[place]
    if not held and len(sizes) > keep:
        held.add(min(order, key=lambda place: (left[blocks.strata[place]] < 2, sizes[place])))
    return held


def _held_of_sets(blocks: Blocks, share: float, seed: int) -> set[int]:
    """Places to hold out where rows may have several labels: about the same share of each label."""
    import numpy as np

    assert blocks.labels is not None
    return set(np.flatnonzero(dealt(blocks.labels, blocks.sizes(), [1 - share, share], seed) == 1).tolist())


def _held(blocks: Blocks, share: float, seed: int) -> set[int]:
    """Places to hold out: the same share of every stratum."""
    held: set[int] = set()
    sizes: list[int] = blocks.sizes().tolist()
    carry = 0.0
    for places in _shuffled_strata(blocks, seed):
        aim = sum(sizes[place] for place in places) * share + carry
        got = 0
        for place in places[:-1] if len(places) > 1 else []:  # a stratum always keeps something to learn from
            block = sizes[place]
            if got + block / 2 > aim:
                if got + 1 / 2 > aim:  # nor does any other fit: of a million rows most need no look
                    break
                continue
            held.add(place)
            got += block
        carry = max(-1.0, min(1.0, aim - got))
    return held


def _shuffled_strata(blocks: Blocks, seed: int) -> list[list[int]]:
    """Places of the blocks of each stratum, shuffled, rarest stratum first."""
    import numpy as np

    by_stratum: dict[str, list[int]] = {}
    for place, stratum in enumerate(blocks.strata):
        by_stratum.setdefault(stratum, []).append(place)
    random = np.random.default_rng(seed)
    ordered = sorted(by_stratum.items(), key=lambda item: (len(item[1]), item[0]))
    return [[places[i] for i in random.permutation(len(places))] for _, places in ordered]


def folds_of(blocks: Blocks, seed: int) -> list[list[int]]:
    """Row ids of each fold; strata are dealt out in turn. Rows in time order are cut into runs."""
    count = min(FOLDS, len(blocks.members))
    folds: list[list[int]] = [[] for _ in range(count)]
    if blocks.ordered:
        for place, block in enumerate(blocks.members):
            folds[place * count // len(blocks.members)] += block
        return [sorted(fold) for fold in folds]
    if blocks.labels is not None:
        for place, part in enumerate(dealt(blocks.labels, blocks.sizes(), [1 / count] * count, seed)):
            folds[part] += blocks.members[place]
        return [sorted(fold) for fold in folds if fold]
    turn = 0
    for places in _shuffled_strata(blocks, seed):
        for place in places:
            folds[turn % count] += blocks.members[place]
            turn += 1
    return [sorted(fold) for fold in folds if fold]
