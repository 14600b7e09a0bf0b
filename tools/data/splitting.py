"""Which rows are learnt from, chosen on and judged on: fixed once per task, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tools.approaches.base import Rows
from tools.core.data import FileRole, SeriesForm, Split
from tools.core.errors import DataError, TaskError
from tools.core.task import TaskSpec
from tools.data.blocks import Blocks, blocks_of, folds_of, held_out, without_copies
from tools.data.checking import check, fewest_rows
from tools.data.loading import read
from tools.data.series import everything, form_of
from tools.data.shares import crossed_below, locked_rows_of, validation_rows_of
from tools.data.targets import known, targets

if TYPE_CHECKING:
    import polars as pl


def make_split(task: TaskSpec, attachments: dict[FileRole, str], roles: dict[str, str], seed: int = 0) -> Split:
    """Split the labelled rows of the training file; a given test file is the locked test, a given validation file is kept.

    roles: column -> role, of the training file. Row ids are positions in the file that the rows come from; of a forecast, in
    the long table of its series (`series_rows`).
    Raises what `check` raises.
    """
    check(task, attachments)
    if task.is_forecasting:
        from tools.data.windows import split_of

        return split_of(task, attachments, form_of(task, attachments), seed)
    test_file, given = attachments.get("test"), attachments.get("validation")
    source: Literal["held-out", "test-file"]
    training = attachments.get("train")
    if not task.answer_columns or training is None:
        return _without_labels(task, attachments)
    table = read(training, _wanted(task))
    blocks = blocks_of(table, task, _labelled_ids(task, training))
    if test_file is not None:
        locked = read(test_file, task.inputs)
        rest, dropped = without_copies(blocks, table, task, locked)
        _check_enough(rest, dropped, task, "training")
        test, source = _labelled_ids(task, test_file), "test-file"
    else:
        wanted, keep = locked_rows_of(len(blocks.ids()), len(task.label_names)), 1 if given is not None else 2
        rest, test = held_out(blocks, wanted, seed, keep)  # of two blocks one had better choose than judge
        locked, dropped, source = table[test], 0, "held-out"
    folds: list[list[int]] | None = None
    if given is not None:
        validation = _validating(task, given, locked)
        rest, copies = without_copies(rest, table, task, read(given, task.inputs)[validation])
        _check_enough(rest, copies, task, "training", "validation")
        train = rest.ids()
    elif len(rest.ids()) < crossed_below(task):
        folds = folds_of(rest, seed)
        train = validation = rest.ids()
    else:
        left, validation = held_out(rest, validation_rows_of(len(rest.ids())), seed + 1)
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

    Text is str or None, dates are datetime64[us], numbers float64. The target is str (classes; label sets as JSON lists) or
    float64 (numbers); where the file does not have its columns it is all missing. Raises TaskError where an input column is
    not there.
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
    answered = bool(task.answer_columns) and all(name in available for name in task.answer_columns)
    table = read(attachment_id, list(dict.fromkeys([*task.inputs, *(task.answer_columns if answered else [])])))
    ids = list(range(table.height)) if row_ids is None else list(row_ids)
    table = table[ids] if row_ids is not None else table
    frame = pd.DataFrame({name: _as_pandas(table[name]) for name in task.inputs}, index=ids)
    if answered:
        target = pd.Series(targets(table, task), index=ids, name=task.target)
    else:
        numbers = not (task.is_classification or task.is_several)
        target = pd.Series([None] * len(ids), index=ids, dtype=float if numbers else object, name=task.target)
    return Rows(frame, target)


def series_rows(task: TaskSpec, attachments: dict[FileRole, str], form: SeriesForm) -> Rows:
    """All rows of a forecast: inputs are `series`, `time` and the covariates, ordered by both; index = row ids.

    See `tools/data/series.py: everything`.
    """
    table = everything(task, attachments, form)
    return Rows(table.drop(columns="target"), table["target"].rename(task.target))


def _without_labels(task: TaskSpec, attachments: dict[FileRole, str]) -> Split:
    test_file = attachments.get("test")
    test: list[int] = []
    if test_file is not None and task.answer_columns:
        test = _labelled_ids(task, test_file)
    return Split(
        train=[],
        validation=[],
        test=test,
        test_source="test-file" if test else "none",
        how="there are no labelled rows to learn from",
        data_hash=hashlib.sha256(json.dumps(sorted(attachments.items())).encode()).hexdigest(),
    )


def _validating(task: TaskSpec, given: str, locked: pl.DataFrame) -> list[int]:
    """The labelled rows of a given validation file that are not among the locked ones: what is refitted learns from them."""
    ids = _labelled_ids(task, given)
    rest, dropped = without_copies(
        Blocks([[row] for row in ids], [""] * len(ids), False), read(given, task.inputs), task, locked
    )
    _check_enough(rest, dropped, task, "validation")
    return rest.ids()


def _check_enough(rest: Blocks, dropped: int, task: TaskSpec, part: str, other: str = "test") -> None:
    """Raises DataError where the copies of the other part's rows were nearly all that there was."""
    fewest = fewest_rows(task) if part == "training" else 1
    if dropped and len(rest.ids()) < fewest:
        raise DataError(
            expected=f"at least {fewest} {part} row{'s' if fewest > 1 else ''} that {'are' if fewest > 1 else 'is'} "
            f"not also in the {other}",
            found=f"{len(rest.ids())}, since {dropped:,} are copies of {other} rows",
            remedy=f"Give a {other} file with other rows, or leave it out: then some rows are kept for the {other}.",
            code="same-rows",
        )


def _columns(attachment_id: str) -> list[str]:
    from tools.data.loading import describe

    return [column.name for column in describe(attachment_id).columns]


def _wanted(task: TaskSpec) -> list[str]:
    named = [*task.inputs, *task.answer_columns, task.group_column, task.time_column]
    return list(dict.fromkeys(name for name in named if name))


def _labelled_ids(task: TaskSpec, attachment_id: str) -> list[int]:
    if not set(task.answer_columns) <= set(_columns(attachment_id)):
        return []
    return [int(row) for row in known(read(attachment_id, task.answer_columns), task).arg_true()]


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
    text = json.dumps([sorted(attachments.items()), task.inputs, task.target or task.target_columns, ids], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_pandas(series: pl.Series) -> object:
    import numpy as np
    import polars as pl

    if series.dtype.is_numeric():
        return series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    if isinstance(series.dtype, pl.Datetime):
        return series.to_numpy()
    return np.array([*series.to_list(), None], dtype=object)[:-1]
