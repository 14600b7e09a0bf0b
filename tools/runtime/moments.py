"""Times as people write them: one column of dates or numbers, quarters, weeks, or parts in several columns; and back again.

How a column is written stands in the form's `formats` under its name, with the keys of `rows.py`, and `style` where it is no
plain date: `quarter` (2020Q1), `week` (2020-W05, ISO), `month` (1990M01), `epoch` (seconds, or with `unit` ms, us, ns).
`suffix`: the time zone that stands behind each time (`Z`), left out when it is read and appended when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from .rows import coerce_column, to_number, to_text

if TYPE_CHECKING:
    import pandas as pd

NEVER = np.datetime64("NaT", "ns")
PARTS = ("date", "clock", "year", "quarter", "month", "week", "day", "hour", "minute", "second")
CLOCK = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::?(\d{2})(?:\.\d+)?)?\s*(am|pm)?", re.IGNORECASE)
YEAR, MARK = r"(?P<year>\d{4})\s*[-/ ]?\s*", r"\s*[-/ ]?\s*(?P<year2>\d{4})"
STYLES = {
    "quarter": re.compile(rf"{YEAR}[QTK]\s*(?P<part>[1-4])|[QTK]\s*(?P<part2>[1-4]){MARK}", re.IGNORECASE),
    "week": re.compile(rf"{YEAR}(?:W|KW|S)\s*(?P<part>\d{{1,2}})|(?:W|KW|S)\s*(?P<part2>\d{{1,2}}){MARK}", re.IGNORECASE),
    "month": re.compile(rf"{YEAR}M\s*(?P<part>\d{{1,2}})|M\s*(?P<part2>\d{{1,2}}){MARK}", re.IGNORECASE),
}
MONTH_NAMES = {
    "jan": 1, "ene": 1, "feb": 2, "fev": 2, "fév": 2, "mar": 3, "mär": 3, "mae": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5,
    "mai": 5, "jun": 6, "juin": 6, "jul": 7, "juil": 7, "aug": 8, "aou": 8, "aoû": 8, "ago": 8, "sep": 9, "oct": 10, "okt": 10,
    "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip


def time_columns(form: Mapping[str, Any]) -> list[str]:
    """The columns that together tell the time."""
    return list(dict.fromkeys((form.get("time_parts") or {}).values())) or [form["time_column"]]


def read_times(table: pd.DataFrame, form: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """(datetime64[ns] [n], or int64 where time is counted; bool [n], which of them could be read)."""
    formats = form.get("formats") or {}
    if parts := form.get("time_parts"):
        return _from_parts(table, parts, formats)
    name = form["time_column"]
    if form.get("frequency") is None:
        counted = numbers(table[name], formats.get(name, {}))
        there = np.isfinite(counted) & (counted == np.floor(counted))
        return np.where(there, counted, 0).astype(np.int64), there
    times = dates(table[name], formats.get(name, {}))
    return times, ~np.isnat(times)


def dates(column: pd.Series, written: Mapping[str, Any]) -> np.ndarray:
    """datetime64[ns] [n]; NaT for what is no time. Each different value is read once."""
    import pandas as pd

    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy().astype("datetime64[ns]")
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    values = list(distinct)
    style = written.get("style")
    if style == "epoch":
        found = _epochs(np.array([to_number(value) for value in values]), str(written.get("unit") or "s"))
    elif style in STYLES:
        found = np.array([_styled(to_text(value), style) for value in values], dtype="datetime64[ns]")
    else:
        texts = [value if hasattr(value, "year") else to_text(value) for value in values]
        found = coerce_column(texts, {**written, "type": "date"}).astype("datetime64[ns]")
    return np.append(found, NEVER)[codes]


def numbers(column: pd.Series, written: Mapping[str, Any]) -> np.ndarray:
    """float64 [n], NaN for what is no number."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    found: np.ndarray = coerce_column(column.tolist(), {**written, "type": "number"})
    return found


