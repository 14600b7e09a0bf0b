"""Raw rows to typed columns, the same way in training, in the prototype and in its server.

A value may be typed already (a float, a date) or be text as it stands in a CSV file. The schema of a column, from the manifest:
    name, role        as the profile told
    type              "number" | "date" | "flag" | "text"
    and how the training file was written, where that is known:
    missing_tokens    texts that mean that a value is missing, else MISSING
    quotes            values are wrapped in single quotes, which are not part of them
    decimal, thousands   what separates the fraction ("." or ",") and the thousands ("" for nothing)
    strip             characters around numbers that do not matter, beside DECORATION
    date_format       for `strptime`; without one, ISO dates and then DATE_FORMATS are tried
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import numpy as np

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", "nat", "<na>", "."})
DATE_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d.%m.%y",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y %H:%M", "%m/%d/%y",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%Y%m%d",
    "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%Y-%m",
)  # fmt: skip
ISO_FORMATS = frozenset({"%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"})  # read ten times faster
TRUE, FALSE = frozenset({"true", "t", "yes", "y", "1", "1.0"}), frozenset({"false", "f", "no", "n", "0", "0.0"})
DECORATION = re.compile(r"[\s\u00a0\u202f'’%€$£¥₹]|(?:EUR|USD|GBP|CHF)", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+")
ZONE = re.compile(r"\s*(Z|[+-]\d{2}:?\d{2})$")
NOWHEN = np.datetime64("NaT", "us")


def coerce(rows: Sequence[Mapping[str, Any]], schema: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Column name -> values [n]: float64 (number, flag; NaN: missing), datetime64[us] (date), object (text; None: missing)."""
    return {column["name"]: coerce_column([row[column["name"]] for row in rows], column) for column in schema}


def coerce_column(values: Iterable[Any], column: Mapping[str, Any]) -> np.ndarray:
    """One column. A value that does not fit its type counts as missing."""
    kind, tokens = column.get("type", "text"), column.get("missing_tokens")
    missing = frozenset(tokens) if tokens else None
    quotes = bool(column.get("quotes"))
    if kind == "date":
        return _to_dates([to_text(value, missing, quotes) if isinstance(value, str) else value for value in values], column)
    if kind == "text":
        texts = [to_text(value, missing, quotes) for value in values]
        return np.array([*texts, None], dtype=object)[:-1]  # the None keeps it an array of objects, also where it is empty
    if kind == "flag":
        return np.array([_to_flag(value) for value in values], dtype=float)
    written = column.get("decimal") or ".", column.get("thousands") or "", column.get("strip") or ""
    return np.array([to_number(value, *written, quotes=quotes) for value in values], dtype=float)


def to_text(value: Any, missing: frozenset[str] | None = None, quotes: bool = False) -> str | None:
    """Stripped text, None where missing. 3.0 and 3 are both "3", so a number means the same in CSV and in JSON."""
    if value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 1e15:
        value = int(value)
    text = _unquoted(str(value), quotes)
    absent = text in missing if missing is not None else text.lower() in MISSING
    return None if absent or not text else text


def to_number(value: Any, decimal: str = ".", thousands: str = "", strip: str = "", quotes: bool = False) -> float:
    """A float; NaN for what is missing or no number. Currency signs, percent signs and spaces do not matter."""
    if value is None:
        return math.nan
    if isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        return float(value) if math.isfinite(value) else math.nan
    if decimal == "." and thousands != "." and (number := _plainly(value)) is not None:
        return number
    text = DECORATION.sub("", _unquoted(str(value), quotes)).translate(str.maketrans("", "", strip))
    negative = text.startswith("(") and text.endswith(")")  # as accountants write it
    text = _plain(text.strip("()"), decimal, thousands)
    if not NUMBER.fullmatch(text):
        return math.nan
    return -float(text) if negative else float(text)


def _plainly(value: Any) -> float | None:
    """The number as Python reads it, where it is written as most files write it; the careful way takes five times as long."""
    with suppress(ValueError, TypeError):
        number = float(value)
        return number if math.isfinite(number) and "_" not in value else None
    return None


def _unquoted(text: str, quotes: bool) -> str:
    text = text.strip()
    if quotes and len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].strip()
    return text


def _plain(text: str, decimal: str, thousands: str) -> str:
    """The number with a point for its fraction and nothing between thousands."""
    if "," in text and "." in text:  # the last one separates the fraction, whatever the schema says
        grouping = "." if text.rfind(",") > text.rfind(".") else ","
        return text.replace(grouping, "").replace(",", ".")
    mark = "," if "," in text else "."
    groups = text.count(mark) > 1 or mark == thousands or (mark == "." and decimal == ",")
    if groups and GROUPED.fullmatch(text):
        return text.replace(mark, "")
    return text.replace(",", ".")


def _to_flag(value: Any) -> float:
    text = to_text(value)
    if text is None:
        return math.nan
    return 1.0 if text.lower() in TRUE else 0.0 if text.lower() in FALSE else math.nan


def _to_dates(values: list[Any], column: Mapping[str, Any]) -> np.ndarray:
    """datetime64[us], without time zone (as the clock showed it)."""
    dates = np.full(len(values), NOWHEN)
    strings: dict[int, str] = {}
    for position, value in enumerate(values):
        if isinstance(value, (datetime, date, np.datetime64)):
            dates[position] = _moment(value)
        elif (text := to_text(value)) is not None:
            strings[position] = ZONE.sub("", text) if column.get("zone") else text
    if strings:
        dates[list(strings)] = _parse_dates(list(strings.values()), column.get("date_format"))
    return dates


def _moment(value: Any) -> np.datetime64:
    if isinstance(value, datetime):  # pandas' Timestamp and NaT are among them
        return NOWHEN if str(value) == "NaT" else np.datetime64(value.replace(tzinfo=None).isoformat(), "us")
    return np.datetime64(value, "us")


def _parse_dates(texts: list[str], date_format: str | None) -> np.ndarray:
    """By the schema's format; what it does not fit, as ISO; then by whichever of DATE_FORMATS fits most of the rest."""
    dates = np.array([_parse_date(text, date_format) for text in texts], dtype="datetime64[us]")
    rest = [position for position, when in enumerate(dates) if np.isnat(when)]
    best: list[np.datetime64] = []
    for candidate in DATE_FORMATS if rest else ():
        parsed = [_parse_date(texts[position], candidate, iso=False) for position in rest]
        if sum(not np.isnat(when) for when in parsed) > sum(not np.isnat(when) for when in best):
            best = parsed
    if best:
        dates[rest] = best
    return dates


def _parse_date(text: str, date_format: str | None, iso: bool = True) -> np.datetime64:
    if date_format in ISO_FORMATS:
        with suppress(ValueError):  # "2024-1-5" is none, and is read by the format
            return np.datetime64(datetime.fromisoformat(text).replace(tzinfo=None), "us")
    if date_format:
        with suppress(ValueError):  # written in another way than its column: perhaps as ISO
            return np.datetime64(datetime.strptime(text, date_format).replace(tzinfo=None), "us")
    if iso:
        with suppress(ValueError):  # no date: a missing value
            return np.datetime64(datetime.fromisoformat(text).replace(tzinfo=None), "us")
    return NOWHEN
