"""How many steps ahead, from everyday words and the rhythm of the data: two days of hourly readings are 48."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.quantities import UNITS, durations
from agent.understanding.shown import Shown
from tools.core.data import ColumnProfile, FileProfile

if TYPE_CHECKING:
    from tools.data.timing import Timing

AHEAD = re.compile(
    r"\b(next|coming|following|upcoming|ahead|in advance|future|forward|from now|horizon|tomorrow|nachste\w*|"
    r"kommende\w*|voraus|zukunft|"
    r"vorab|prochain\w*|a venir|avance|futur|qui vien\w*|suivant\w*|proxim\w*|siguient\w*|que viene|adelante|"
    r"futuro|antelacion|anticipacion|(?:hour|day|week|month|year) after|after that|(?:hours?|days?|"
    r"weeks?|months?|years?) on)\b"
)
PAST = re.compile(
    r"\b(last|past|ago|back|since|previous|history|letzte\w*|vergangen\w*|seit|zuruck|bisher\w*|dernier\w*|passe\w*|"
    r"depuis|ultim\w*|pasad\w*|"
    r"desde|hace|years of|months of|jahre lang|over the)\b"
)
EACH = re.compile(r"\b(?:every|each|per|by|once an?|jede[nrms]?|pro|je|chaque|par|cada|por)\s+$")
BY_TURN = re.compile(
    r"\s+(?:by|fur|par|por|a)\s+(?:hours?|days?|weeks?|months?|stunde|tag|woche|monat|heure|jour|semaine|mois|hora|"
    r"dia|semana|mes)\b"
)
COUNTED = 5  # so many hours, where rows are numbered, are so many rows; two days may well be 48 of them
SECONDS = {
    "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "D": UNITS["day"], "B": UNITS["week"] / 5, "W": UNITS["week"],
    "M": UNITS["month"], "Q": UNITS["quarter"], "Y": UNITS["year"],
}  # fmt: skip
WORKING_DAYS = re.compile(
    r"\b(\d{1,3}) (?:trading|business|working|week) ?days\b|\b(\d{1,3}) (?:arbeits|werk|handels)tagen?\b|"
    r"\b(\d{1,3}) (?:jours ouvr\w+|dias (?:habiles|laborables))\b"
)
WITHIN = re.compile(r"\b(?:in|dans|dentro de|en|within)\s+(?:about |etwa |environ |unos )?$")
TOMORROW = re.compile(
    r"\b(tomorrow|morgen fruh|(?:fur|von|den) morgen|morgigen?|demain|(?<!cada )(?<!la )(?<!por la )manana)\b"
)


def horizon(
    message: Message, shown: Shown, asked: bool = False, time: str | None = None, ids: Sequence[str] = ()
) -> int | None:
    """Steps ahead, or None where it was not said or the rhythm of the data is not known.

    time, ids: the columns of the time and of the series, where they are settled: readings of five sensors that lie minutes
    apart are hourly all the same. Before any data are shown a step is what was named: three months are three.
    """
    folded = message.standing_folded
    step = rhythm(shown, folded, time, ids)
    if asked and (
        bare := re.fullmatch(
            r"\D{0,20}?(\d{1,4})\s*(?:steps?|points?|values?|rows?|readings?|schritte|werte|pas|valeurs|pasos|valores)?\W*",
            folded,
        )
    ):
        return int(bare[1])
    if step == SECONDS["B"] and (working := WORKING_DAYS.search(folded)):
        return int(next(number for number in working.groups() if number))
    spans: list[tuple[bool, float, float]] = []  # beside words of the future, seconds, how many of its unit
    for span in durations(folded):
        around = folded[max(0, span.start - 30) : span.end + 22]
        before = folded[max(0, span.start - 18) : span.start]
        if EACH.search(before) or BY_TURN.match(folded[span.end :]):
            continue
        if PAST.search(before) or (PAST.search(around) and not AHEAD.search(around)):
            continue
        if asked or AHEAD.search(around) or WITHIN.search(before):
            near = before + " " + folded[span.start : span.end + 14]
            spans.append((bool(asked or AHEAD.search(near) or WITHIN.search(before)), span.seconds, span.count))
    if not spans and TOMORROW.search(folded):
        spans.append((True, UNITS["day"], 1.0))
    if not spans:
        return None
    _, seconds, count = max(spans)
    if step is None and shown.table is not None and not (count >= COUNTED and _is_counted(shown.table, time)):
        return None
    # what stands beside "next" or "ahead" counts before what is farther off
    steps = round(count if step is None else seconds / step)
    return steps if steps >= 1 else None


def rhythm(shown: Shown, folded: str, time: str | None = None, ids: Sequence[str] = ()) -> float | None:
    """Seconds between two rows of a series: from dates where there are some, else from what was said."""
    if (measured := _measured(shown, time, ids)) is not None:
        return measured
    for column in shown.times:
        if (seconds := _between(column, shown)) is not None:
            return seconds
    by_parts = _from_parts([column.name.lower() for column in shown.columns]) if shown.times else None
    if by_parts is not None:
        return by_parts
    return next((UNITS[unit] for unit in cues.names("rhythm") if cues.first("rhythm", unit, folded)), None)


def _measured(shown: Shown, time: str | None, ids: Sequence[str]) -> float | None:
    """Seconds between two rows, from the times in the file; None where they are counted, or where there is no file to read."""
    file = shown.table
    if file is None or not shown.is_read(file):
        return None
    from tools.data.long_tables import rhythm_in

    timing = _timing(file, time)
    there = [name for name in ids if file.column(name)]  # they may be those of a file that was taken back
    found = rhythm_in(file, timing, there) if timing is not None and not timing.counted else None
    if found is None or found.frequency is None:
        return None
    name = found.frequency.partition("-")[0]
    return found.step * (SECONDS.get(name) or SECONDS[name[0]])


def _is_counted(file: FileProfile, time: str | None) -> bool:
    """Whether its rows are numbered and not dated."""
    timing = _timing(file, time)
    return timing is not None and timing.counted


def _timing(file: FileProfile, time: str | None) -> Timing | None:
    from tools.data.timing import timing_of

    return timing_of(file, time if time is not None and file.column(time) else None)


def _between(column: ColumnProfile, shown: Shown) -> float | None:
    first, last = _moment(column.minimum), _moment(column.maximum)
    if first is None or last is None or column.unique < 3:
        return None
    seconds = (last - first).total_seconds() / (column.unique - 1)
    return min(UNITS.values(), key=lambda unit: abs(unit - seconds) / unit) if _near_unit(seconds) else seconds


def _near_unit(seconds: float) -> bool:
    """Gaps in the data make the mean step a little longer than the unit."""
    return any(abs(unit - seconds) < 0.35 * unit for unit in UNITS.values())


def _moment(value: float | str | None) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None


def _from_parts(names: list[str]) -> float | None:
    """Columns year, month, day, hour: the finest one is the rhythm."""
    return next((UNITS[unit] for unit in ("minute", "hour", "day", "week", "month", "quarter", "year") if unit in names), None)
