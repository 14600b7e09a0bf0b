"""Rows of series to one long, regular table, the steps after it, and back to the person's own columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.runtime.series import future_table, long_table, spelled

DAILY: dict[str, Any] = {"time_column": "day", "target": "y", "frequency": "D", "formats": {"day": {"date_format": "%Y-%m-%d"}}}


def rows(*cells: tuple[str, str]) -> list[dict[str, str]]:
    return [{"day": day, "y": value} for day, value in cells]


def test_rows_are_ordered_and_gaps_are_filled_with_nothing() -> None:
    table = long_table(rows(("2024-01-04", "4"), ("2024-01-01", "1")), DAILY)
    assert table["time"].dt.day.tolist() == [1, 2, 3, 4]
    assert table["target"].tolist()[0::3] == [1.0, 4.0]
    assert table["target"].isna().tolist() == [False, True, True, False]
    assert list(table.columns) == ["series", "time", "target"]
    assert set(table["series"]) == {""}


def test_repeated_times_become_their_mean() -> None:
    assert long_table(rows(("2024-01-01", "1"), ("2024-01-01", "3"), ("2024-01-02", "5")), DAILY)["target"].tolist() == [
        2.0,
        5.0,
    ]


def test_ends_without_values_and_empty_series_are_left_out() -> None:
    form = {**DAILY, "series_columns": ["shop"]}
    table = long_table(
        [
            {"day": "2024-01-01", "shop": "a", "y": ""},
            {"day": "2024-01-02", "shop": "a", "y": "2"},
            {"day": "2024-01-03", "shop": "a", "y": ""},
            {"day": "2024-01-01", "shop": "b", "y": ""},
        ],
        form,
    )
    assert table[["series", "target"]].values.tolist() == [["a", 2.0]]


def test_several_ids_are_joined_and_parted_again() -> None:
    form = {**DAILY, "series_columns": ["shop", "item"], "formats": {**DAILY["formats"], "item": {"type": "number"}}}
    table = long_table([{"day": "2024-01-01", "shop": "A / B", "item": "7", "y": "1"}], form)
    assert table["series"].tolist() == ["A // B / 7"]
    assert spelled(future_table(table, form, 1), form) == [{"shop": "A / B", "item": 7, "day": "2024-01-02"}]


def test_a_wide_table_is_melted() -> None:
    form = {"time_column": "t", "value_columns": ["a", "b"], "frequency": None, "step": 2}
    table = long_table([{"t": 1, "a": 1.0, "b": 10.0}, {"t": 3, "a": 2.0, "b": 20.0}], form)
    assert table.values.tolist() == [["a", 1, 1.0], ["a", 3, 2.0], ["b", 1, 10.0], ["b", 3, 20.0]]
    assert spelled(future_table(table, form, 1), form) == [{"series": "a", "t": 5}, {"series": "b", "t": 5}]


def test_numbers_are_read_as_the_file_writes_them() -> None:
    form = {**DAILY, "formats": {**DAILY["formats"], "y": {"decimal": ",", "thousands": "."}}}
    assert long_table(rows(("2024-01-01", "1.234,5")), form)["target"].tolist() == [1234.5]


def test_typed_and_raw_cells_give_the_same_table() -> None:
    form = {**DAILY, "known": ["price"], "past": ["weather"], "formats": {**DAILY["formats"], "weather": {"type": "text"}}}
    raw = [
        {"day": "2024-01-01", "y": "1", "price": "2.5", "weather": "sun"},
        {"day": "2024-01-02", "y": "2", "price": "", "weather": ""},
    ]
    typed = pd.DataFrame(
        {"day": pd.to_datetime(["2024-01-01", "2024-01-02"]), "y": [1, 2], "price": [2.5, np.nan], "weather": ["sun", None]}
    )
    pd.testing.assert_frame_equal(long_table(raw, form), long_table(typed, form))


def test_series_end_where_they_end_and_go_on_from_there() -> None:
    form = {**DAILY, "series_columns": ["shop"], "known": ["price"]}
    ends = (("a", 2), ("b", 4))
    cells = [(f"2024-01-0{day}", shop) for shop, last in ends for day in range(1, last + 1)]
    history = long_table([{"day": day, "shop": shop, "y": "1", "price": "9"} for day, shop in cells], form)
    told = (("2024-01-05", "b", "7"), ("2024-01-03", "a", "8"), ("2024-01-03", "new", "1"))
    given = [{"day": day, "shop": shop, "price": price} for day, shop, price in told]
    future = future_table(history, form, 2, given)
    assert future["time"].dt.day.tolist() == [3, 4, 5, 6]
    assert future["price"].fillna(0).tolist() == [8.0, 0.0, 7.0, 0.0]
    assert future_table(history, form, 2)["price"].isna().all()


def wavering(count: int, seed: int, most: int) -> list[dict[str, str]]:
    """Readings every quarter of an hour, up to `most` seconds early or late; y counts them."""
    apart = np.random.default_rng(seed).integers(-most, most + 1, count)
    times = np.datetime64("2024-01-01", "s") + 900 * np.arange(count) + apart
    return [{"day": str(time).replace("T", " "), "y": str(place), "price": str(place)} for place, time in enumerate(times)]


@pytest.mark.parametrize("offset", [0.0, None])
def test_times_that_waver_come_to_stand_at_the_same_places_in_every_part_of_a_table(offset: float | None) -> None:
    form = {**DAILY, "frequency": "min", "step": 15, "offset": offset, "known": ["price"], "formats": {}}
    for seed in range(10):
        cells = wavering(600, seed, 70)
        if offset is None:  # minutes that begin half a minute before the time
            cells = [cell | {"day": str(np.datetime64(cell["day"]) + 30).replace("T", " ")} for cell in cells]
        whole = long_table(cells, form)
        assert whole["target"].tolist() == list(range(600))
        for start, end in ((0, 500), (0, 40), (300, 600)):
            assert long_table(cells[start:end], form)["time"].tolist() == whole["time"].tolist()[start:end]


def test_the_future_stands_where_the_history_goes_on() -> None:
    form = {**DAILY, "frequency": "min", "step": 15, "known": ["price"], "formats": {}}
    for seed in range(10):
        cells = wavering(600, seed, 70)
        history = long_table(cells[:590], form)
        assert future_table(history, form, 4, cells[590:594])["price"].tolist() == [590.0, 591.0, 592.0, 593.0]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([], "Expected rows of a history. Found none. Give the values so far, a row each."),
        ([{"day": "2024-01-01"}], "Expected the columns ['day', 'y'] in the history. Found ['day'], without ['y']. "
         "Add the missing columns or rename yours."),
        ([{"day": "soon", "y": "1"}], "Expected times in day. Found 1 of 1 rows without, such as 'soon'. "
         "Write them as in the file that was learnt from."),
        ([{"day": "2024-01-01", "y": "?"}], "Expected numbers in y. Found none in 1 rows. Give rows with known values."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_was_expected(cells: list[dict[str, str]], said: str) -> None:
    with pytest.raises(ValueError, match="Expected") as problem:
        long_table(cells, DAILY)
    assert str(problem.value) == said


def test_a_wild_date_does_not_fill_the_memory() -> None:
    form = {**DAILY, "frequency": "s", "formats": {}}
    with pytest.raises(ValueError, match=r"Found 2 of them spread over 31,536,001 steps\."):
        long_table(rows(("2023-01-01", "1"), ("2024-01-01", "2")), form)


def test_a_single_unreadable_time_is_left_out() -> None:
    cells = [(str(np.datetime64("2024-01-01") + day), "1") for day in range(30)]
    assert len(long_table(rows(*cells, ("total", "30")), DAILY)) == 30
