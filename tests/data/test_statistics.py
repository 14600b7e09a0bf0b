"""Columns too big to hold are counted in parts, with the same result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tools.data.loading import distinct, statistics
from tools.data.loading.distinct import Distinct
from tools.data.loading.stored import Writer


def test_in_parts_as_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame(
        {
            "n": [None, *range(2999)],
            "label": ["a", "b", "b"] * 1000,
            "words": [f"some words {i % 2000}" for i in range(3000)],
            "when": pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2028, 3, 18), "1d", eager=True)[:3000],
        }
    )
    writer = Writer(tmp_path / "t.parquet")
    for start in range(0, 3000, 500):
        writer.add(frame[start : start + 500])
    writer.close()
    at_once = statistics.columns_of(tmp_path / "t.parquet")
    monkeypatch.setattr(statistics, "MANY_ROWS", 10)
    in_parts = statistics.columns_of(tmp_path / "t.parquet")
    for whole, parts in zip(at_once, in_parts, strict=True):
        same = {"name", "role", "dtype", "rows", "missing", "unique", "minimum", "maximum", "mean"}
        assert parts.model_dump(include=same) == whole.model_dump(include=same)
    assert in_parts[1].top == [("b", 2000), ("a", 1000)]


def test_distinct_values_are_estimated_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "MOST", 10_000)
    counter, hashes = Distinct(), np.random.default_rng(0).integers(0, 2**64, 300_000, dtype=np.uint64)
    for part in np.split(hashes, 30):
        counter.add(part)
        counter.add(part)
    assert 0.95 < counter.count() / 300_000 < 1.05
    few = Distinct()
    few.add(hashes[:5000])
    assert few.count() == 5000
