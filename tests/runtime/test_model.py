"""An opened model folder: what it checks, and how it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.runtime import Model, load


def opened(folder: Path, **manifest: Any) -> Model:
    inputs = [{"name": "a", "role": "number"}, {"name": "b", "role": "text"}]
    (folder / "manifest.json").write_text(json.dumps({"format": "constant", "inputs": inputs, **manifest}), encoding="utf-8")
    return load(folder)


def test_classes_come_with_probabilities(tmp_path: Path) -> None:
    model = opened(tmp_path, labels=["no", "yes"], constant=[0.7, 0.3])
    assert model.predict([{"a": 1, "b": "x"}], probabilities=True) == [
        {"prediction": "no", "probability": 0.7, "probability:no": 0.7, "probability:yes": 0.3}
    ]
    assert model.predict([]) == []


def test_a_threshold_moves_the_cut(tmp_path: Path) -> None:
    model = opened(tmp_path, labels=["no", "yes"], constant=[0.7, 0.3], threshold=0.25)
    assert model.predict([{"a": 1, "b": "x"}]) == [{"prediction": "yes", "probability": 0.3}]


def test_numbers_come_with_their_interval(tmp_path: Path) -> None:
    model = opened(tmp_path, labels=None, constant=10.0, interval={"low": -2.0, "high": 3.0, "coverage": 0.9})
    assert model.predict([{"a": 1, "b": ""}]) == [{"prediction": 10.0, "low": 8.0, "high": 13.0}]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    model = opened(tmp_path, labels=None, constant=10.0)
    with pytest.raises(ValueError, match="Expected the columns") as error:
        model.predict([{"a": 1, "b": 2}, {"a": 1}])
    assert str(error.value) == (
        "Expected the columns ['a', 'b']. Found row 2 without ['b'] (it has ['a']). "
        "Add the missing columns; empty values are fine."
    )