def write_times(times: np.ndarray, form: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Column -> values, as the person's own file writes them; whole numbers where time is counted or stands in parts."""
    formats = form.get("formats") or {}
    if form.get("frequency") is None:
        return {form["time_column"]: [int(time) for time in times]}
    shift = np.timedelta64(round((form.get("offset") or 0.0) * 10**9), "ns")
    stamps = np.asarray(times).astype("datetime64[ns]") + shift
    parts = form.get("time_parts")
    if not parts:
        return {form["time_column"]: _written(stamps, formats.get(form["time_column"], {}))}
    return {column: _part(stamps, part, formats.get(column, {})) for part, column in parts.items()}


def _epochs(values: np.ndarray, unit: str) -> np.ndarray:
    scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    there = np.isfinite(values)
    found = (np.where(there, values, 0) * scale).astype(np.int64).astype("datetime64[ns]")
    found[~there] = NEVER
    return found


def _styled(text: str | None, style: str) -> np.datetime64:
    match = STYLES[style].fullmatch(text.strip()) if text else None
    if match is None:
        return NEVER
    year, part = int(match["year"] or match["year2"]), int(match["part"] or match["part2"])
    return _of_part(year, part, style)


def _of_part(year: int, part: int, style: str) -> np.datetime64:
    """The first day of a quarter, month or ISO week."""
    try:
        if style == "week":
            return np.datetime64(date.fromisocalendar(year, part, 1), "ns")
        month = 3 * part - 2 if style == "quarter" else part
        return np.datetime64(date(year, month, 1), "ns")
    except ValueError:
        return NEVER


def _from_parts(
    table: pd.DataFrame, parts: Mapping[str, str], formats: Mapping[str, Mapping[str, Any]]
) -> tuple[np.ndarray, np.ndarray]:
    def part(name: str, least: float) -> np.ndarray:
        if name not in parts:
            return np.full(len(table), least)
        column = table[parts[name]]
        values = numbers(column, formats.get(parts[name], {}))
        return _month_names(column, values) if name == "month" else values

    if "date" in parts:
        days = dates(table[parts["date"]], formats.get(parts["date"], {})).astype("datetime64[D]").astype("datetime64[ns]")
    else:
        coarse = next((name for name in ("week", "quarter") if name in parts and "month" not in parts), None)
        days = _days(part("year", np.nan), part(coarse or "month", 1), coarse or "month", part("day", 1))
    seconds = 3600 * part("hour", 0) + 60 * part("minute", 0) + part("second", 0)
    if "clock" in parts:
        seconds = seconds + _clocks(table[parts["clock"]])
    there = ~np.isnat(days) & np.isfinite(seconds)
    return days + (np.where(there, seconds, 0) * 10**9).astype("timedelta64[ns]"), there


def _days(years: np.ndarray, parts: np.ndarray, style: str, days: np.ndarray) -> np.ndarray:
    """datetime64[ns] of year, month (or quarter, or ISO week) and day of the month (of the week)."""
    there = np.isfinite(years) & np.isfinite(parts) & np.isfinite(days)
    key = np.stack([np.where(there, years, 0), np.where(there, parts, 0)], axis=1).astype(int)
    distinct, place = np.unique(key, axis=0, return_inverse=True)
    first = np.array([_of_part(int(year), int(one), style) for year, one in distinct], dtype="datetime64[ns]")
    found: np.ndarray = first[place.ravel()] + (np.where(there, days, 1).astype(np.int64) - 1) * np.timedelta64(86400, "s")
    found[~there] = NEVER
    return found


def _month_names(column: pd.Series, values: np.ndarray) -> np.ndarray:
    if np.isfinite(values).all():
        return values
    names = column.map(lambda cell: str(cell).strip().lower().rstrip("."))
    return np.where(np.isfinite(values), values, [MONTH_NAMES.get(n[:4], MONTH_NAMES.get(n[:3], np.nan)) for n in names])


def _clocks(column: pd.Series) -> np.ndarray:
    """Seconds since midnight, of texts such as 14:30 or 2:30 pm and of moments."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        moments = column.to_numpy().astype("datetime64[ns]")
        return np.where(np.isnat(moments), np.nan, (moments - moments.astype("datetime64[D]")).astype(np.int64) / 10**9)
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    return np.append([_clock(to_text(value)) for value in distinct], np.nan)[codes]


def _clock(text: str | None) -> float:
    match = CLOCK.fullmatch(text.strip()) if text else None
    if match is None:
        return float("nan")
    hour, minute, second = (int(match[number] or 0) for number in (1, 2, 3))
    if match[4]:
        hour = hour % 12 + 12 * (match[4].lower() == "pm")
    return float(3600 * hour + 60 * minute + second)


def _written(stamps: np.ndarray, written: Mapping[str, Any]) -> list[Any]:
    import pandas as pd

    index = pd.DatetimeIndex(stamps)
    style, date_format = written.get("style"), written.get("date_format")
    if style == "epoch":
        scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[str(written.get("unit") or "s")]
        return [int(value) // scale for value in index.asi8]
    if style == "quarter":
        return [f"{one.year}Q{one.quarter}" for one in index]
    if style == "month":
        return [f"{one.year}M{one.month:02d}" for one in index]
    if style == "week":
        return [f"{one.isocalendar()[0]}-W{one.isocalendar()[1]:02d}" for one in index]
    if not date_format:
        date_format = "%Y-%m-%d" if (index == index.normalize()).all() else "%Y-%m-%d %H:%M:%S"
    return _with_zone(index.strftime(date_format), written)


def _with_zone(texts: Iterable[str], written: Mapping[str, Any]) -> list[Any]:
    """As the history has it: the same moment without its zone would be another one to whoever reads it."""
    return [f"{text}{written.get('suffix') or ''}" for text in texts]


def _part(stamps: np.ndarray, part: str, written: Mapping[str, Any]) -> list[Any]:
    import pandas as pd

    index = pd.DatetimeIndex(stamps)
    if part == "date":
        return _written(index.normalize().to_numpy(), {**written, "date_format": written.get("date_format") or "%Y-%m-%d"})
    if part == "clock":
        return _with_zone(index.strftime(written.get("date_format") or "%H:%M"), written)
    if part == "week":
        return [one.isocalendar()[1] for one in index]
    return [int(value) for value in getattr(index, part)]
