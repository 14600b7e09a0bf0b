"""How far apart the rows of series are: the frequency, the steps between points, where in a step they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.runtime.steps import MONTHS, UNITS, WEEKDAYS, nearest_days, ordinals

if TYPE_CHECKING:
    import numpy as np

SERIES = 300  # series that are looked at
FEWEST_BUSINESS_DAYS = 8
MOSTLY = 0.8  # share of the gaps that are whole multiples of the usual one, where times are regular
DAY, HOUR = 86400 * 10**9, 3600 * 10**9
YEAR = 365.25  # days
FEWEST_FIXED = 5  # different days from which on equal gaps are no months: four months in a row are never equally long
COARSENESS = ("ns", "us", "ms", "s", "min", "h", "D", "B", "W", "M", "Q", "Y")
GATHERED = ((1, "s"), (60, "min"), (3600, "h"), (86400, "D"), (604800, "W-SUN"), (2678400, "MS"))  # seconds, frequency


@dataclass(frozen=True)
class Rhythm:
    """frequency, step, offset: as in `SeriesForm`. regular: share of the gaps that are a whole number of steps, 0..1."""

    frequency: str | None
    step: int
    offset: float | None = 0.0
    regular: float = 1.0

    @property
    def alias(self) -> str | None:
        """Frequency and steps as one pandas offset alias: `15min`."""
        return self.frequency if self.step == 1 or self.frequency is None else f"{self.step}{self.frequency}"


def split_alias(alias: str) -> tuple[int, str]:
    """`15min` -> (15, `min`)."""
    name = alias.lstrip("0123456789")
    return int(alias[: len(alias) - len(name)] or 1), name


def rhythm_of(codes: np.ndarray, times: np.ndarray, wanted: str | None = None) -> Rhythm:
    """The rhythm of series. codes: int [n], which series; times: datetime64[ns] or int64 [n].

    wanted: a frequency (`h`, `15min`) that was said; the rows are gathered to it where it is longer than their own.
    """
    import numpy as np

    long, wanted = split_alias(wanted) if wanted else (1, None)

    codes, times = _some(codes, times)
    if times.dtype.kind == "i":
        gaps = _gaps(codes, times)
        return Rhythm(None, int(_commonest(gaps)) if len(gaps) else 1)
    stamps = times.astype("datetime64[ns]").astype(np.int64)
    gaps = _gaps(codes, stamps)
    if not len(gaps):
        return Rhythm(wanted or "D", long, None if wanted else 0.0)
    found = _of_days(codes, times) if _whole_days(stamps, gaps) else _within_days(stamps, gaps)
    if found is None or found.regular < MOSTLY:
        found = _gathered(float(np.median(gaps)) / 10**9)
    if wanted is not None and _coarser(wanted, found.frequency):
        return Rhythm(wanted, long, None)
    return found


def _coarser(one: str, other: str | None) -> bool:
    names = [frequency.partition("-")[0] for frequency in (one, other or "ns")]
    first, second = (COARSENESS.index(n if n in COARSENESS else n[0]) for n in names)
    return first > second and not (names[0] == "B" and names[1] == "D")


def _some(codes: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of some series, ordered by series and time, each time once."""
    import numpy as np

    count = int(codes.max()) + 1 if len(codes) else 0
    if count > SERIES:
        chosen = np.unique(np.linspace(0, count - 1, SERIES).astype(int))
        keep = np.isin(codes, chosen)
        codes, times = codes[keep], times[keep]
    order = np.lexsort((times, codes))
    codes, times = codes[order], times[order]
    new = np.ones(len(codes), dtype=bool)
    new[1:] = (codes[1:] != codes[:-1]) | (times[1:] != times[:-1])
    return codes[new], times[new]


