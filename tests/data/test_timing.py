"""Which columns tell the time, of made-up tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.core.data import FileProfile
from tools.data.series_ids import ids_of
from tools.data.timing import timing_of

Look = Callable[[str, str | bytes], FileProfile]


def csv(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("content", "columns", "part"),
    [
        (csv("No,year,month,day,hour,v", *(f"{h},2024,1,{1 + h // 24},{h % 24},{h % 7}" for h in range(100))),
         ["year", "month", "day", "hour"], "hour"),
        (csv("day,clock_time,v", *(f"2024-01-{1 + h // 24:02d},{h % 24}:00,{h % 5}" for h in range(100))),
         ["day", "clock_time"], "clock"),
        (csv("Quarter,v", *(f"{2000 + q // 4}Q{1 + q % 4},{q % 9}" for q in range(40))), ["Quarter"], None),
        (csv("t,v", *(f"{t},{t % 9}" for t in range(1, 60))), ["t"], None),
        (csv("yyyymmdd,v", *(f"202401{d:02d},{d}" for d in range(1, 31))), ["yyyymmdd"], None),
        (csv("born,date,v", *(f"19{50 + d}-05-05,2024-01-{d:02d},{d}" for d in range(1, 31))), ["date"], None),
        (csv("timestamp,v", *(f"{1700000000 + 60 * t},{t % 9}" for t in range(60))), ["timestamp"], None),
    ],
)  # fmt: skip
def test_the_columns_of_the_time(look: Look, content: str, columns: list[str], part: str | None) -> None:
    found = timing_of(look("a.csv", content), None)
    assert found is not None
    assert found.columns == columns
    assert part is None or part in found.parts


def test_a_table_without_time_has_none(look: Look) -> None:
    assert timing_of(look("a.csv", csv("colour,v", *(f"red,{v * 7 % 13}" for v in range(30)))), None) is None


def test_the_named_column_is_taken(look: Look) -> None:
    file = look("a.csv", csv("date,n,v", *(f"2024-01-{d:02d},{d * 3},{d % 7}" for d in range(1, 31))))
    found = timing_of(file, "n")
    assert found is not None
    assert (found.column, found.counted) == ("n", True)
    assert timing_of(file, "nothing") is None


def panel(*ids: str) -> str:
    rows: list[Any] = [
        f"2024-01-{day:02d},{store},{item},{'food' if item < 2 else 'toys'},{day * item}"
        for store in "ABC" for item in range(3) for day in range(1, 29)
    ]  # fmt: skip
    return csv("date,store,item,group,sales", *rows)


def test_the_fewest_columns_that_name_the_series(look: Look) -> None:
    file = look("a.csv", panel())
    timing = timing_of(file, None)
    assert timing is not None
    assert ids_of(file, timing, ["sales"]) == ["store", "item"]


def test_a_long_table_sorted_by_series_is_not_taken_for_its_first_one(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.data.series_ids.ROWS", 200)
    rows = [f"{1700000000 + 60 * t},{sensor},{t * 7 % 41}" for sensor in ("cellar", "hall", "roof") for t in range(250)]
    file = look("a.csv", csv("timestamp,sensor,v", *rows))
    timing = timing_of(file, None)
    assert timing is not None
    assert ids_of(file, timing, ["v"]) == ["sensor"]


def test_series_that_never_share_a_time_are_parted_by_what_is_called_an_id(look: Look) -> None:
    rows = [
        f"{1700000000 + 900 * t + 127 * sensor + t * 7 % 5},s{sensor},{'am' if t % 96 < 48 else 'pm'},{t * sensor % 41}"
        for t in range(200)
        for sensor in range(5)
    ]
    file = look("a.csv", csv("timestamp,sensor_id,half,v", *rows))
    timing = timing_of(file, None)
    assert timing is not None
    assert ids_of(file, timing, ["v"]) == ["sensor_id"]
    office = [f"2024-{1 + d // 28:02d}-{1 + d % 28:02d},id{d % 7},{d % 11}" for d in range(280) if d % 7 < 5]
    file = look("b.csv", csv("date,weekday,v", *office))
    timing = timing_of(file, None)
    assert timing is not None
    assert ids_of(file, timing, ["v"]) == []


def test_one_series_has_no_id(look: Look) -> None:
    file = look("a.csv", csv("date,weather,v", *(f"2024-01-{d:02d},{'sun' if d % 2 else 'rain'},{d}" for d in range(1, 31))))
    timing = timing_of(file, None)
    assert timing is not None
    assert ids_of(file, timing, ["v"]) == []
