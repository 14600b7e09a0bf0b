"""Whether a task can be carried out on the attached files at all. What can be, but badly, is a problem of the profile."""

from __future__ import annotations

from difflib import get_close_matches

from tools.core.data import ColumnProfile, FileProfile, FileRole
from tools.core.errors import DataError, TaskError
from tools.core.task import TaskSpec
from tools.data.loading import describe

FEWEST_TABLE_ROWS = 10


def check(task: TaskSpec, attachments: dict[FileRole, str]) -> None:
    """Raises TaskError (a column that is not there or does not fit) or DataError (rows, classes or columns are missing).

    attachments: ids by role, as in a plan. Without a target or a training file there is nothing to check.
    """
    training = attachments.get("train")
    if training is None or not task.answer_columns:
        return
    file = describe(training)
    if task.is_forecasting:
        _check_series(task, file)
        return
    columns = [_column(file, name, "target") for name in task.answer_columns]
    for name in task.inputs:
        _column(file, name, "input")
    for special, use in ((task.group_column, "group column"), (task.time_column, "time column")):
        if special is not None:
            _column(file, special, use)
    if task.target is None:
        _check_flags(file, columns, task)
    else:
        _check_rows(file, columns[0], task)
        _check_target(file, columns[0], task)
    if (test := attachments.get("test")) is not None:
        _check_test(describe(test), file, task)


def _check_series(task: TaskSpec, file: FileProfile) -> None:
    """Columns that are there, and numbers to forecast. What the series hold is checked when they are read (`series.py`)."""
    for name in task.answer_columns:
        column = _column(file, name, "target")
        if column.dtype not in ("integer", "number"):
            raise TaskError(
                expected=f"numbers in {name!r}",
                found=f"{'times' if column.dtype == 'datetime' else 'texts'} such as "
                f"{', '.join(repr(example) for example in column.examples[:3])}",
                remedy="Choose a column of numbers.",
                code="not-numbers",
            )
    for name in task.inputs:
        _column(file, name, "input")
    for name in task.series_columns:
        _column(file, name, "series column")
    if task.time_column is not None:
        _column(file, task.time_column, "time column")


def fewest_rows(task: TaskSpec) -> int:
    """With fewer labelled rows nothing is learnt."""
    return 2 if task.modality == "text" else FEWEST_TABLE_ROWS


def _column(file: FileProfile, name: str, use: str) -> ColumnProfile:
    found = file.column(name)
    if found is not None:
        return found
    names = [column.name for column in file.columns]
    near = get_close_matches(name.lower(), [other.lower() for other in names], n=1, cutoff=0.6)
    meant = next((other for other in names if near and other.lower() == near[0]), None)
    raise TaskError(
        expected=f"the {use} {name!r} among the columns of {file.file}",
        found=_shown(names),
        remedy=f"Did you mean {meant!r}?" if meant else "Name one of these columns.",
        code="no-such-column",
    )


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"the columns {', '.join(names[:20])}{more}" if names else "no columns"


def _check_rows(file: FileProfile, target: ColumnProfile, task: TaskSpec) -> None:
    if target.missing == target.rows:
        raise DataError(
            expected=f"values in the target column {target.name!r}",
            found=f"none in the {target.rows:,} rows of {file.file}",
            remedy="Fill the column in for some rows, or choose another target.",
            code="target-missing",
        )
    labelled = target.rows - target.missing
    fewest = fewest_rows(task)
    if labelled < fewest:
        raise DataError(
            expected=f"at least {fewest} rows with a value of {target.name!r} (better 200 or more)",
            found=f"{labelled} in {file.file}",
            remedy="Add rows to the file.",
            code="too-few-rows",
        )


def _check_target(file: FileProfile, target: ColumnProfile, task: TaskSpec) -> None:
    if target.unique < 2:
        raise DataError(
            expected=f"at least two different values in the target column {target.name!r}",
            found=f"only {target.examples[0]!r} in {file.file}",
            remedy="Add rows with the other answers, or choose another target.",
            code="one-class",
        )
    labelled = target.rows - target.missing
    if task.is_classification and target.unique > 0.9 * labelled and target.unique > 20:
        raise TaskError(
            expected=f"classes in {target.name!r}, each with several rows",
            found=f"{target.unique:,} different values in {labelled:,} rows, such as {', '.join(target.examples[:3])}",
            remedy="Choose a column with few different values, or predict it as a number if it is one.",
            code="not-classes",
        )
    if task.kind == "tabular-regression" and target.dtype == "text":
        raise TaskError(
            expected=f"numbers in {target.name!r}",
            found=f"texts such as {', '.join(repr(example) for example in target.examples[:3])}",
            remedy="Choose a column of numbers, or predict it as classes.",
            code="not-numbers",
        )


def _check_flags(file: FileProfile, columns: list[ColumnProfile], task: TaskSpec) -> None:
    """Columns of yes and no, one a label: rows enough, and nothing but two values."""
    labelled = max(column.rows - column.missing for column in columns)
    fewest = fewest_rows(task)
    if labelled < fewest:
        raise DataError(
            expected=f"at least {fewest} rows with a yes or no for each label (better 200 or more)",
            found=f"{labelled} in {file.file}",
            remedy="Add rows to the file.",
            code="too-few-rows",
        )
    for column in columns:
        if column.unique > 2:
            raise TaskError(
                expected=f"0 and 1 (or no and yes) in {column.name!r}, a label that a row has or has not",
                found=f"{column.unique:,} different values, such as {', '.join(column.examples[:3])}",
                remedy="Leave the column out, or write 1 where the label applies and 0 where it does not.",
                code="not-flags",
            )


def _check_test(test: FileProfile, train: FileProfile, task: TaskSpec) -> None:
    needed = list(dict.fromkeys([*task.inputs, *task.answer_columns]))
    missing = [name for name in needed if test.column(name) is None]
    if missing:
        raise DataError(
            expected=f"the columns {', '.join(needed[:20])} in the test file {test.file}, as in {train.file}",
            found=f"{_shown([column.name for column in test.columns])}, without {', '.join(missing[:10])}",
            remedy="Add the missing columns, give them the same names, or leave the test file out.",
            code="missing-columns",
        )
    target = test.column(task.target or "")
    if target is not None and target.missing == target.rows:
        raise DataError(
            expected=f"values of {task.target!r} in the test file {test.file}",
            found=f"none in its {test.rows:,} rows",
            remedy="Fill them in, or leave the test file out: then some rows of the training file are kept for the test.",
            code="target-missing",
        )
