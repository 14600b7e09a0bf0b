"""How long tables take, as it is estimated: texts, bags and what fits the minutes."""

from __future__ import annotations

import pytest
from profiles import category, number

from tools.approaches import approach_named
from tools.approaches.base import Feasible, Machine, Situation
from tools.approaches.baseline.boosting import members_of, seconds_of_a_fit
from tools.approaches.table_effort import condensed_columns, features_seconds
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.task import TaskSpec

MACHINE = Machine(cores=2, memory_mb=8000, free_disk_mb=8000, gpu=False, offline=True)


def streets(name: str) -> ColumnProfile:
    return category(name, {f"{at} Main Street": 1 for at in range(60)})


def situation(*columns: ColumnProfile, rows: int = 3_000) -> Situation:
    task = TaskSpec(kind="tabular-classification", inputs=[column.name for column in columns], target="y")
    shown = FileProfile(attachment="a", file="a.csv", role="train", format="csv", rows=rows, columns=list(columns))
    labels = {"a": rows // 2, "b": rows // 2}
    return Situation(task, DataProfile(files=[shown]), MACHINE, rows, 10, labels, 10, False)


def minutes(name: str, asked: Situation) -> float:
    found = approach_named(name).consider(asked)
    assert isinstance(found, Feasible)
    return found.estimate.minutes


def test_only_names_and_texts_are_condensed() -> None:
    asked = situation(streets("street"), number("age"), category("colour", {"red": 30, "blue": 30}))
    assert condensed_columns(asked) == 1
    assert features_seconds(asked, 10_000) > features_seconds(asked, 1_000) > 0
    assert features_seconds(situation(number("age")), 10_000) == 0


@pytest.mark.parametrize("name", ["linear", "gradient-boosting", "autogluon"])
def test_columns_of_names_take_longer_than_numbers(name: str) -> None:
    names = minutes(name, situation(*(streets(f"street_{at}") for at in range(5))))
    numbers = minutes(name, situation(*(number(f"n_{at}") for at in range(5))))
    assert 60 * (names - numbers) > 2


def test_a_bag_has_as_many_members_as_there_is_time_for() -> None:
    assert [members_of(rows) for rows in (1_000, 20_000, 200_000)] == [8, 5, 1]
    each = seconds_of_a_fit(3_000, 23, 9)
    assert each > 10 * seconds_of_a_fit(3_000, 23, 2) / 2
    assert members_of(3_000, each, 600) == 8
    assert members_of(3_000, each, 30) == int(0.4 * 30 / each) < 8
    assert members_of(3_000, each, 1) == 3
    assert members_of(200_000, each, 1) == 1


def test_boosting_says_from_which_minutes_on_it_pays() -> None:
    asked = situation(*(number(f"n_{at}") for at in range(20)), rows=40_000)
    found = approach_named("gradient-boosting").consider(asked)
    assert isinstance(found, Feasible)
    assert found.least_minutes is not None
    assert 0 < found.least_minutes < found.estimate.minutes / 2
