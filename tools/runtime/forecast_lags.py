"""What boosted trees see of a series when they look a number of steps ahead: lags, levels, the calendar, covariates.

Everything that is measured in the series' own unit is taken relative to the level of its last season and divided by its usual
change from season to season, so that one model serves series of any size. What is learnt is how far a value lies from the last
one of the same phase, in the same unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SEASONS = 2  # of the seasons, how many have lags of their own
SAME_PHASE = 3  # how many values of the same phase are seen
LAST = 4  # how many of the last values
PLAIN_WINDOW = 8  # steps that make a level where nothing repeats


@dataclass(frozen=True)
class Look:
    """n looks ahead. features: float [n, names], NaN where unknown. base: what they start from; unit: what errors count in."""

    features: np.ndarray
    base: np.ndarray
    unit: np.ndarray


def look(known: np.ndarray, origins: np.ndarray, steps: np.ndarray, seasons: Sequence[int], few: bool = False) -> Look:
    """Looks at positions `origins` [n] of the known values (the last one that may be seen), `steps` [n] ahead (1-based).

    few: only the values of the same phase are seen. A single series has too few seasons to tell what follows upon which state.
    """
    lengths = [season for season in seasons if season > 1][:SEASONS]
    window = lengths[0] if lengths else PLAIN_WINDOW
    unit = _units(known, lengths[0] if lengths else 1)[origins]
    sums = np.concatenate([[0.0], np.cumsum(known)])
    levels = [_mean(sums, origins - back * window, window) for back in (0, 1, 2, 4)]
    level = levels[0]
    columns = [steps.astype(float)]
    base = known[origins]
    for place, season in enumerate(lengths):
        same = origins + steps - season * -(-steps // season)
        phase = [_at(known, same - back * season) for back in range(SAME_PHASE)]
        columns += [(one - level) / unit for one in phase]
        if place == 0:
            base = np.where(np.isnan(phase[0]), base, phase[0])
    if few:
        return Look(np.column_stack(columns), base, unit)
    season = lengths[0] if lengths else 1
    columns += [(_at(known, origins - back) - level) / unit for back in range(LAST)]
    columns += [(_at(known, origins - back) - _at(known, origins - back - season)) / unit for back in range(2)]
    columns += [(one - level) / unit for one in levels[1:]]
    return Look(np.column_stack(columns), base, unit)


def _at(known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values at positions; NaN before the first."""
    return np.where(places >= 0, known[np.maximum(places, 0)], np.nan)


def _mean(sums: np.ndarray, ends: np.ndarray, window: int) -> np.ndarray:
    """The mean of up to `window` values up to and with `ends`; NaN before the first."""
    stop = np.maximum(ends + 1, 0)
    start = np.maximum(stop - window, 0)
    return np.where(stop > 0, (sums[stop] - sums[start]) / np.maximum(stop - start, 1), np.nan)


def _units(known: np.ndarray, season: int) -> np.ndarray:
    """Float [n], above zero: at each position, the mean absolute change from season to season so far."""
    lag = season if len(known) > season + 1 else 1
    change = np.zeros(len(known))
    change[lag:] = np.abs(known[lag:] - known[:-lag])
    count = np.maximum(np.arange(len(known)) - lag + 1, 0)
    units = np.cumsum(change) / np.maximum(count, 1)
    usual = float(change.sum() / max(1, count[-1])) or max(abs(float(known[-1])), 1.0) * 0.01
    early = (count < season) | (units <= 0)
    return np.where(early, usual, units)


PARTS: Mapping[str, Callable[[pd.DatetimeIndex], Any]] = {
    "hour": lambda when: when.hour + when.minute / 60,
    "weekday": lambda when: when.dayofweek,
    "day": lambda when: when.day,
    "month": lambda when: when.month,
}


def calendar(times: np.ndarray, parts: Sequence[str | int]) -> np.ndarray:
    """Float [n, len(parts)] of the wanted moments: parts of the date, or, where time is counted, the phase in each season."""
    import pandas as pd

    found = np.empty((len(times), len(parts)))
    for place, part in enumerate(parts):
        found[:, place] = PARTS[part](pd.DatetimeIndex(times)) if isinstance(part, str) else times.astype(np.int64) % part
    return found


def covariates(table: pd.DataFrame, columns: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Float [n, len(columns)]: numbers as they are, texts as their place in the column's `values` (-1: not among them)."""
    import pandas as pd

    found = np.full((len(table), len(columns)), np.nan)
    for place, column in enumerate(columns):
        if column["name"] not in table.columns:
            continue
        given = table[column["name"]]
        if column.get("values") is None:
            found[:, place] = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float)
        else:
            codes = {value: float(code) for code, value in enumerate(column["values"])}
            found[:, place] = [np.nan if pd.isna(one) else codes.get(str(one), -1.0) for one in given]
    return found
