"""What a forecast starts from: the known values of each series, and how far ahead each wanted row lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def spans(names: np.ndarray) -> Iterator[tuple[str, slice]]:
    """(series, its rows) of an ordered column of names."""
    if not len(names):
        return
    ends = np.flatnonzero(names[1:] != names[:-1]) + 1
    for first, last in zip([0, *ends], [*ends, len(names)], strict=True):
        yield str(names[first]), slice(int(first), int(last))


def known_values(history: pd.DataFrame, season: int = 1) -> dict[str, np.ndarray]:
    """Series -> float [n >= 1], the oldest first, gaps filled. Series without any known value are left out.

    history: a long table. season: a gap of a season and more repeats the season before it.
    """
    values = history["target"].to_numpy(dtype=float)
    found = {name: filled(values[rows], season) for name, rows in spans(history["series"].to_numpy())}
    return {name: known for name, known in found.items() if len(known)}


def filled(values: np.ndarray, season: int = 1) -> np.ndarray:
    """Float [n] -> float [<= n] without NaN: gaps at both ends are cut off, those between are filled.

    Short gaps by straight lines; long ones by the values one season earlier, as a line through a season says nothing.
    """
    there = np.flatnonzero(np.isfinite(values))
    if not len(there):
        return np.empty(0)
    cut = values[there[0] : there[-1] + 1].astype(float)
    holes = ~np.isfinite(cut)
    if not holes.any():
        return cut
    if season > 1:
        for start, stop in _runs(holes):
            if stop - start >= season and start >= season:
                cut[start:stop] = np.resize(cut[start - season : start], stop - start)
        holes = ~np.isfinite(cut)
    where = np.arange(len(cut))
    cut[holes] = np.interp(where[holes], where[~holes], cut[~holes])
    return cut


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def steps_ahead(future: pd.DataFrame) -> np.ndarray:
    """Int [n], 1-based: how many steps after its series' history each row lies. future: ordered by series, then time."""
    steps = np.empty(len(future), dtype=int)
    for _, rows in spans(future["series"].to_numpy()):
        steps[rows] = np.arange(1, rows.stop - rows.start + 1)
    return steps
