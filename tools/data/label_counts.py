"""How many rows of a file have each label, from its profile alone."""

from __future__ import annotations

from collections import Counter

from tools.core.data import ColumnProfile, FileProfile
from tools.core.task import TaskSpec
from tools.runtime import label_sets


def label_counts(file: FileProfile, task: TaskSpec) -> dict[str, int]:
    """Label -> labelled rows that have it, most frequent first; of up to 100 values where the profile counted no more."""
    if task.target is None:
        flags = [column for name in task.target_columns if (column := file.column(name))]
        return dict(Counter({column.name: yes_rows(column) for column in flags}).most_common())
    column = file.column(task.target)
    if column is None:
        return {}
    if not task.is_several:
        return dict(column.top)
    if column.single_labels and column.label_separator == task.label_separator:
        return dict(column.single_labels)
    found: Counter[str] = Counter()
    for cell, count in column.top:
        found.update(dict.fromkeys(label_sets.read(cell, task.label_separator), count))
    return dict(found.most_common())


def yes_rows(column: ColumnProfile) -> int:
    """Rows that say yes in a label's own column."""
    return sum(count for value, count in column.top if label_sets.applies(value))
