"""Rows with several labels are dealt out so that each part gets its share of every label; blocks stay whole."""

from __future__ import annotations

import numpy as np

from tools.data.stratifying import dealt

SHARES = [0.6, 0.2, 0.2]


def labels(rows: int = 1000, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    found: np.ndarray = (random.random((rows, 5)) < [0.5, 0.3, 0.1, 0.05, 0.01]).astype(int)
    return found


def test_each_part_gets_its_share_of_every_label() -> None:
    counts = labels()
    part = dealt(counts, np.ones(len(counts), dtype=int), SHARES, seed=0)
    for number, share in enumerate(SHARES):
        assert abs((part == number).mean() - share) < 0.01
        held = counts[part == number].sum(axis=0)
        assert np.abs(held - share * counts.sum(axis=0)).max() <= 2  # chance alone misses by far more


def test_the_same_seed_deals_the_same_and_another_differently() -> None:
    counts, sizes = labels(200), np.ones(200, dtype=int)
    again = dealt(counts, sizes, SHARES, seed=3)
    assert (dealt(counts, sizes, SHARES, seed=3) == again).all()
    assert (dealt(counts, sizes, SHARES, seed=4) != again).any()


def test_big_blocks_are_weighed() -> None:
    sizes = np.array([50, *[1] * 150])
    counts = np.zeros((151, 2), dtype=int)
    counts[0], counts[1:80, 0], counts[80:, 1] = [50, 0], 1, 1
    part = dealt(counts, sizes, [0.7, 0.3], seed=0)
    assert abs(sizes[part == 0].sum() - 0.7 * 200) <= 2


def test_rows_without_any_label_are_dealt_too() -> None:
    part = dealt(np.zeros((100, 2), dtype=int), np.ones(100, dtype=int), [0.5, 0.5], seed=0)
    assert sorted(np.bincount(part).tolist()) == [50, 50]
