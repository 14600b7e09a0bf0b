"""Every prototype says its own speed, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.export.speed import Speed, of_times

Prototypes = Callable[..., Path]


def test_percentiles_of_times() -> None:
    assert of_times([5.0, 1.0, 3.0]) == Speed(3.0, 5.0, 3)
    assert of_times([float(one) for one in range(100)]) == Speed(50.0, 95.0, 100)


def test_rows_a_second_are_not_made_up() -> None:
    assert Speed(1.23456, 2.0, 9).told(0.5) == {"rows_per_second": 2000.0, "single_p50_ms": 1.235, "single_p95_ms": 2.0}
    assert Speed(1.0, 2.0, 9).told(None)["rows_per_second"] is None


@pytest.mark.parametrize(("approach", "data"), [("tfidf-linear", "messages"), ("linear", "customers")])
def test_a_prototype_says_its_speed(approach: str, data: str, prototypes: Prototypes) -> None:
    folder = prototypes(approach, data)
    speed = json.loads((folder / "prototype.json").read_text(encoding="utf-8"))["speed"]
    assert set(speed) == {"rows_per_second", "single_p50_ms", "single_p95_ms"}
    assert 0 < speed["single_p50_ms"] <= speed["single_p95_ms"] < 1000
    for name in ("README.md", "MODEL_CARD.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "rows a second in batches" in text
        assert "95th percentile" in text
