"""Problems that counting shows: rows, labels, balance, repetitions, ids, columns without use."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from tools.core.data import ColumnProfile, FileProfile, Problem
from tools.core.task import TaskSpec
from tools.data.profiling.looking import fingerprints
from tools.data.shares import locked_rows_of

if TYPE_CHECKING:
    import numpy as np

FEW_ROWS = 200
FEW_A_CLASS = 8
FEW_IMAGES_A_CLASS = 50
FEW_PAIRS = 50
RARE = 0.2  # share of the rarer of two classes
UNEVEN = 10  # times that the most frequent of several classes is more frequent than the rarest


def half_width(rows: int, share: float = 0.8) -> float:
    """Half of the 95 % interval of a share measured on so many rows (Wilson's, at the given share)."""
    if rows < 1:
        return 0.5
    z = 1.96
    return z * sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2)) / (1 + z**2 / rows)


def too_few(file: FileProfile, task: TaskSpec | None, test_rows: int | None) -> list[Problem]:
    """Too few labelled rows to learn from or to judge on, with the width of the interval that follows."""
    if file.format == "images":
        return _too_few_pictures(file)
    target = file.column(task.target) if task and task.target else None
    rows = (file.rows or 0) - (target.missing if target else 0)
    if rows < FEW_ROWS and (target or task is None or task.target is None):
        judged = test_rows or locked_rows_of(rows, len(task.label_names) if task else 0)
        numbers = task is not None and task.kind == "tabular-regression"
        spread = round(196 / sqrt(2 * judged)) if numbers else round(100 * half_width(judged))
        width = (
            f"an error is known to about ±{spread} % of itself"
            if numbers
            else f"a share of right answers is known to about ±{spread} points"
        )
        consequence = f"With {judged} rows to judge on, {width}."
        return _few(file, rows, f"{rows} {'labelled ' if target else ''}rows", consequence)
    return []


def rare_classes(target: ColumnProfile, file: FileProfile) -> list[Problem]:
    """Classes with too few rows to be learnt."""
    rare = [(label, count) for label, count in target.top if count < FEW_A_CLASS]
    if not rare or len(target.top) > 99:
        return []
    named = ", ".join(f"{label} ({count})" for label, count in rare[:6])
    few = f"{len(rare)} of the {target.unique} labels in {target.name}"
    message = f"{few} have fewer than {FEW_A_CLASS} rows; they can hardly be learnt."
    return [Problem(code="too-few-rows", message=message, evidence=f"{file.file}: {named}")]


def imbalance(target: ColumnProfile, file: FileProfile, several: bool = False) -> list[Problem]:
    """Classes of very different size. several: a row may have several of them, so that two are no shares of one whole."""
    counts = [count for _, count in target.top]
    if len(counts) < 2 or len(counts) != target.unique:
        return []
    shares = len(counts) == 2 and not several
    uneven = counts[-1] < RARE * sum(counts) if shares else counts[0] >= UNEVEN * counts[-1]
    if not uneven:
        return []
    (most, many), (least, few) = target.top[0], target.top[-1]
    if shares:
        share = f"always saying {most!r} would be right in {many / sum(counts):.0%} of the rows"
        message = f"The labels in {target.name} are unequal: {share}, so accuracy alone would flatter."
    else:
        times = f"{most!r} has {many / max(1, few):.0f} times the rows of {least!r}"
        message = f"The labels in {target.name} are unequal: {times}, so accuracy alone would hide how the rare ones do."
    return [Problem(code="imbalance", message=message, evidence=f"{file.file}: {most} {many:,} rows, {least} {few:,} rows")]


def missing_target(target: ColumnProfile, file: FileProfile) -> list[Problem]:
    """Rows without a label."""
    if target.missing == 0:
        return []
    message = f"{target.missing:,} of {target.rows:,} rows have no {target.name}; they are not learnt from and not judged on."
    return [
        Problem(
            code="missing-target", message=message, evidence=f"{file.file}: {target.name} is empty in {target.missing:,} rows"
        )
    ]


def ids(file: FileProfile) -> list[Problem]:
    """Columns that number the rows or name each thing."""
    found = [column for column in file.columns if column.role == "id"]
    if not found:
        return []
    names = ", ".join(column.name for column in found[:5])
    evidence = "; ".join(
        f"{column.name}: {column.unique:,} different values in {column.rows:,} rows, such as {column.examples[0]}"
        for column in found[:3]
    )
    message = (
        f"{names} {'is an id' if len(found) == 1 else 'are ids'}: a number or code of each row tells nothing about new rows."
    )
    return [Problem(code="id-column", message=message, evidence=evidence)]


def constants(file: FileProfile) -> list[Problem]:
    """Columns that are the same, or empty, in every row."""
    found = [column for column in file.columns if column.role in ("constant", "empty")]
    if not found or (file.rows or 0) < 2:
        return []
    shown = "; ".join(
        f"{c.name}: {'empty' if c.role == 'empty' else 'always ' + (c.examples or ['?'])[0][:40]}" for c in found[:5]
    )
    message = (
        f"{len(found)} {'column says' if len(found) == 1 else 'columns say'} nothing: {', '.join(c.name for c in found[:5])}."
    )
    return [Problem(code="constant-column", message=message, evidence=shown)]


