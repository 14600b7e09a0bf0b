"""Permutation importance: which columns the answers hang on, with its spread, within a time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import Rows
from tools.approaches.importance import write_importance


def table(rows: int = 200) -> Rows:
    generator = np.random.default_rng(0)
    inputs = pd.DataFrame({"big": generator.normal(0, 3, rows), "small": generator.normal(0, 1, rows), "idle": 1.0})
    return Rows(inputs, inputs["big"] + inputs["small"])


def total(inputs: pd.DataFrame) -> np.ndarray:
    return np.asarray(inputs["big"] + inputs["small"])


def written(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "importance.json").read_text(encoding="utf-8"))
    return found


def test_columns_come_in_the_order_of_what_shuffling_costs(tmp_path: Path) -> None:
    write_importance(tmp_path, table(), [], total, seconds=60, seed=0)
    found = written(tmp_path)
    assert [one["column"] for one in found] == ["big", "small", "idle"]
    assert found[0]["importance"] > 3
    assert found[0]["spread"] > 0 == found[2]["importance"]
    assert [one["shuffles"] for one in found] == [5, 5, 5]


def test_no_shuffle_begins_after_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def passing(inputs: pd.DataFrame) -> np.ndarray:
        nonlocal asked
        asked += 1
        if asked == 2:  # the answers without shuffling, then the first column's
            monkeypatch.setattr(time, "monotonic", lambda: began + 100)
        return total(inputs)

    began = time.monotonic()
    write_importance(tmp_path, table(), [], passing, seconds=50, seed=0)
    found = written(tmp_path)
    assert [(one["column"], one["spread"], one["shuffles"]) for one in found] == [("big", None, 1)]
