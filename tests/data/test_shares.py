"""How many rows judge: few of few, all of a small table in turn."""

from __future__ import annotations

import pytest

from tools.core.task import TaskSpec
from tools.data.shares import crossed_below, locked_rows_of, validation_rows_of

TABLE = TaskSpec(kind="tabular-classification", target="y")


@pytest.mark.parametrize(
    ("labelled", "labels", "locked"),
    [
        (48, 6, 5),
        (16, 2, 2),
        (616, 77, 62),
        (1, 2, 1),
        (120, 3, 24),
        (49, 0, 5),
        (50, 0, 10),
        (1000, 2, 150),
        (10**6, 2, 20_000),
    ],
)
def test_scarce_rows_teach_rather_than_judge(labelled: int, labels: int, locked: int) -> None:
    assert locked_rows_of(labelled, labels) == locked


def test_many_rows_choose_no_better_than_enough() -> None:
    assert (validation_rows_of(1000), validation_rows_of(10**6)) == (150, 5000)


def test_small_tables_are_judged_row_by_row_but_not_across_groups_and_times() -> None:
    text = TABLE.model_copy(update={"kind": "text-classification"})
    grouped, timed = (TABLE.model_copy(update={name: "column"}) for name in ("group_column", "time_column"))
    assert [crossed_below(task) for task in (TABLE, text, grouped, timed)] == [1000, 200, 200, 200]
