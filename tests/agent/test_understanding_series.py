"""What a forecast needs, understood from words and files that this test makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agent.interview import questions
from agent.narration.forecasts import ahead, understood
from agent.understanding import understand
from agent.understanding.understanding import Understanding
from tools.core.data import DataProfile
from tools.core.task import TaskSpec
from tools.data.attaching import attach
from tools.data.profiling import profile

Show = Callable[..., DataProfile]
WAVE = 10 + np.sin(np.arange(1000))


@pytest.fixture
def show(tmp_path: Path) -> Show:
    """show(a=table, b=table): the profile of these tables as files."""

    def make(**tables: pd.DataFrame) -> DataProfile:
        for name, table in tables.items():
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        return profile([attach(tmp_path / f"{name}.csv").id for name in tables])

    return make


def dated(frequency: str, count: int = 120, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"date": pd.date_range("2020-01-01", periods=count, freq=frequency).astype(str), "loaves": WAVE[:count]}
    ).assign(**columns)


def panel(days: int = 40) -> pd.DataFrame:
    shops = [
        dated("D", days, shop=shop, item=item, price=WAVE[5 : days + 5])
        for shop in ("north", "south")
        for item in ("rye", "spelt")
    ]
    return pd.concat(shops, ignore_index=True)


def first(words: str, shown: DataProfile) -> Understanding:
    return understand(words, TaskSpec(), shown)


@pytest.mark.parametrize(
    ("words", "frequency", "steps"),
    [
        ("forecast the loaves for the next 2 weeks", "D", 14),
        ("forecast the loaves for the next 2 weeks", "B", 10),
        ("forecast the loaves for the next 5 business days", "B", 5),
        ("Prognose der loaves für die nächsten drei Monate", "MS", 3),
        ("prévoir loaves pour les deux prochains jours", "h", 48),
        ("pronostica loaves para el próximo año", "QS", 4),
        ("forecast the loaves for the next day", "15min", 96),
    ],
)
def test_how_far_ahead_in_steps_of_the_file(show: Show, words: str, frequency: str, steps: int) -> None:
    found = first(words, show(sales=dated(frequency)))
    assert (found.status, found.task.kind, found.task.target) == ("ready", "forecasting", "loaves")
    assert (found.task.horizon, found.task.time_column, found.task.series_columns) == (steps, "date", [])


@pytest.mark.parametrize("shared", [1, 2])  # sensors that have the same times
@pytest.mark.parametrize("asked", [False, True])
def test_steps_are_those_of_each_series_and_of_the_time_that_was_named(show: Show, asked: bool, shared: int) -> None:
    start = pd.Timestamp("2020-01-01")
    sensors = [
        pd.DataFrame(
            {
                "seen": pd.date_range(start + pd.Timedelta(seconds=127 * (number // shared)), periods=200, freq="15min").astype(
                    str
                ),
                "date": pd.date_range(start, periods=200, freq="D").astype(str),
                "sensor": f"s{number}",
                "loaves": WAVE[number : 200 + number],
            }
        )
        for number in range(5 * shared)
    ]
    shown = show(sensors=pd.concat(sensors))
    words = "forecast the loaves of each sensor" + (" for the next 24 hours" if not asked else "")
    found = understand(words, TaskSpec(time_column="seen"), shown)
    if asked:
        found = understand("24 hours", found.task, shown, asked="horizon")
    assert (found.task.time_column, found.task.series_columns, found.task.horizon) == ("seen", ["sensor"], 96)


def test_only_the_horizon_is_asked_with_choices_that_answer_it(show: Show) -> None:
    shown = show(sales=dated("MS"))
    found = first("how will the number of loaves go on? a forecast please", shown)
    asked = questions(found.task, shown, found.status)
    assert [(one.field, one.choices, one.recommended) for one in asked] == [
        ("horizon", ["6 months", "12 months", "24 months"], "12 months")
    ]
    answered = understand("24 months", found.task, shown, "horizon")
    assert (answered.status, answered.task.horizon) == ("ready", 24)


def test_who_leaves_it_to_us_is_not_asked(show: Show) -> None:
    found = first("forecast the loaves, just build it", show(sales=dated("MS")))
    assert (found.status, found.task.horizon) == ("ready", 12)


def test_a_test_file_tells_the_horizon(show: Show) -> None:
    table = dated("D", 60)
    found = first("forecast the loaves", show(train=table[:50], test=table[50:]))
    assert (found.status, found.task.horizon) == ("ready", 10)


def test_series_and_what_is_known_in_advance(show: Show) -> None:
    found = first("forecast the loaves for the next week. we know the price in advance", show(sales=panel())).task
    assert (found.target, found.series_columns, found.known_columns) == ("loaves", ["shop", "item"], ["price"])
    assert found.inputs == ["date", "shop", "item", "price"]


def test_a_file_of_the_future_tells_what_is_known_and_how_far(show: Show) -> None:
    table = panel()
    later = table["date"] > "2020-02-02"
    found = first("forecast the loaves", show(history=table[~later], future=table[later].drop(columns="loaves"))).task
    assert (found.horizon, found.known_columns) == (7, ["price"])


def test_a_column_a_series_unless_one_is_named(show: Show) -> None:
    wide = pd.DataFrame(
        {"week": dated("W-MON")["date"], **{town: WAVE[at : at + 120] for at, town in enumerate(("Bonn", "Kiel", "Ulm"))}}
    )
    every = first("forecast each column for the next 4 weeks", show(towns=wide)).task
    assert (every.target, every.target_columns, every.labels) == (None, ["Bonn", "Kiel", "Ulm"], None)
    one = first("forecast Kiel for the next 4 weeks", show(towns=wide)).task
    assert (one.target, one.target_columns) == ("Kiel", [])


def test_steps_that_are_counted_take_their_rhythm_from_the_words(show: Show) -> None:
    lines = pd.concat([pd.DataFrame({"line": line, "t": range(1, 101), "reading": WAVE[:100]}) for line in ("H1", "H2")])
    found = first("once an hour there is a reading of each line. forecast the coming two days", show(lines=lines)).task
    assert (found.time_column, found.series_columns, found.horizon, found.frequency) == ("t", ["line"], 48, "h")


def test_numbered_rows_are_counted_as_the_words_count_them(show: Show) -> None:
    lines = pd.concat([pd.DataFrame({"line": line, "t": range(1, 101), "reading": WAVE[:100]}) for line in ("H1", "H2")])
    assert first("forecast the reading of each line for the next 24 hours", show(lines=lines)).task.horizon == 24
    assert first("forecast the reading of each line for the next two days", show(lines=lines)).task.horizon is None


def test_time_in_parts_of_several_columns(show: Show) -> None:
    hours = pd.date_range("2020-01-01", periods=200, freq="h")
    parts = pd.DataFrame(
        {"year": hours.year, "month": hours.month, "day": hours.day, "hour": hours.hour, "dust": WAVE[:200].round(2)}
    )
    found = first("forecast the dust for the next 24 hours", show(air=parts)).task
    assert (found.time_column, found.inputs, found.frequency, found.horizon) == (
        "year",
        ["year", "month", "day", "hour"],
        "h",
        24,
    )
    assert understood(found)[0].endswith("from the times in `year`, `month`, `day` and `hour`.")


def test_before_data_are_shown_the_horizon_is_kept_from_the_words() -> None:
    found = first("forecast our sales of the next three months", DataProfile())
    assert [one.field for one in questions(found.task, DataProfile(), found.status)] == ["data"]
    assert found.task.horizon == 3


@pytest.mark.parametrize(
    ("steps", "frequency", "words"),
    [(12, "MS", "12 months"), (1, "YS-JAN", "1 year"), (96, "15min", "24 hours"), (14, "D", "14 days"), (8, "W-SUN", "8 weeks"),
     (10, "B", "10 business days"), (48, None, "48 steps"), (4, "QE-DEC", "4 quarters")],
)  # fmt: skip
def test_steps_in_words(steps: int, frequency: str | None, words: str) -> None:
    assert ahead("en", steps, frequency) == words
