"""What a person should know of the data before anything is built, gathered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import get_args

from tools.core.data import ColumnProfile, FileProfile, Problem, WarningCode
from tools.core.errors import DataError, TaskError
from tools.core.task import TaskSpec
from tools.data.label_counts import label_counts
from tools.data.profiling import counting
from tools.data.profiling.file_roles import TABLES
from tools.data.profiling.leakage import leaks
from tools.data.profiling.privacy import personal_data
from tools.data.profiling.series_problems import of_series

LABELLED_KINDS = frozenset(
    {"text-classification", "multilabel-text-classification", "tabular-classification", "tabular-regression"}
)


def problems_of(files: Sequence[FileProfile], task: TaskSpec | None) -> list[Problem]:
    """All problems; those that spoil a score first, then those of privacy and size, then how files were read."""
    tables = [file for file in files if file.format in TABLES]
    main = next((file for role in ("train", "unlabelled") for file in tables if file.role == role), None)
    test = next((file for file in tables if file.role == "test"), None)
    found: list[Problem] = []
    if main is not None and task is not None and task.is_forecasting and task.answer_columns:
        found += _of_series(main, task, test) + counting.constants(main)
    elif main is not None:
        if task is not None and main.role == "train":
            found += _of_target(main, task)
        found += counting.repetitions(main, task, test)
        found += _of_labels(tables, main, task)
        found += counting.ids(main) + counting.constants(main)
        if main.role == "train":
            found += counting.too_few(main, task, test.rows if test else None)
    for file in tables:
        if file.role in ("train", "unlabelled", "test", "validation") and not (file is not main and _same_columns(file, main)):
            found += personal_data(file)
    for file in files:
        if file.format == "images":
            found += counting.too_few(file, task, None)
        found += _of_reading(file)
    return found


def _of_series(main: FileProfile, task: TaskSpec, test: FileProfile | None) -> list[Problem]:
    """Problems of a forecast's series; none yet where they cannot be read: the split says why, with the remedy."""
    found: list[Problem] = []
    with suppress(TaskError, DataError):
        found = of_series(main, task, test)
    return found


def _same_columns(file: FileProfile, main: FileProfile | None) -> bool:
    return main is not None and {c.name for c in file.columns} <= {c.name for c in main.columns}


def _of_target(main: FileProfile, task: TaskSpec) -> list[Problem]:
    target = _answer(main, task)
    if target is None:
        return []
    found = []
    for leak in leaks(main, task):
        message = (
            f"{leak.how}. If that is not known before the answer is, leave it out; otherwise the score is too good to be true."
        )
        found.append(Problem(code="leakage", message=message, evidence=f"{main.file}: {leak.evidence}"))
    found += counting.missing_target(target, main)
    if task.is_classification or task.is_several:
        found += counting.imbalance(target, main, task.is_several) + counting.rare_classes(target, main)
    return found


def _answer(main: FileProfile, task: TaskSpec) -> ColumnProfile | None:
    """The target column; with several labels a row, its values are the single labels."""
    columns = [column for name in task.answer_columns if (column := main.column(name))]
    if not columns or not task.is_several:
        return columns[0] if columns else None
    fullest = min(columns, key=lambda column: column.missing)
    counts = list(label_counts(main, task).items())
    name = fullest.name if len(columns) == 1 else "yes-and-no columns"
    return fullest.model_copy(update={"name": name, "top": counts, "unique": len(counts)})


def _of_labels(tables: Sequence[FileProfile], main: FileProfile, task: TaskSpec | None) -> list[Problem]:
    if task is None or task.kind not in LABELLED_KINDS:
        return []
    if not task.answer_columns or main.role == "unlabelled":
        message = f"{main.file} has no column with the answers, so nothing can be learnt from it and no score can be measured."
        return [Problem(code="no-labels", message=message, evidence=f"columns: {', '.join(c.name for c in main.columns[:12])}")]
    bare = [file for file in tables if file.role == "unlabelled"]
    return [
        Problem(
            code="no-test-labels",
            message=f"{file.file} has no {task.answer_columns[0]}: answers can be made for it, but they cannot be judged.",
            evidence=f"columns: {', '.join(c.name for c in file.columns[:12])}",
        )
        for file in bare
    ]


def _of_reading(file: FileProfile) -> list[Problem]:
    """Repairs that a person should check, one problem for each kind of repair."""
    by_code: dict[WarningCode, list[str]] = {}
    for repair in file.repairs:
        for code in get_args(WarningCode):
            if repair.code == code:
                by_code.setdefault(code, []).append(repair.message)
    written = f"encoding {file.encoding}, delimiter {file.delimiter!r}, header in row {file.header_row}"
    facts = f"{file.file}: read as {file.format} ({written}), {file.rows} rows"
    return [
        Problem(code=code, message=f"{file.file}: {' '.join(messages)}", evidence=facts) for code, messages in by_code.items()
    ]
