"""Intervals: Wilson's against published values, the bootstrap against what theory says."""

from __future__ import annotations

import numpy as np
import pytest

from tools.intervals import bootstrap, wilson


def test_wilson_matches_the_textbook() -> None:
    """7 of 8: 0.529 to 0.978 (Wilson 1927, without continuity correction)."""
    low, high = wilson(7, 8) or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.529, 0.978)


def test_wilson_stays_within_zero_and_one() -> None:
    assert (wilson(0, 20) or (1, 1))[0] == 0.0
    assert (wilson(20, 20) or (0, 0))[1] == pytest.approx(1.0)
    assert wilson(0, 0) is None


def mean_of(values: np.ndarray):  # type: ignore[no-untyped-def]
    def statistic(positions: np.ndarray, counts: np.ndarray) -> np.ndarray:
        result: np.ndarray = counts @ values[positions] / counts.sum(axis=1)
        return result

    return statistic


def test_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(5, 2, 400)
    low, high = bootstrap(mean_of(values), np.ones(400)) or (0, 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)


def test_rows_put_together_give_the_interval_of_rows_apart() -> None:
    apart = np.repeat([0.0, 1.0], [300, 100])
    together = bootstrap(mean_of(np.array([0.0, 1.0])), np.array([300.0, 100.0])) or (0, 0)
    assert together == pytest.approx(bootstrap(mean_of(apart), np.ones(400)), abs=0.01)


def test_many_rows_are_thinned_without_widening_the_interval() -> None:
    values = np.random.default_rng(2).normal(0, 1, 300_000)
    low, high = bootstrap(mean_of(values), np.ones(len(values))) or (0, 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / 300_000**0.5, rel=0.2)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(3).normal(size=50)
    first = bootstrap(mean_of(values), np.ones(50), seed=4)
    assert first == bootstrap(mean_of(values), np.ones(50), seed=4)
    assert first != bootstrap(mean_of(values), np.ones(50), seed=5)


def test_no_interval_of_one_row() -> None:
    assert bootstrap(mean_of(np.array([3.0])), np.ones(1)) is None
