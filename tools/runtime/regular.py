"""Rows of many series made regular: one row a step, in order, with what is left out filled with nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

MOST_GAPS = 60  # times the rows that are there; more gaps mean a wrong frequency or a wrong date
SMALL = 100_000  # rows that a filled table may have whatever its gaps


def regular(
    names: np.ndarray,
    ordinals: np.ndarray,
    columns: Mapping[str, np.ndarray],
    step: int,
    known: str | None,
    phases: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """`series`, `step` (ordinal) and the columns, ordered, one row for every `step` ordinals of each series.

    names: str [n]. ordinals: int64 [n]. columns: float64 or object [n]; rows of one step become their mean (texts: the first).
    known: the column whose first and last known value are where a series begins and ends. phases: series -> where in a step its
    points lie, so that a few rows of the future stand where the history goes on; told by the rows of series that it lacks.
    Raises ValueError.
    """
    import pandas as pd

    codes, series = pd.factorize(names, sort=True)
    if known is not None:
        keep = _within(codes, ordinals, np.isfinite(columns[known]), len(series))
        codes, ordinals = codes[keep], ordinals[keep]
        columns = {name: column[keep] for name, column in columns.items()}
    phase = _phases(codes, ordinals % step, step, len(series))
    for place, name in enumerate(series if phases else ()):
        phase[place] = (phases or {}).get(name, phase[place])
    places = (ordinals - phase[codes] + step // 2) // step
    order = np.lexsort((places, codes))
    codes, places = codes[order], places[order]
    columns = {name: column[order] for name, column in columns.items()}
    new = np.ones(len(codes), dtype=bool)
    new[1:] = (codes[1:] != codes[:-1]) | (places[1:] != places[:-1])
    if not new.all():
        starts = np.flatnonzero(new)
        columns = {name: _gathered(column, starts, len(codes)) for name, column in columns.items()}
        codes, places = codes[starts], places[starts]
    codes, places, columns = _filled(codes, places, columns, len(series))
    return pd.DataFrame({"series": np.asarray(series, dtype=object)[codes], "step": places * step + phase[codes], **columns})


def _within(codes: np.ndarray, ordinals: np.ndarray, there: np.ndarray, count: int) -> np.ndarray:
    """bool [n]: rows between the first and the last known value of their series."""
    first = np.full(count, np.iinfo(np.int64).max)
    last = np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, codes[there], ordinals[there])
    np.maximum.at(last, codes[there], ordinals[there])
    found: np.ndarray = (ordinals >= first[codes]) & (ordinals <= last[codes])
    return found


def _phases(codes: np.ndarray, within: np.ndarray, step: int, count: int) -> np.ndarray:
    """int64 [count]: where in a step the points of each series lie. within: 0..step-1, of each row.

    The median around the mean on the circle: times that waver around the full hour have it there in each part of a table,
    where the most frequent place would be a minute before it in one part and a minute after it in another.
    """
    phases = np.zeros(count, dtype=np.int64)
    if step == 1:
        return phases
    angles = 2 * np.pi / step * within
    east, north = (np.bincount(codes, weights=part, minlength=count) for part in (np.cos(angles), np.sin(angles)))
    centre = np.round(np.arctan2(north, east) / (2 * np.pi) * step).astype(np.int64)
    apart = (within - centre[codes] + step // 2) % step - step // 2
    order = np.lexsort((apart, codes))
    counts = np.bincount(codes, minlength=count)
    there = counts > 0
    middle = order[(np.cumsum(counts) - counts + (counts - 1) // 2)[there]]
    phases[there] = (centre[there] + apart[middle]) % step
    return phases


def _gathered(column: np.ndarray, starts: np.ndarray, rows: int) -> np.ndarray:
    """One value for the rows of each step: the mean of the numbers, the first text."""
    if column.dtype == object:
        group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, rows)))
        there = np.flatnonzero([value is not None for value in column])
        found = np.full(len(starts), None, dtype=object)
        found[group[there[::-1]]] = column[there[::-1]]
        return found
    finite = np.isfinite(column)
    sums = np.add.reduceat(np.where(finite, column, 0.0), starts)
    counts = np.add.reduceat(finite.astype(float), starts)
    means: np.ndarray = np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
    return means


def _filled(
    codes: np.ndarray, places: np.ndarray, columns: Mapping[str, np.ndarray], count: int
) -> tuple[np.ndarray, np.ndarray, Mapping[str, np.ndarray]]:
    """Every step of every series between its ends; those that were not there hold NaN or None."""
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else np.zeros(0, dtype=int)
    ends = np.r_[starts[1:], len(codes)] - 1 if len(codes) else starts
    lengths = places[ends] - places[starts] + 1
    total = int(lengths.sum())
    if total == len(codes):
        return codes, places, columns
    if total > max(SMALL, MOST_GAPS * len(codes)):
        raise ValueError(
            f"Expected values at regular times. Found {len(codes):,} of them spread over {total:,} steps. "
            "Check the times for wrong dates, or gather the values to longer steps (days instead of minutes)."
        )
    bases = np.cumsum(lengths) - lengths
    which = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(codes)]))
    at = bases[which] + places - places[starts][which]
    filled = {name: _spread(column, at, total) for name, column in columns.items()}
    every = np.arange(total) - np.repeat(bases, lengths) + np.repeat(places[starts], lengths)
    return np.repeat(codes[starts], lengths), every, filled


def _spread(column: np.ndarray, at: np.ndarray, total: int) -> np.ndarray:
    found = np.full(total, None, dtype=object) if column.dtype == object else np.full(total, np.nan)
    found[at] = column
    return found
