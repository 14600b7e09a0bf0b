"""Measured rates: kept in the cache, corrected by the truth, never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import rates


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    return tmp_path


def known(name: str, formula_minutes: float = 1.0) -> float:
    return rates.correction(rates.measured_rates(), name, formula_minutes)


def test_a_cache_that_cannot_be_written_is_never_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    rates.learn("never-learnt", formula_minutes=1.0, true_minutes=4.0)
    assert known("never-learnt") == 1.0


def test_the_machine_is_measured_once() -> None:
    first = rates.measured_rates()
    assert first["machine_speed"] > 0
    assert rates.measured_rates() == first


def test_one_truth_moves_the_correction_most_of_the_way_and_more_of_them_all_of_it() -> None:
    rates.learn("linear", formula_minutes=1.0, true_minutes=2.0)
    assert known("linear") == pytest.approx(2 ** (2 / 3), rel=0.01)
    for _ in range(20):
        rates.learn("linear", formula_minutes=1.0, true_minutes=2.0)
    assert known("linear") == pytest.approx(2.0, rel=0.08)
    assert known("gradient-boosting") == 1.0, "each candidate has its own"


def test_a_single_hiccup_of_the_machine_moves_little() -> None:
    for _ in range(6):
        rates.learn("linear", formula_minutes=1.0, true_minutes=1.0)
    rates.learn("linear", formula_minutes=1.0, true_minutes=500.0)
    assert known("linear") < 1.3


def test_what_was_learnt_at_one_size_counts_less_at_another() -> None:
    for _ in range(10):
        rates.learn("linear", formula_minutes=0.1, true_minutes=0.3)
        rates.learn("linear", formula_minutes=10.0, true_minutes=10.0)
    assert known("linear", 0.1) > 2.0
    assert known("linear", 10.0) < 1.4


def test_the_correction_has_limits_and_ignores_nonsense() -> None:
    for _ in range(40):
        rates.learn("linear", formula_minutes=0.001, true_minutes=1e6)
    assert known("linear", 0.001) == 10.0
    rates.learn("linear", formula_minutes=0.0, true_minutes=1.0)
    rates.learn("linear", formula_minutes=1.0, true_minutes=-1.0)
    assert known("linear", 0.001) == 10.0


def test_a_broken_cache_is_measured_again(cache: Path) -> None:
    (cache / "rates.json").write_text("{broken", encoding="utf-8")
    assert rates.measured_rates()["machine_speed"] > 0


def test_what_older_formulas_were_corrected_by_is_forgotten(cache: Path) -> None:
    old = {"machine_speed": 2.0, "learnt:linear:2": 3.0, "seen:linear:2": 3.0}
    (cache / "rates.json").write_text(json.dumps(old), encoding="utf-8")
    assert rates.measured_rates() == {"machine_speed": 2.0}
    rates.learn("linear", formula_minutes=0.1, true_minutes=0.3)
    assert known("linear", 0.1) > 1.0


def test_slowness_is_the_inverse_of_the_speed() -> None:
    assert rates.slowness({"machine_speed": 0.5}) == 2.0
    assert rates.slowness({}) == 1.0
