"""How many different values there are, in bounded memory: exact up to half a million, then an estimate within about 0.3 %."""

from __future__ import annotations

import numpy as np

MOST = 500_000


class Distinct:
    """Keeps hashes from an ever smaller part of the hash space, so that never more than MOST are held.

    K. Beyer et al., "On synopses for distinct-value estimation", SIGMOD 2007, in its simplest form.
    """

    def __init__(self) -> None:
        self._kept = np.empty(0, dtype=np.uint64)
        self._halvings = 0

    def add(self, hashes: np.ndarray) -> None:
        """hashes: uint64, one a value."""
        self._kept = np.union1d(self._kept, self._within(hashes))
        while len(self._kept) > MOST:
            self._halvings += 1
            self._kept = self._within(self._kept)

    def count(self) -> int:
        """Different values so far."""
        return len(self._kept) << self._halvings

    def _within(self, hashes: np.ndarray) -> np.ndarray:
        return hashes if self._halvings == 0 else hashes[hashes >> np.uint64(64 - self._halvings) == 0]
