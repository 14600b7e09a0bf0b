"""Time as whole steps of a frequency: hours, business days, weeks that end on a Sunday, month ends, quarters from February.

An ordinal counts steps of the frequency from a fixed origin, so that neighbours differ by one. Frequencies are pandas' offset
aliases: `ns us ms s min h D B W-SUN..W-SAT MS ME QS-JAN..QS-DEC QE-JAN..QE-DEC YS-JAN..YS-DEC YE-JAN..YE-DEC`.
None: time is counted in whole numbers, and an ordinal is the number itself.
"""

from __future__ import annotations

import numpy as np

UNITS = {
    "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9, "D": 86400 * 10**9,
}  # fmt: skip
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS_OF = {"M": 1, "Q": 3, "Y": 12}
MONDAY = np.datetime64("1970-01-05", "D")


def ordinals(times: np.ndarray, frequency: str | None, offset: float | None = 0.0) -> np.ndarray:
    """int64 [n]: which step each time belongs to. times: datetime64, or whole numbers where the frequency is None.

    offset: seconds by which the person's times lie after the start of their step (08:30 every day: 30600); each time then
    belongs to the nearest step. None: times lie anywhere, and belong to the step that they fall into.
    Raises ValueError for a frequency that is not known.
    """
    if frequency is None:
        return np.asarray(times, dtype=np.int64)
    name, _, anchor = frequency.partition("-")
    times = np.asarray(times).astype("datetime64[ns]")
    if name in UNITS:
        unit = UNITS[name]
        since = times.astype(np.int64) - round((offset or 0.0) * 10**9)
        steps: np.ndarray = (since + (0 if offset is None else unit // 2)) // unit
        return steps
    days = times.astype("datetime64[D]")
    if name == "B":
        return np.busday_count(np.datetime64("1970-01-01", "D"), np.busday_offset(days, 0, roll="backward")).astype(np.int64)
    if name == "W":
        first = MONDAY + WEEKDAYS.index(anchor or "SUN")
        return ((days - first).astype(np.int64) + 3) // 7
    months = nearest_days(times, (offset or 0.0) % 86400).astype("datetime64[M]").astype(np.int64)
    length, ahead = _months(frequency)
    return (months - ahead) // length


def nearest_days(times: np.ndarray, clock: float) -> np.ndarray:
    """datetime64[D] [n]: the day whose `clock` (seconds after midnight) is nearest, without one the day itself.

    Month starts of London, written as UTC, lie at 23:00 in summer and an hour later, on the next day, in winter.
    """
    shift = np.timedelta64(round((43200 - clock) * 10**9) if clock else 0, "ns")
    found: np.ndarray = (np.asarray(times).astype("datetime64[ns]") + shift).astype("datetime64[D]")
    return found


def moments(steps: np.ndarray, frequency: str | None) -> np.ndarray:
    """The times of ordinals: datetime64[ns] [n] on the grid of pandas' `date_range`, or int64 where time is counted."""
    steps = np.asarray(steps, dtype=np.int64)
    if frequency is None:
        return steps
    name, _, anchor = frequency.partition("-")
    if name in UNITS:
        return (steps * UNITS[name]).astype("datetime64[ns]")
    if name == "B":
        return np.busday_offset(np.datetime64("1970-01-01", "D"), steps).astype("datetime64[ns]")
    if name == "W":
        first = MONDAY + WEEKDAYS.index(anchor or "SUN")
        return (first + 7 * steps).astype("datetime64[ns]")
    length, ahead = _months(frequency)
    first_month = (steps * length + ahead).astype("datetime64[M]")
    if name.endswith("E"):
        return ((first_month + length).astype("datetime64[D]") - 1).astype("datetime64[ns]")
    return first_month.astype("datetime64[ns]")


def _months(frequency: str) -> tuple[int, int]:
    """(months in a step, months by which step 0 begins after January 1970). QE-DEC ends with December: it begins in January."""
    name, _, anchor = frequency.partition("-")
    if name[:1] not in MONTHS_OF or name[1:] not in ("S", "E") or (anchor and anchor not in MONTHS):
        raise ValueError(
            f"Expected a frequency such as h, D, B, W-SUN, MS, ME, QS-JAN or YE-DEC. Found {frequency!r}. Write one of these."
        )
    length = MONTHS_OF[name[0]]
    if name[1] == "S":
        return length, MONTHS.index(anchor or "JAN") % length
    return length, (MONTHS.index(anchor or "DEC") + 1) % length
