"""Measured rates: kept in the cache, corrected by the truth, never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import rates


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path))
    return tmp_path


def test_a_cache_that_cannot_be_written_is_never_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    rates.learn("never-learnt", estimated_minutes=1.0, true_minutes=4.0)
    assert rates.correction(rates.measured_rates(), "never-learnt") == 1.0


def test_the_machine_is_measured_once() -> None:
    first = rates.measured_rates()
    assert first["machine_speed"] > 0
    assert rates.measured_rates() == first


def test_the_truth_moves_the_correction_half_way() -> None:
    rates.learn("linear", estimated_minutes=1.0, true_minutes=4.0)
    assert rates.correction(rates.measured_rates(), "linear") == 2.0
    rates.learn("linear", estimated_minutes=2.0, true_minutes=0.5)
    assert rates.correction(rates.measured_rates(), "linear") == 1.0


def test_the_correction_has_limits_and_ignores_nonsense() -> None:
    rates.learn("linear", estimated_minutes=0.001, true_minutes=1e6)
    assert rates.correction(rates.measured_rates(), "linear") == 10.0
    rates.learn("linear", estimated_minutes=0.0, true_minutes=1.0)
    assert rates.correction(rates.measured_rates(), "linear") == 10.0


def test_a_broken_cache_is_measured_again(cache: Path) -> None:
    (cache / "rates.json").write_text("{broken", encoding="utf-8")
    assert rates.measured_rates()["machine_speed"] > 0


def test_slowness_is_the_inverse_of_the_speed() -> None:
    assert rates.slowness({"machine_speed": 0.5}) == 2.0
    assert rates.slowness({}) == 1.0
