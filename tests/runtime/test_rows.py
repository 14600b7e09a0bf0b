"""Raw rows become the same typed columns, whether they come typed or as text from a CSV file."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.runtime.rows import coerce, coerce_column, to_number, to_text


@pytest.mark.parametrize(
    ("raw", "decimal", "thousands", "expected"),
    [
        ("3.5", ".", "", 3.5),
        (" 1,234.5 ", ".", ",", 1234.5),
        ("1.234,5", ",", ".", 1234.5),
        ("1.234", ",", ".", 1234.0),
        ("1,234", ".", ",", 1234.0),
        ("1,5", ".", "", 1.5),
        ("1,5", ",", "", 1.5),
        ("1.5", ",", "", 1.5),
        ("1.234.567", ".", "", 1234567.0),
        ("€ 1'234.50", ".", "'", 1234.5),
        ("12 %", ".", "", 12.0),
        ("(7)", ".", "", -7.0),
        ("-.5e2", ".", "", -50.0),
        ("1e3", ".", "", 1000.0),
        ("1.234", ".", ".", 1234.0),
        (4, ".", "", 4.0),
        (np.float64(2.5), ".", "", 2.5),
        (True, ".", "", 1.0),
    ],
)
def test_a_number_is_read_as_it_is_written(raw: Any, decimal: str, thousands: str, expected: float) -> None:
    assert to_number(raw, decimal, thousands) == expected


@pytest.mark.parametrize("raw", [None, "", "NA", "?", "abc", "12 apples", float("nan"), float("inf"), "1.2.3.4x"])
def test_what_is_no_number_is_missing(raw: Any) -> None:
    assert math.isnan(to_number(raw))


def test_text_means_the_same_in_csv_and_in_json() -> None:
    assert [to_text(value) for value in ("3", 3, 3.0, np.float64(3))] == ["3"] * 4
    assert [to_text(value) for value in (None, float("nan"), " ", "N/A", "null", "?")] == [None] * 6
    assert to_text("  Braund, Mr. Owen ") == "Braund, Mr. Owen"


def test_the_files_own_missing_tokens_replace_the_usual_ones() -> None:
    column = {"type": "text", "missing_tokens": ["", "?"]}
    assert coerce_column(["None", "?", "-"], column).tolist() == ["None", None, "-"]


def test_quotes_are_taken_off_where_the_file_had_them() -> None:
    assert coerce_column(["'-1'", "'a b'"], {"type": "text", "quotes": True}).tolist() == ["-1", "a b"]
    assert coerce_column(["'-1'"], {"type": "number", "quotes": True}).tolist() == [-1.0]


@pytest.mark.parametrize(
    ("raw", "date_format", "expected"),
    [
        ("2024-03-05 14:30:00", None, "2024-03-05T14:30:00"),
        ("2024-03-05T14:30:00", None, "2024-03-05T14:30:00"),
        ("05.03.2024", None, "2024-03-05"),
        ("05/03/2024", "%d/%m/%Y", "2024-03-05"),
        ("03/05/2024", "%m/%d/%Y", "2024-03-05"),
        ("3/14/2025 1:20", None, "2025-03-14T01:20"),
        (datetime(2024, 3, 5), None, "2024-03-05"),
        (pd.Timestamp("2024-03-05 06:00"), None, "2024-03-05T06:00"),
        (np.datetime64("2024-03-05"), None, "2024-03-05"),
    ],
)
def test_a_date_is_read_as_it_is_written(raw: Any, date_format: str | None, expected: str) -> None:
    found = coerce_column([raw], {"type": "date", "date_format": date_format})
    assert found.tolist() == [np.datetime64(expected, "us").item()]


def test_days_and_months_are_told_apart_by_the_other_rows() -> None:
    found = coerce_column(["05/03/2024", "25/03/2024"], {"type": "date"})
    assert found.astype("datetime64[D]").astype(str).tolist() == ["2024-03-05", "2024-03-25"]


def test_missing_dates_and_zones() -> None:
    found = coerce_column([None, pd.NaT, "soon", "2024-03-05T10:00:00+02:00"], {"type": "date", "zone": True})
    assert np.isnat(found).tolist() == [True, True, True, False]
    assert str(found[3]) == "2024-03-05T10:00:00.000000"


def test_typed_rows_and_csv_rows_agree() -> None:
    schema = [
        {"name": "age", "type": "number"},
        {"name": "member", "type": "flag"},
        {"name": "since", "type": "date"},
        {"name": "town", "type": "text"},
    ]
    typed = [
        {"age": 31.0, "member": True, "since": pd.Timestamp("2020-01-02"), "town": "Ulm"},
        dict.fromkeys(["age", "member", "since", "town"]),
    ]
    raw = [
        {"age": "31", "member": "true", "since": "2020-01-02", "town": "Ulm "},
        dict.fromkeys(["age", "member", "since", "town"], ""),
    ]
    first, second = coerce(typed, schema), coerce(raw, schema)
    for name in first:
        assert pd.Series(first[name]).equals(pd.Series(second[name])), name
