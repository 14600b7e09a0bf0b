"""Which file is to be learnt from, which to be judged on, which is new: from names, columns and, once known, the target."""

from __future__ import annotations

from collections.abc import Sequence

from tools.core.data import FileProfile, FileRole
from tools.core.task import TaskSpec
from tools.data.loading.roles import named_role

TABLES = frozenset({"csv", "jsonl", "json", "parquet", "xlsx"})
ANSWER = 0.3  # how plausible a target a column must be for its absence to say that a file has no answers


def with_roles(files: Sequence[FileProfile], task: TaskSpec | None) -> list[FileProfile]:
    """The files with their roles. With several tables exactly one is learnt from, unless none has the target."""
    tables = [file for file in files if file.format in TABLES]
    if not tables:
        return list(files)
    target = next(iter(task.answer_columns), None) if task else None  # one column a label: the first stands for them all
    main = _main(tables, target)
    roles = {id(file): _role(file, main, target) for file in tables}
    if task is not None and task.kind is not None and target is None and not _has_labels_elsewhere(task):
        roles[id(main)] = "unlabelled"
    return [file.model_copy(update={"role": roles[id(file)]}) if id(file) in roles else file for file in files]


def _main(tables: Sequence[FileProfile], target: str | None) -> FileProfile:
    """The table that is learnt from."""
    able = [file for file in tables if target is None or file.column(target)] or list(tables)
    named = [file for file in able if named_role(file.file) == "train"]
    rest = [file for file in able if named_role(file.file) is None]
    # a file of the given order first: the biggest, where names do not tell
    return max(named or rest or able, key=lambda file: file.rows or 0)


def _role(file: FileProfile, main: FileProfile, target: str | None) -> FileRole:
    if file is main:
        return "train"
    names, wanted = {column.name for column in file.columns}, {column.name for column in main.columns}
    inputs = wanted - ({target} if target else set())
    if target and target not in names:
        return "unlabelled" if _comparable(names, inputs) else "other"
    if len(names & wanted) < 0.5 * len(wanted) and not (target and inputs and inputs <= names):
        return "unlabelled" if target is None and _shares_text(file, main) else "other"
    if target and _nothing_in(file, target):
        return "unlabelled"
    lost = [column for column in main.columns if column.name not in names]
    if target is None and any(column.candidate_target >= ANSWER for column in lost):
        return "unlabelled"
    named = named_role(file.file)
    if named in ("test", "validation", "unlabelled"):
        return named
    return "test"


def _comparable(names: set[str], inputs: set[str]) -> bool:
    return bool(inputs) and (len(names & inputs) >= 0.5 * len(inputs) or bool(names & inputs))


def _shares_text(file: FileProfile, main: FileProfile) -> bool:
    """Whether a text column of the main table is here too: then these rows can be predicted on."""
    texts = {column.name for column in main.columns if column.role == "text"}
    return any(column.name in texts for column in file.columns)


def _nothing_in(file: FileProfile, target: str) -> bool:
    column = file.column(target)
    return column is not None and column.missing == column.rows


def _has_labels_elsewhere(task: TaskSpec) -> bool:
    """Kinds whose answers are not in a column of the table."""
    return task.kind in ("image-classification", "object-detection", "image-segmentation", "forecasting", "text-generation")
