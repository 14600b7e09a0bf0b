"""Which columns of a table tell the time, and how it is written in them; told from the profile alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tools.core.data import ColumnProfile, FileProfile
from tools.runtime.moments import CLOCK, MONTH_NAMES, STYLES

PART_NAMES: dict[str, re.Pattern[str]] = {
    part: re.compile(rf"^(?:.*[_ .-])?(?:{names})(?:[_ .-]?(?:no|nr|num|number|utc|local|of[_ .-]?\w+))?$", re.IGNORECASE)
    for part, names in {
        "year": "year|yr|yyyy|jahr|annee|année|ano|año",
        "quarter": "quarter|qtr|quartal|trimestre",
        "month": "month|mon|mm|monat|mois|mes",
        "week": "week|wk|kw|woche|semaine|semana",
        "day": "day|dd|tag|jour|dia|día",
        "hour": "hour|hr|hh|stunde|std|heure|hora",
        "minute": "minute|min|minuto",
        "second": "second|sec|sekunde|seconde|segundo",
    }.items()
}
RANGES = {
    "year": (1000, 3000), "quarter": (1, 4), "month": (1, 12), "week": (1, 53), "day": (1, 31), "hour": (0, 24),
    "minute": (0, 59), "second": (0, 60),
}  # fmt: skip
CLOCK_NAME = re.compile(r"time|uhr|zeit|heure|hora|clock|hour|stunde", re.IGNORECASE)
WHEN_NAME = re.compile(
    r"^(ds|date|datetime|timestamp|time|ts|month|day|week|year|quarter|period|datum|zeit|zeitpunkt|monat|tag|woche|fecha|mes|dia|"
    r"semana|mois|jour|semaine|heure|when|yyyy_?mm(_?dd)?)$|(date|time|datum|fecha|zeit|stamp|period|month|week|_at|_on)$",
    re.IGNORECASE,
)
NOT_WHEN = re.compile(
    r"birth|born|geburt|naiss|nacim|created|updated|modified|opened|signup|founded|start|end|until|expir", re.I
)
COUNT_NAME = re.compile(
    r"^(t|ds|time|step|steps|period|tick|index|idx|hour|day|week|month|year|quarter|minute|second|no|nr|jahr|tag|stunde|woche|monat|zeit|"
    r"année|annee|mois|jour|heure|año|ano|mes|dia|hora|schritt|d|.*_?(step|tick|hours?|days?|weeks?|months?|years?|time|period))$",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])?")
EPOCHS = (("s", 1e8, 4.2e9), ("ms", 1e11, 4.2e12), ("us", 1e14, 4.2e15), ("ns", 1e17, 4.2e18))


@dataclass(frozen=True)
class Timing:
    """column: the first one of the time. parts: as `SeriesForm.time_parts`. formats: column -> how it is written.

    counted: whole numbers, no dates. worth: how surely this is the time of the rows, 0..1.
    """

    column: str
    parts: dict[str, str] = field(default_factory=dict)
    formats: dict[str, dict[str, Any]] = field(default_factory=dict)
    counted: bool = False
    worth: float = 0.5

    @property
    def columns(self) -> list[str]:
        """All columns that tell the time."""
        return list(dict.fromkeys(self.parts.values())) or [self.column]


def timings(file: FileProfile) -> list[Timing]:
    """The ways in which a table tells time, the surest first; empty where it does not."""
    schema = {str(entry["name"]): dict(entry) for entry in file.facts.get("columns_schema", [])}
    found = [_of_column(column, file, schema.get(column.name, {})) for column in file.columns]
    parted = _of_parts(file, schema)
    every = [one for one in (parted, *found) if one is not None]
    return sorted(every, key=lambda timing: -timing.worth)


def timing_of(file: FileProfile, column: str | None) -> Timing | None:
    """How a table tells time in the column of that name (and those beside it); its best way where no name is given."""
    every = timings(file)
    if column is None:
        return every[0] if every else None
    named = [timing for timing in every if column == timing.column] or [timing for timing in every if column in timing.columns]
    if named or file.column(column) is None:
        return named[0] if named else None
    chosen = file.column(column)
    if chosen is not None and chosen.dtype in ("integer", "number"):
        return Timing(column, counted=True)
    return None


def _of_column(column: ColumnProfile, file: FileProfile, written: dict[str, Any]) -> Timing | None:
    """What one column alone tells, None where it is no time."""
    if column.role in ("empty", "constant") or column.unique < 2:
        return None
    bonus = 0.15 * bool(WHEN_NAME.search(column.name)) - 0.3 * bool(NOT_WHEN.search(column.name))
    bonus -= 0.2 * (column.missing > 0.05 * column.rows)
    if column.dtype == "datetime":
        if str(column.minimum or "").startswith("1900-01-01T"):
            return None  # times of day without a day
        parts, worth = _with_clock(column, file)
        formats = {name: _date_format(file, name, written) for name in parts.values()} or {
            column.name: _date_format(file, column.name, written)
        }
        return Timing(column.name, parts, formats, worth=worth + bonus)
    if column.dtype == "text":
        return _of_texts(column, bonus)
    return _of_numbers(column, bonus)


def _date_format(file: FileProfile, name: str, written: dict[str, Any]) -> dict[str, Any]:
    schema = {str(entry["name"]): dict(entry) for entry in file.facts.get("columns_schema", [])}
    entry = schema.get(name, written)
    kept = {key: entry[key] for key in ("date_format", "zone", "suffix", "quotes") if entry.get(key)}
    return {"type": "date" if entry.get("kind") == "date" else "text", **kept}


def _with_clock(column: ColumnProfile, file: FileProfile) -> tuple[dict[str, str], float]:
    """The parts where a column of days stands beside one of the time of day; and how surely it is the time."""
    days = str(column.minimum or "").endswith("T00:00:00") and str(column.maximum or "").endswith("T00:00:00")
    if days and column.unique < 0.7 * (column.rows - column.missing):
        for other in file.columns:
            if other is not column and (part := _clock_part(other)):
                return {"date": column.name, part: other.name}, 0.85
    return {}, 0.8


def _clock_part(column: ColumnProfile) -> str | None:
    if column.dtype == "datetime" and str(column.minimum or "").startswith("1900-01-01T"):
        return "clock"
    if not CLOCK_NAME.search(column.name):
        return None
    if column.dtype == "integer" and _within(column, "hour") and 12 <= column.unique <= 25:
        return "hour"
    texts = column.dtype == "text" and column.examples
    return "clock" if texts and all(":" in one and CLOCK.fullmatch(one.strip()) for one in column.examples) else None


def _of_texts(column: ColumnProfile, bonus: float) -> Timing | None:
    if not column.examples:
        return None
    for style, pattern in STYLES.items():
        if all(pattern.fullmatch(example.strip()) for example in column.examples):
            return Timing(column.name, formats={column.name: {"type": "text", "style": style}}, worth=0.75 + bonus)
    return None


def _of_numbers(column: ColumnProfile, bonus: float) -> Timing | None:
    """Compact dates (20240131), seconds since 1970, or steps that are counted."""
    lowest, highest = column.minimum, column.maximum
    if not isinstance(lowest, float) or not isinstance(highest, float):
        return None
    if column.dtype == "integer" and all(COMPACT.fullmatch(example) for example in column.examples):
        length = len(column.examples[0])
        if all(len(f"{end:.0f}") == length for end in (lowest, highest)) and (length == 8 or bonus > 0):
            written = {"type": "text", "date_format": "%Y%m%d"} if length == 8 else {"type": "text", "date_format": "%Y%m"}
            return Timing(column.name, formats={column.name: written}, worth=0.7 + bonus)
    for unit, least, most in EPOCHS:
        if column.dtype == "integer" and least <= lowest and highest <= most and bonus > 0:
            return Timing(
                column.name, formats={column.name: {"type": "number", "style": "epoch", "unit": unit}}, worth=0.6 + bonus
            )
    if column.dtype != "integer" or not COUNT_NAME.match(column.name) or column.unique < 3:
        return None
    gapless = highest - lowest + 1 <= 1.5 * column.unique
    return Timing(column.name, counted=True, worth=(0.5 if gapless else 0.3) + max(bonus, -0.2) / 2)


def _of_parts(file: FileProfile, schema: dict[str, dict[str, Any]]) -> Timing | None:
    """Year, and month, quarter or week (and day, hour ...) in columns of their own."""
    parts: dict[str, str] = {}
    for part, pattern in PART_NAMES.items():
        named = [column for column in file.columns if pattern.match(column.name) and _is_part(column, part)]
        if named:
            parts[part] = min(named, key=lambda column: len(column.name)).name
    finer = next((part for part in ("month", "quarter", "week") if part in parts), None)
    if "year" not in parts or finer is None:
        return None
    kept: dict[str, str] = {part: parts[part] for part in ("year", finer, "day", "hour", "minute", "second") if part in parts}
    if finer != "month":
        kept.pop("day", None)
    formats = {name: {"type": "number" if schema.get(name, {}).get("kind") != "text" else "text"} for name in kept.values()}
    return Timing(parts["year"], kept, formats, worth=0.78)


def _is_part(column: ColumnProfile, part: str) -> bool:
    if column.dtype in ("integer", "number"):
        return _within(column, part)
    return part == "month" and bool(column.examples) and all(_month_name(one) for one in column.examples)


def _month_name(text: str) -> bool:
    folded = text.strip().lower().rstrip(".")
    return folded[:4] in MONTH_NAMES or folded[:3] in MONTH_NAMES


def _within(column: ColumnProfile, part: str) -> bool:
    least, most = RANGES[part]
    return (
        isinstance(column.minimum, float)
        and isinstance(column.maximum, float)
        and least <= column.minimum
        and column.maximum <= most
    )
