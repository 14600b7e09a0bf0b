"""Which rows are learnt from, chosen on and judged on: fixed once per task, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tools.approaches.base import Rows
from tools.core.data import FileRole, Split
from tools.core.errors import TaskError
from tools.core.task import TaskSpec
from tools.data.checking import check
from tools.data.loading import read

if TYPE_CHECKING:
    import polars as pl

FEW = 200  # labelled rows below which validation is cross-validation
FOLDS = 5
TEST_SHARE, SMALL_TEST_SHARE, SMALL = 0.15, 0.2, 500  # a small table needs the bigger share, or its score says nothing
VALIDATION_SHARE = 0.15
MOST_VALIDATION = 5000
MOST_TEST = 20_000
MOSTLY_DIFFERENT = 0.5  # share of distinct inputs below which equal rows are no copies but the nature of a coarse table
FEW_COPIES = 0.2  # share of the training rows that may go because they are also in the test file


def make_split(task: TaskSpec, attachments: dict[FileRole, str], roles: dict[str, str], seed: int = 0) -> Split:
    """Split the labelled rows of the training file; a given test file is the locked test, a given validation file is kept.

    roles: column -> role, of the training file. Row ids are positions in the file that the rows come from.
    Raises what `check` raises.
    """
    check(task, attachments)
    test_file, given = attachments.get("test"), attachments.get("validation")
    source: Literal["held-out", "test-file"]
    training = attachments.get("train")
    if task.target is None or training is None:
        return _without_labels(task, attachments)
    table = read(training, _wanted(task))
    blocks = _blocks(table, task, _labelled_ids(task, training))
    if test_file is not None:
        rest, dropped = _without_copies(blocks, table, task, test_file)
        test, source = _labelled_ids(task, test_file), "test-file"
    else:
        rest, test = _held_out(blocks, _test_rows(len(blocks.ids())), seed)
        dropped, source = 0, "held-out"
    folds: list[list[int]] | None = None
    if given is not None:
        train, validation = rest.ids(), _labelled_ids(task, given)
    elif len(rest.ids()) < FEW:
        folds = _folds(rest, seed)
        train = validation = rest.ids()
    else:
        left, validation = _held_out(rest, _share(len(rest.ids()), VALIDATION_SHARE, MOST_VALIDATION), seed + 1)
        train = left.ids()
    ids = [sorted(train), sorted(validation), sorted(test), folds or []]
    how = _how(task, train, validation, test, test_file is not None, folds, given is not None, dropped)
    return Split(
        train=sorted(train),
        validation=sorted(validation),
        folds=folds,
        test=sorted(test),
        test_source=source,
        how=how,
        seed=seed,
        data_hash=_hash(task, attachments, ids),
    )


def rows(task: TaskSpec, attachment_id: str, row_ids: Sequence[int] | None) -> Rows:
    """The task's input columns and target as pandas; index = row ids (None: all rows).

    Text is str or None, dates are datetime64[us], numbers float64. The target is str (classes) or float64 (numbers); where the
    file has no target column it is all missing. Raises TaskError where an input column is not there.
    """
    import pandas as pd

    available = _columns(attachment_id)
    missing = [name for name in task.inputs if name not in available]
    if missing:
        raise TaskError(
            expected=f"the input columns {task.inputs}",
            found=f"a file without {missing} (it has {available[:20]})",
            remedy="Attach a file with these columns, or leave them out of the inputs.",
            code="missing-columns",
        )
    named = [*task.inputs, *([task.target] if task.target in available else [])]
    table = read(attachment_id, list(dict.fromkeys(name for name in named if name)))
    ids = list(range(table.height)) if row_ids is None else list(row_ids)
    table = table[ids] if row_ids is not None else table
    frame = pd.DataFrame({name: _as_pandas(table[name]) for name in task.inputs}, index=ids)
    if task.target is not None and task.target in available:
        target = pd.Series(_target(table[task.target], task), index=ids, name=task.target)
    else:
        target = pd.Series([None] * len(ids), index=ids, dtype=object if task.is_classification else float, name=task.target)
    return Rows(frame, target)


def as_label(series: pl.Series) -> pl.Series:
    """Classes as text, exactly as they occur in the file."""
    import polars as pl

    return series.cast(pl.String)


class _Blocks:
    """Rows that must stay on one side (same inputs, or same group), as lists of row ids, each with a stratum."""

    def __init__(self, members: list[list[int]], strata: list[str], ordered: bool) -> None:
        self.members, self.strata, self.ordered = members, strata, ordered

    def ids(self) -> list[int]:
        return [row for block in self.members for row in block]

    def take(self, positions: Sequence[int]) -> _Blocks:
        return _Blocks([self.members[i] for i in positions], [self.strata[i] for i in positions], self.ordered)


def _without_labels(task: TaskSpec, attachments: dict[FileRole, str]) -> Split:
    test_file = attachments.get("test")
    test: list[int] = []
    if test_file is not None and task.target is not None and task.target in _columns(test_file):
        test = _labelled_ids(task, test_file)
    return Split(
        train=[],
        validation=[],
        test=test,
        test_source="test-file" if test else "none",
        how="there are no labelled rows to learn from",
        data_hash=hashlib.sha256(json.dumps(sorted(attachments.items())).encode()).hexdigest(),
    )


def _columns(attachment_id: str) -> list[str]:
    from tools.data.loading import describe

    return [column.name for column in describe(attachment_id).columns]


def _wanted(task: TaskSpec) -> list[str]:
    named = [*task.inputs, task.target, task.group_column, task.time_column]
    return list(dict.fromkeys(name for name in named if name))


def _labelled_ids(task: TaskSpec, attachment_id: str) -> list[int]:
    assert task.target
    if task.target not in _columns(attachment_id):
        return []
    column = read(attachment_id, [task.target])[task.target]
    return [int(row) for row in column.is_not_null().arg_true()]


def _blocks(table: pl.DataFrame, task: TaskSpec, labelled: list[int]) -> _Blocks:
    import polars as pl

    rows = table.with_row_index("__row")[labelled]
    if task.time_column:
        ordered = rows.sort(task.time_column, "__row", nulls_last=False)
        return _Blocks([[int(row)] for row in ordered["__row"]], [""] * ordered.height, True)
    frame = pl.DataFrame({"row": rows["__row"], "key": _keys(rows, task), "stratum": _strata(rows[task.target or ""], task)})
    grouped = frame.group_by("key", maintain_order=True).agg(pl.col("row"), pl.col("stratum").first())
    return _Blocks(grouped["row"].to_list(), grouped["stratum"].to_list(), False)


def _keys(rows: pl.DataFrame, task: TaskSpec) -> pl.Series:
    """Rows with the same key stay together: those of a group, else exact copies, unless copies are the nature of the table."""
    import polars as pl

    if task.group_column:
        return rows[task.group_column].cast(pl.String).fill_null("")
    if not task.inputs:
        return rows["__row"]
    keys = rows.select(task.inputs).hash_rows(0)
    return keys if keys.n_unique() >= MOSTLY_DIFFERENT * len(keys) else rows["__row"]


def _without_copies(blocks: _Blocks, table: pl.DataFrame, task: TaskSpec, test_file: str) -> tuple[_Blocks, int]:
    """(blocks without the rows that are also in the test file, how many those were); all blocks where copies are natural."""
    import polars as pl

    if blocks.ordered or task.group_column or not task.inputs:
        return blocks, 0
    kinds = {name: pl.String for name in task.inputs if table[name].dtype != read(test_file, [name])[name].dtype}
    test = set(read(test_file, task.inputs).select(task.inputs).cast(kinds).hash_rows(0).to_list())  # type: ignore[arg-type]
    keys = table.select(task.inputs).cast(kinds).hash_rows(0)  # type: ignore[arg-type]
    shared = keys.is_in(list(test)).to_list()
    kept = [place for place, block in enumerate(blocks.members) if not shared[block[0]]]
    rest = blocks.take(kept)
    dropped = len(blocks.ids()) - len(rest.ids())
    return (rest, dropped) if dropped <= FEW_COPIES * len(blocks.ids()) else (blocks, 0)


def _strata(target: pl.Series, task: TaskSpec) -> pl.Series:
    """Classes, or ten equal parts of the numbers."""
    import polars as pl

    if task.is_classification or not target.dtype.is_numeric():
        return as_label(target)
    return (target.rank("ordinal") * 10 / (len(target) + 1)).floor().cast(pl.Int64).cast(pl.String)


def _test_rows(labelled: int) -> int:
    return _share(labelled, SMALL_TEST_SHARE if labelled < SMALL else TEST_SHARE, MOST_TEST)


def _share(count: int, share: float, most: int) -> int:
    return max(1, min(most, round(count * share)))


def _held_out(blocks: _Blocks, wanted: int, seed: int) -> tuple[_Blocks, list[int]]:
    """(the rest, row ids held out): about `wanted` rows, the same share of every stratum; the latest where time matters."""
    if blocks.ordered:
        count = len(blocks.members)
        cut = max(1, count - wanted)
        return blocks.take(range(cut)), blocks.take(range(cut, count)).ids()
    total = len(blocks.ids())
    held: set[int] = set()
    carry = 0.0
    for places in _shuffled_strata(blocks, seed):
        size = sum(len(blocks.members[place]) for place in places)
        aim = size * wanted / total + carry
        got = 0
        for place in places[:-1] if len(places) > 1 else []:  # a stratum always keeps something to learn from
            block = len(blocks.members[place])
            if got + block / 2 > aim:
                continue
            held.add(place)
            got += block
        carry = max(-1.0, min(1.0, aim - got))
    rest = [place for place in range(len(blocks.members)) if place not in held]
    return blocks.take(rest), [row for place in sorted(held) for row in blocks.members[place]]


def _shuffled_strata(blocks: _Blocks, seed: int) -> list[list[int]]:
    """Places of the blocks of each stratum, shuffled, rarest stratum first."""
    import numpy as np

    by_stratum: dict[str, list[int]] = {}
    for place, stratum in enumerate(blocks.strata):
        by_stratum.setdefault(stratum, []).append(place)
    random = np.random.default_rng(seed)
    ordered = sorted(by_stratum.items(), key=lambda item: (len(item[1]), item[0]))
    return [[places[i] for i in random.permutation(len(places))] for _, places in ordered]


def _folds(blocks: _Blocks, seed: int) -> list[list[int]]:
    """Row ids of each fold; strata are dealt out in turn. Rows in time order are cut into runs."""
    count = min(FOLDS, len(blocks.members))
    folds: list[list[int]] = [[] for _ in range(count)]
    if blocks.ordered:
        for place, block in enumerate(blocks.members):
            folds[place * count // len(blocks.members)] += block
        return [sorted(fold) for fold in folds]
    turn = 0
    for places in _shuffled_strata(blocks, seed):
        for place in places:
            folds[turn % count] += blocks.members[place]
            turn += 1
    return [sorted(fold) for fold in folds if fold]


def _how(
    task: TaskSpec, train: list[int], validation: list[int], test: list[int], given_test: bool,
    folds: list[list[int]] | None, given_validation: bool, dropped: int,
) -> str:  # fmt: skip
    """The split in words, for the report."""
    if given_test:
        words = f"the {len(test):,} labelled rows of the given test file are locked until the end"
        words += f" ({dropped:,} copies of them were taken out of the training rows)" if dropped else ""
    else:
        way = (
            f"the latest by {task.time_column}"
            if task.time_column
            else f"whole groups of {task.group_column}"
            if task.group_column
            else "drawn evenly over the values of the target"
        )
        words = f"{len(test):,} rows, {way}, are locked until the end"
    if folds is not None:
        return f"{words}; the other {len(train):,} rows are used in {len(folds)} folds (cross-validation)"
    chosen = "of the given validation file" if given_validation else "held out"
    return f"{words}; {len(validation):,} rows ({chosen}) choose among the candidates, {len(train):,} are learnt from"


def _hash(task: TaskSpec, attachments: dict[FileRole, str], ids: object) -> str:
    """Attachment ids are hashes of the files' content, so this covers the data, the columns and the rows."""
    text = json.dumps([sorted(attachments.items()), task.inputs, task.target, ids], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_pandas(series: pl.Series) -> object:
    import numpy as np
    import polars as pl

    if series.dtype.is_numeric():
        return series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    if isinstance(series.dtype, pl.Datetime):
        return series.to_numpy()
    return np.array([*series.to_list(), None], dtype=object)[:-1]


def _target(series: pl.Series, task: TaskSpec) -> object:
    import numpy as np
    import polars as pl

    if task.is_classification or not series.dtype.is_numeric():
        return np.array([*as_label(series).to_list(), None], dtype=object)[:-1]
    return series.cast(pl.Float64).fill_null(np.nan).to_numpy()
