"""Dealing rows with several labels out to the parts of a split, so that each part gets its share of every label.

Iterative stratification: Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011.
Rows that must stay together are one block with the sum of their labels, so the sizes are kept as nearly as blocks allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def dealt(counts: np.ndarray, sizes: np.ndarray, shares: Sequence[float], seed: int) -> np.ndarray:
    """int [blocks]: the part of each block. counts: [blocks, labels] rows with each label; shares: of the parts, sum 1."""
    import numpy as np

    random = np.random.default_rng(seed)
    part = np.full(len(sizes), -1)
    wanted = np.outer(np.asarray(shares, dtype=float), counts.sum(axis=0)).astype(float)  # [parts, labels]
    room = np.asarray(shares, dtype=float) * sizes.sum()
    order = random.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]  # small blocks last: they even out what big ones leave
    waiting = [[int(block) for block in order if counts[block, label]] for label in range(counts.shape[1])]
    left = np.array([len(blocks) for blocks in waiting])  # blocks of each label that have no part yet
    while left.any():
        rarest = int(np.where(left > 0, left, len(sizes) + 1).argmin())
        for block in waiting[rarest]:
            if part[block] < 0:
                _give(block, _most_wanting(wanted[:, rarest], room), part, wanted, room, counts, sizes)
                left -= counts[block] > 0
    for block in order[part[order] < 0]:
        _give(int(block), int(room.argmax()), part, wanted, room, counts, sizes)
    return part


def _most_wanting(wanted: np.ndarray, room: np.ndarray) -> int:
    """The part that still wants most rows of a label; among equals the one with most room."""
    import numpy as np

    best = np.flatnonzero(wanted >= wanted.max() - 1e-9)
    return int(best[room[best].argmax()])


def _give(
    block: int, to: int, part: np.ndarray, wanted: np.ndarray, room: np.ndarray, counts: np.ndarray, sizes: np.ndarray
) -> None:
    part[block] = to
    wanted[to] -= counts[block]
    room[to] -= sizes[block]