def _gaps(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Differences between neighbours of a series."""
    same = codes[1:] == codes[:-1]
    found: np.ndarray = (values[1:] - values[:-1])[same]
    return found[found > 0]


def _commonest(values: np.ndarray) -> int:
    """The most frequent value; the smallest of equally frequent ones."""
    import numpy as np

    distinct, counts = np.unique(values, return_counts=True)
    return int(distinct[counts.argmax()])


def _whole_days(stamps: np.ndarray, gaps: np.ndarray) -> bool:
    """Whether the time of day says nothing: it is the same in nearly all rows, and there are not several of a day.

    Midnights of a place with summer time, written as UTC, lie at two times of day that are an hour apart.
    """
    import numpy as np

    apart = (stamps - _commonest(stamps % DAY)) % DAY
    if float(np.mean(apart == 0)) >= 0.95:
        return True
    shifted = float(np.mean(np.isin(apart, (0, HOUR, DAY - HOUR))))
    return shifted >= 0.95 and float(np.mean(gaps >= DAY - HOUR)) >= 0.95


def _clock(stamps: np.ndarray) -> int:
    """The usual time of day. Of 23:00 and the midnight after it, the former: then both belong to one day."""
    import numpy as np

    of_day = stamps % DAY
    usual = _commonest(of_day)
    return DAY - HOUR if usual == 0 and float(np.mean(of_day == DAY - HOUR)) > 0.05 else usual


def _of_days(codes: np.ndarray, times: np.ndarray) -> Rhythm | None:
    """Days, business days, weeks, months, quarters, years; None where the days follow no rule."""
    import numpy as np

    stamps = times.astype(np.int64)
    clock = _clock(stamps) / 10**9
    days = nearest_days(times, clock)
    gaps = _gaps(codes, days.astype(np.int64))
    if not len(gaps):
        return None
    usual = _commonest(gaps)
    multiples = float(np.mean(gaps % usual == 0))
    years = max(1, round(usual / YEAR)) * YEAR
    fixed = multiples >= 0.95 and len(np.unique(days)) >= FEWEST_FIXED and abs(usual - years) > 1
    if usual >= 28 and not fixed and (found := _of_months(codes, days, clock)) is not None:
        return found
    weekdays = (days.astype(np.int64) + 3) % 7  # 0 is Monday
    if usual == 1 and len(days) >= FEWEST_BUSINESS_DAYS and (weekdays < 5).all() and bool((gaps == 3).any()):
        return Rhythm("B", 1, clock)
    if usual % 7 == 0:
        anchor = _commonest(weekdays)
        near = float(np.mean(np.abs(gaps / usual - np.round(gaps / usual)) * usual <= 3))
        return Rhythm(f"W-{WEEKDAYS[anchor]}", usual // 7, clock, near)
    return Rhythm("D", usual, clock, multiples)


def _of_months(codes: np.ndarray, days: np.ndarray, clock: float) -> Rhythm | None:
    import numpy as np

    months = days.astype("datetime64[M]")
    gaps = _gaps(codes, months.astype(np.int64))
    if not len(gaps):
        return None
    usual = _commonest(gaps)
    of_month = (days - months.astype("datetime64[D]")).astype(np.int64)  # 0 is the first
    last = ((months + 1).astype("datetime64[D]") - 1 - days).astype(np.int64)
    varies = float(np.mean(of_month == _commonest(of_month))) < 0.95
    end = float(np.mean(last == 0)) > 0.95 or (varies and float(np.mean(last <= 3)) > 0.9)
    offset = clock + (0.0 if end else 86400.0 * _commonest(of_month))
    regular = float(np.mean(gaps % usual == 0))
    month = int(months.astype(np.int64)[0] % 12)
    length = next((name for name, long in (("Y", 12), ("Q", 3)) if usual % long == 0), "M")
    if length == "M":
        return Rhythm("ME" if end else "MS", usual, offset, regular)
    long = 12 if length == "Y" else 3
    anchor = MONTHS[month] if length == "Y" else MONTHS[month % 3 + 9] if end else MONTHS[month % 3]
    return Rhythm(f"{length}{'E' if end else 'S'}-{anchor}", usual // long, offset, regular)


def _within_days(stamps: np.ndarray, gaps: np.ndarray) -> Rhythm | None:
    """Hours, minutes, seconds and parts of them."""
    import numpy as np

    usual = _commonest(gaps)
    if float(np.mean(gaps == usual)) < 0.3:  # stamps that waver around their times
        usual = _rounded(float(np.median(gaps)))
    name, unit = next((one, UNITS[one]) for one in ("D", "h", "min", "s", "ms", "us", "ns") if usual % UNITS[one] == 0)
    apart = np.abs(gaps / usual - np.round(gaps / usual))
    regular = float(np.mean((apart < 0.1) & (gaps > 0.5 * usual)))
    return Rhythm(name, usual // unit, _offset(stamps, unit, usual), regular)


def _rounded(gap: float) -> int:
    """The next length that people choose: 1, 2, 5, 10, 15, 20, 30 of a unit."""
    lengths = [count * UNITS[unit] for unit in ("ms", "s", "min", "h") for count in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)]
    return min(lengths, key=lambda length: abs(length - gap) / length)


def _offset(stamps: np.ndarray, unit: int, usual: int) -> float | None:
    """Seconds after the start of a unit at which points lie; None where they lie anywhere.

    Where they waver by much of a unit (by ten seconds of a minute), and points are many units apart, it is the middle of them
    in the whole step: whoever rounds to units then comes to the same one in every part of the table.
    """
    found = _phase(stamps % unit, unit)
    if found is not None or usual == unit:
        return found
    middle, close = _centre(stamps % usual, usual)
    seconds = middle % unit / 10**9
    return None if close < 0.5 else 0.0 if min(seconds, unit / 10**9 - seconds) < 0.25 * unit / 10**9 else seconds


def _phase(within: np.ndarray, unit: int) -> float | None:
    """Seconds after the start of a unit at which nearly all points lie; None where they lie anywhere."""
    import numpy as np

    usual = _commonest(within)
    if float(np.mean(within == usual)) >= MOSTLY:
        return usual / 10**9
    middle, close = _centre(within, unit)
    if close < 0.9:
        return None
    phase = middle / 10**9
    return 0.0 if min(phase, unit / 10**9 - phase) < 0.1 * unit / 10**9 else phase


def _centre(within: np.ndarray, length: int) -> tuple[float, float]:
    """The mean place on a circle of that length, and how close to each other the places are, 0..1."""
    import numpy as np

    centre = complex(np.exp(2j * np.pi / length * within).mean())
    return float(np.angle(centre) / (2 * np.pi) % 1.0 * length), abs(centre)


def _gathered(median_seconds: float) -> Rhythm:
    """For times without rule: steps into which at least a point falls as a rule."""
    frequency = next((name for seconds, name in GATHERED if median_seconds <= seconds), "YS-JAN")
    return Rhythm(frequency, 1, None, 0.0)


def points_a_step(codes: np.ndarray, times: np.ndarray, rhythm: Rhythm) -> float:
    """Rows for each step of a series that has any: 1 where none share a step."""
    import numpy as np

    steps = ordinals(times, rhythm.frequency, rhythm.offset) // max(1, rhythm.step)
    return len(steps) / max(1, len(np.unique(np.stack([codes, steps], axis=1), axis=0)))
