"""After how many steps series repeat: what the calendar suggests and autocorrelation confirms, or autocorrelation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.runtime.steps import UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIES = 200  # series that are looked at
POINTS = 3000  # of each, the latest
LEAST = 0.1  # mean autocorrelation at its lag that a season of the calendar needs
CLEAR = 0.3  # and one that only autocorrelation tells
NEARLY = 0.8  # of the highest peak: the shortest season that is so telling goes first
DIP = 0.03  # by how much the multiples before a longer season are lower than it
MOST_SEASONS = 3
OF_FREQUENCY: dict[str, tuple[int, ...]] = {
    "D": (7, 365), "B": (5, 260), "W": (52,), "M": (12,), "Q": (4,), "Y": (),
}  # fmt: skip
SECONDS = (60, 3600, 86400, 604800)


def seasons_of(values: Sequence[np.ndarray], frequency: str | None, step: int, hint: str | None = None) -> list[int]:
    """Lengths in points, the most telling first; empty where nothing repeats.

    values: float [length] of each series, NaN where missing. step: how many of the frequency lie between two points.
    hint: a frequency that was said of times that are counted.
    """
    chosen = _chosen(values)
    if not chosen:
        return []
    calendar = candidates(frequency or hint, step)
    confirmed = [lag for lag in calendar if _repeats(chosen, lag) >= LEAST]
    if confirmed:
        return confirmed[:MOST_SEASONS]
    return [] if frequency is not None and _too_few(chosen, calendar) else _found(chosen)


def candidates(frequency: str | None, step: int) -> list[int]:
    """What the calendar suggests, in points, shortest first."""
    if frequency is None:
        return []
    name = frequency.partition("-")[0]
    if name in UNITS and name != "D":
        lags = [seconds * 10**9 / (UNITS[name] * step) for seconds in SECONDS]
    else:
        lags = [one / step for one in OF_FREQUENCY[name if name in OF_FREQUENCY else name[0]]]
    return [int(lag) for lag in lags if lag >= 2 and lag == int(lag)]


def _chosen(values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The latest points of some series, gaps bridged by straight lines; those that never change are of no use."""
    places = np.unique(np.linspace(0, len(values) - 1, min(SERIES, len(values))).astype(int)).tolist() if len(values) else []
    found = []
    for place in places:
        series = np.asarray(values[place][-POINTS:], dtype=float)
        there = np.flatnonzero(np.isfinite(series))
        if len(there) >= 8 and series[there].max() > series[there].min():
            found.append(np.interp(np.arange(len(series)), there, series[there]))
    return found


def _repeats(series: list[np.ndarray], lag: int) -> float:
    """Mean autocorrelation at a lag of what a moving mean over the lag leaves; -1 where no series lasts two of them.

    -1 also where a quarter of the lag earlier or later it is higher: a slow wave resembles itself at every short lag, and the
    hour is no season of the day's curve. A quarter, because noise hides how neighbours of a long lag differ.
    """
    levelled = [_levelled(one, lag) for one in series if len(one) >= 2 * lag + 2]
    if len(levelled) < max(1, 0.3 * len(series)):
        return -1.0
    chance = 2.0 / sum(len(one) for one in series) ** 0.5
    quarter = max(1, round(lag / 4))
    before, found, after = (float(np.mean([_at(one, at) for one in levelled])) for at in (lag - quarter, lag, lag + quarter))
    return found if found > chance and found >= max(before, after) else -1.0


def _levelled(series: np.ndarray, length: int) -> np.ndarray:
    """Without trend: less the mean of the points around (at the ends, of those that there are)."""
    sums = np.cumsum(np.r_[0.0, series])
    at = np.arange(len(series)) - length // 2
    shifts = (0,) if length % 2 else (0, 1)  # the mean of two windows is centred where one of even length is not
    around = [(np.maximum(at + shift, 0), np.minimum(at + shift + length, len(series))) for shift in shifts]
    levelled: np.ndarray = series - np.mean([(sums[end] - sums[start]) / (end - start) for start, end in around], axis=0)
    return levelled


def _at(series: np.ndarray, lag: int) -> float:
    centred = series - series.mean()
    spread = float(centred @ centred)
    return float(centred[lag:] @ centred[:-lag]) / spread * len(series) / (len(series) - lag) if spread > 0 else 0.0


def _too_few(series: list[np.ndarray], calendar: list[int]) -> bool:
    """Whether the calendar's seasons could not be checked, so that nothing better is known."""
    return bool(calendar) and max(len(one) for one in series) < 2 * min(calendar) + 2


def _found(series: list[np.ndarray]) -> list[int]:
    """Seasons by autocorrelation alone: of its peaks the shortest that is nearly as high as the highest, then its multiples."""
    longest = int(np.percentile([len(one) for one in series], 20)) // 3
    if longest < 3:
        return []
    curves = [_curve(one, longest) for one in series if len(one) >= 3 * longest]
    mean = np.mean(curves, axis=0)
    peaks = [lag for lag in range(2, longest) if mean[lag] >= max(mean[lag - 1], mean[lag + 1]) and mean[lag] >= CLEAR]
    if not peaks:
        return []
    highest = max(mean[lag] for lag in peaks)
    near = min(lag for lag in peaks if mean[lag] >= NEARLY * highest)
    # slower waves shift a peak a little; without them its own place shows
    first = max((lag for lag in (near, near - 1, near + 1) if lag >= 2), key=lambda lag: _repeats(series, lag))
    return [first, *(lag for lag in range(3 * first, longest, first) if _stands_out(mean, lag, first))][:MOST_SEASONS]


def _curve(series: np.ndarray, longest: int) -> np.ndarray:
    """Autocorrelation at lags 0..longest of the series without its straight trend."""
    at = np.arange(len(series))
    centred = series - np.polyval(np.polyfit(at, series, 1), at)
    size = 1 << (2 * len(series) - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    products = np.fft.irfft(power, size)[: longest + 1]
    if products[0] <= 0:
        return np.zeros(longest + 1)
    found: np.ndarray = products / products[0] * len(series) / (len(series) - np.arange(longest + 1))
    return found


def _stands_out(mean: np.ndarray, lag: int, first: int) -> bool:
    """Whether a multiple of the first season is the highest of its neighbours after a dip: the week among the days."""
    multiples = mean[first::first]
    place = lag // first - 1
    around = multiples[max(0, place - 2) : place + 3]
    telling = place + 1 < len(multiples) and mean[lag] >= max(CLEAR, NEARLY * mean[first], around.max())
    return bool(telling and mean[lag] > multiples[:place].min() + DIP)
