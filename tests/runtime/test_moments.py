"""Times in the writings of people, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.runtime.moments import read_times, write_times


@pytest.mark.parametrize(
    ("written", "cells", "iso", "back"),
    [
        ({"date_format": "%d.%m.%Y"}, ["31.01.2024", "01.02.2024"], "2024-01-31", ["31.01.2024", "01.02.2024"]),
        ({"date_format": "%Y%m%d"}, ["20240131", "20240201"], "2024-01-31", ["20240131", "20240201"]),
        ({"style": "quarter"}, ["2024Q1", "Q2 2024"], "2024-01-01", ["2024Q1", "2024Q2"]),
        ({"style": "week"}, ["2024-W05", "KW 6/2024"], "2024-01-29", ["2024-W05", "2024-W06"]),
        ({"style": "month"}, ["1990M01", "1990M2"], "1990-01-01", ["1990M01", "1990M02"]),
        ({"style": "epoch", "unit": "ms"}, ["1700000000000", "1700000001000"], "2023-11-14", [1700000000000, 1700000001000]),
        ({"date_format": "%Y-%m-%dT%H:%M:%S", "zone": True}, ["2024-01-31T10:00:00+01:00", "2024-01-31T11:00:00+02:00"],
         "2024-01-31", ["2024-01-31T10:00:00", "2024-01-31T11:00:00"]),
        ({"date_format": "%Y-%m-%d %H:%M", "zone": True, "suffix": " +01:00"}, ["2024-01-31 10:00 +01:00"], "2024-01-31",
         ["2024-01-31 10:00 +01:00"]),
    ],
)  # fmt: skip
def test_one_column_of_any_writing(written: dict[str, Any], cells: list[str], iso: str, back: list[Any]) -> None:
    form = {"time_column": "when", "frequency": "s", "formats": {"when": written}}
    times, there = read_times(pd.DataFrame({"when": cells}), form)
    assert there.all()
    assert str(times[0].astype("datetime64[D]")) == iso
    assert write_times(times, form) == {"when": back}


def test_parts_in_several_columns() -> None:
    parts = {"year": "y", "month": "m", "day": "d", "hour": "h"}
    form = {"time_column": "y", "time_parts": parts, "frequency": "h"}
    table = pd.DataFrame({"y": ["2024", "2024"], "m": ["Feb", "März"], "d": ["29", "1"], "h": ["23", "0"]})
    times, there = read_times(table, form)
    assert times.astype("datetime64[h]").astype(str).tolist() == ["2024-02-29T23", "2024-03-01T00"]
    assert there.all()
    assert write_times(times, form) == {"y": [2024, 2024], "m": [2, 3], "d": [29, 1], "h": [23, 0]}


def test_a_day_and_a_clock_beside_it() -> None:
    form = {"time_column": "day", "time_parts": {"date": "day", "clock": "at"}, "frequency": "min"}
    times, there = read_times(pd.DataFrame({"day": ["2024-01-31"] * 3, "at": ["14:30", "2:45 pm", "late"]}), form)
    assert times[:2].astype("datetime64[m]").astype(str).tolist() == ["2024-01-31T14:30", "2024-01-31T14:45"]
    assert there.tolist() == [True, True, False]
    assert write_times(times[:2], form) == {"day": ["2024-01-31"] * 2, "at": ["14:30", "14:45"]}


def test_what_is_no_time_is_told_apart() -> None:
    counted = {"time_column": "t", "frequency": None}
    _, there = read_times(pd.DataFrame({"t": ["1", "2.0", "2.5", "x"]}), counted)
    assert there.tolist() == [True, True, False, False]
    times, there = read_times(pd.DataFrame({"t": ["2024-01-01", "soon"]}), {"time_column": "t", "frequency": "D"})
    assert there.tolist() == [True, False]
    assert np.isnat(times[1])


def test_the_place_within_a_step_is_written_back() -> None:
    form = {"time_column": "t", "frequency": "MS", "offset": 14 * 86400.0, "formats": {"t": {"date_format": "%Y-%m-%d"}}}
    assert write_times(np.array(["2024-02-01"], dtype="datetime64[ns]"), form) == {"t": ["2024-02-15"]}
