"""The answers of a table as the task means them: classes as text, label sets as JSON lists, numbers as float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.task import TaskSpec
from tools.runtime import label_sets

if TYPE_CHECKING:
    import polars as pl


def as_label(series: pl.Series) -> pl.Series:
    """Classes as text, exactly as they occur in the file."""
    import polars as pl

    return series.cast(pl.String)


def known(table: pl.DataFrame, task: TaskSpec) -> pl.Series:
    """Boolean, one a row: whether the answer is known. A row is, where each label has a column, if any of them is filled in."""
    import polars as pl

    return table.select(pl.any_horizontal(pl.col(name).is_not_null() for name in task.answer_columns)).to_series()


def targets(table: pl.DataFrame, task: TaskSpec) -> object:
    """The answers as a numpy array: str or None (classes, written label sets), float64 (numbers). The columns must be there."""
    import numpy as np
    import polars as pl

    if task.is_several:
        return np.array([*written_sets(table, task), None], dtype=object)[:-1]
    series = table[str(task.target)]
    if task.is_classification or not series.dtype.is_numeric():
        labels, names = as_label(series).to_list(), set(task.label_names)
        return np.array([*(_as_known(label, names) for label in labels), None], dtype=object)[:-1]
    return series.cast(pl.Float64).fill_null(np.nan).to_numpy()


def written_sets(table: pl.DataFrame, task: TaskSpec) -> list[str | None]:
    """Each row's labels as a JSON list in the order of the task's labels; None where they are not known."""
    names = task.label_names
    if task.target is None:
        filled = known(table, task).to_list()
        cells = [[label_sets.applies(cell) for cell in table[name].to_list()] for name in task.target_columns]
        rows = zip(*cells, strict=True)
        found = ([name for name, here in zip(task.target_columns, row, strict=True) if here] for row in rows)
        return [label_sets.written(row, names) if there else None for row, there in zip(found, filled, strict=True)]
    cells_of = as_label(table[task.target]).to_list()
    return [
        None if cell is None else label_sets.written(label_sets.read(cell, task.label_separator), names) for cell in cells_of
    ]


def _as_known(label: str | None, names: set[str]) -> str | None:
    """A label as the task writes it: 1 in one file is 1.0 in another, where some rows have none."""
    if label is None or not names or label in names:
        return label
    other = label.removesuffix(".0") if label.endswith(".0") else f"{label}.0"
    return other if other in names else label