def repetitions(file: FileProfile, task: TaskSpec | None, test: FileProfile | None) -> list[Problem]:
    """Rows that occur more than once, rows that are also in the test file, and the same inputs with different targets."""
    import numpy as np

    answers = task.answer_columns if task else []
    inputs = [c.name for c in file.columns if c.role not in ("id", "empty", "constant") and c.name not in answers]
    if task is not None and task.modality == "text" and task.inputs:
        inputs = [name for name in task.inputs if file.column(name)]
    if not inputs or (file.rows or 0) < 10 or not _can_repeat(file, inputs):
        return []
    keys = fingerprints(file.attachment, inputs)
    text = any(column.role == "text" for column in file.columns if column.name in inputs)
    problems = _repeated(file, keys, text)
    if test is not None and all(test.column(name) for name in inputs):
        both = np.isin(fingerprints(test.attachment, inputs), keys)
        if both.sum() >= max(3, 0.01 * len(both)):
            row = int(np.flatnonzero(both)[0]) + 1
            counted = f"{int(both.sum()):,} of {len(both):,} rows of {test.file}"
            message = f"{counted} are also in {file.file}; they would flatter the score."
            problems.append(Problem(code="duplicates", message=message, evidence=f"{test.file}: row {row} is one of them"))
    if answers and task and (task.is_classification or task.is_several) and all(map(file.column, answers)):
        labels = _label_sets(file, task) if task.is_several else fingerprints(file.attachment, answers)
        problems += _conflicts(file, keys, labels[: len(keys)], task.target or "labels", text)
    return problems


def _looked_at(file: FileProfile, keys: np.ndarray) -> str:
    return f"{len(keys):,}" if len(keys) == file.rows else f"the first {len(keys):,}"


def _can_repeat(file: FileProfile, inputs: list[str]) -> bool:
    """Rows of a few coarse columns repeat by nature; only rows that could differ are duplicates."""
    if any(column.role == "text" for column in file.columns if column.name in inputs):
        return True
    possible = 1.0
    for name in inputs:
        column = file.column(name)
        assert column
        possible *= max(1, column.unique)
    return possible > 100 * (file.rows or 1)


def _repeated(file: FileProfile, keys: np.ndarray, text: bool) -> list[Problem]:
    import numpy as np

    values, counts = np.unique(keys, return_counts=True)
    extra = int(len(keys) - len(values))
    if extra < max(3, (0.005 if text else 0.01) * len(keys)):
        return []
    most = int(np.argmax(counts))
    rows = np.flatnonzero(keys == values[most])[:3] + 1
    counted = f"{extra:,} of {_looked_at(file, keys)} rows in {file.file}"
    message = f"{counted} repeat an earlier one; copies are kept on one side of the split."
    evidence = f"one occurs {int(counts[most])} times, for example in rows {', '.join(map(str, rows))}"
    return [Problem(code="duplicates", message=message, evidence=evidence)]


def _label_sets(file: FileProfile, task: TaskSpec) -> np.ndarray:
    """A hash of each row's label set, whatever the order in which its labels stand; uint64 [rows]."""
    import polars as pl

    from tools.data.loading import read
    from tools.data.targets import written_sets

    found: np.ndarray = (
        pl.Series(written_sets(read(file.attachment, task.answer_columns), task), dtype=pl.String).hash().to_numpy()
    )
    return found


def _conflicts(file: FileProfile, keys: np.ndarray, labels: np.ndarray, target: str, text: bool) -> list[Problem]:
    import numpy as np

    _, first = np.unique(keys ^ (labels << np.uint64(1)), return_index=True)  # one row of each pair of content and label
    several, counts = np.unique(keys[first], return_counts=True)
    torn = several[counts > 1]
    rows = int(np.isin(keys, torn).sum())
    if rows < max(4, (0.002 if text else 0.01) * len(keys)):
        return []
    shown = np.flatnonzero(keys == torn[0])[:3] + 1
    counted = f"{rows:,} rows of {file.file} share their content with rows that have another {target}"
    message = f"{counted}; no model can get both right."
    return [Problem(code="conflicting-labels", message=message, evidence=f"for example rows {', '.join(map(str, shown))}")]


def _few(file: FileProfile, rows: int, found: str, consequence: str) -> list[Problem]:
    return [
        Problem(code="too-few-rows", message=f"{file.file} has only {found}. {consequence}", evidence=f"{rows} rows counted")
    ]


def _too_few_pictures(file: FileProfile) -> list[Problem]:
    pairs, classes = file.facts.get("pairs"), file.facts.get("classes") or {}
    if pairs is not None and pairs < FEW_PAIRS:
        return _few(
            file, pairs, f"{pairs} pictures with a mask", "That is little to learn from, and leaves a handful to judge on."
        )
    least = min(classes.values(), default=FEW_IMAGES_A_CLASS)
    if least < FEW_IMAGES_A_CLASS:
        judged = locked_rows_of(sum(classes.values()), len(classes))
        spread = round(100 * half_width(judged))
        return _few(
            file,
            least,
            f"{least} pictures of a class",
            f"With {judged} to judge on, a score is known to about ±{spread} points.",
        )
    return []
