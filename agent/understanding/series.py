"""What a forecast needs beside kind and target: time, series, what is known in advance, frequency, how far ahead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.understanding import columns, cues, horizons
from agent.understanding.message import Message, known_ahead
from agent.understanding.shown import SERIES_NAMES, Shown, can_be_numbers
from agent.understanding.words import name_words
from tools.core.data import ColumnProfile, FileProfile
from tools.core.task import TaskSpec

if TYPE_CHECKING:
    from tools.data.rhythm import Rhythm
    from tools.data.timing import Timing

FROM_THE_CALENDAR = re.compile(
    r"holiday|feiertag|ferie|férié|festivo|weekend|wochenende|weekday|wochentag|working_?day|werktag|school|season$|day_?of|is_?open",
    re.IGNORECASE,
)
COVARIATE = re.compile(
    r"temp|weather|wetter|rain|regen|humid|wind|press|price|preis|prix|precio|promo|discount|rabatt|event|oil|index|rate|is_|flag",
    re.IGNORECASE,
)
FEW_COLUMNS, MANY_COLUMNS = 3, 8
WIDE = 2.0  # evidence from which on each column of numbers is a series
ALIKE = 50.0  # times that the biggest of columns that are series is larger than the smallest, as a rule
ALIASES = {"minute": "min", "hour": "h", "day": "D", "week": "W-SUN", "month": "MS", "quarter": "QS-JAN", "year": "YS-JAN"}


def settle(task: TaskSpec, message: Message, shown: Shown, said: dict[str, columns.Mention]) -> None:
    """Time, series, wide tables, what is known in advance, frequency and inputs of a forecasting task, in place."""
    file = shown.table
    if file is None:
        return
    from tools.data.timing import timing_of

    timing = timing_of(file, task.time_column if file.column(task.time_column or "") else None)
    if timing is None:
        task.time_column = next((column.name for column in shown.times), None)
        return
    task.time_column = timing.column
    task.target_columns = _side_by_side(task, message, shown, said, timing)
    if task.target_columns:
        task.target, task.confidence["target"] = None, 0.8
        task.open_points.pop("target", None)
    task.series_columns = _ids(task, message, file, timing)
    skipped = {*timing.columns, *task.series_columns, *task.answer_columns, *task.excluded_columns}
    others = [column for column in file.columns if column.name not in skipped and column.role in ("number", "category")]
    task.known_columns = _known(message, shown, others, task)
    task.inputs = [*timing.columns, *task.series_columns, *(column.name for column in others)]
    rhythm = rhythm_of(file, timing, task.series_columns)
    task.frequency = rhythm.alias if rhythm else None
    if task.frequency is None:
        said_rhythm = (unit for unit in cues.names("rhythm") if cues.first("rhythm", unit, message.standing_folded))
        task.frequency = next((ALIASES[unit] for unit in said_rhythm), None)


def given_steps(task: TaskSpec, shown: Shown) -> int | None:
    """How many steps a test file, or a file of what is known of the future, goes on; None where there is none."""
    for role in ("test", "unlabelled"):
        for file in shown.files:
            if file.role == role and shown.is_read(file) and all(file.column(name) for name in task.series_columns):
                from tools.data.series_ids import longest

                return longest(file.attachment, task.series_columns)
    return None


def usual_steps(frequency: str | None) -> int:
    """A horizon that suits a frequency, for who leaves it to us."""
    from tools.data.rhythm import split_alias

    usual = {"s": 60, "min": 60, "h": 24, "D": 14, "B": 10, "W": 8, "M": 12, "Q": 4, "Y": 3}
    long, name = split_alias(frequency or "")
    steps = usual.get(name.partition("-")[0]) or usual.get(name[:1]) or 12
    return steps if name not in ("min", "h") or steps % long else steps // long


def rhythm_of(file: FileProfile, timing: Timing, ids: Sequence[str]) -> Rhythm | None:
    """The rhythm of the rows, read from the file; None where it cannot be read."""
    if not Shown.is_read(file):
        return None
    from tools.data.long_tables import rhythm_in

    return rhythm_in(file, timing, ids)


def _side_by_side(
    task: TaskSpec, message: Message, shown: Shown, said: dict[str, columns.Mention], timing: Timing
) -> list[str]:
    """The columns of a wide table that are a series each; empty where one column holds all values."""
    if task.confidence.get("target", 1.0) >= 0.95 and task.target is not None:
        return []
    numbers = [
        column
        for column in shown.columns
        if can_be_numbers(column) and column.dtype != "text" and column.name not in (*timing.columns, *task.excluded_columns)
    ]
    if len(numbers) < 2 or any(SERIES_NAMES.search(column.name) for column in shown.categories):
        return []
    once = [column for column in shown.columns if column.name in timing.columns]
    if len(once) == 1 and once[0].unique < 0.95 * (once[0].rows - once[0].missing):
        return []
    series = [column for column in numbers if not COVARIATE.search(column.name) and not FROM_THE_CALENDAR.search(column.name)]
    wide = len(series) >= 2 and _evidence(message, series, numbers, said, shown) >= WIDE
    return [column.name for column in series] if wide else []


def _evidence(
    message: Message,
    series: list[ColumnProfile],
    numbers: list[ColumnProfile],
    said: dict[str, columns.Mention],
    shown: Shown,
) -> float:
    """How strongly names, sizes and words speak for a column a series."""
    named = [column for column in series if said[column.name].named > 0.6 or said[column.name].placed]
    found = -3.0 * (len(named) == 1) + 1.0 * (len(named) == len(series))
    found += 2.0 * bool(cues.first("series", "each_column", message.standing_folded))
    found += 1.0 * bool(cues.first("series", "all", message.standing_folded))
    found += 1.5 * _counted_names(series)
    found += 1.0 * (len(series) >= MANY_COLUMNS) + 0.5 * (len(series) >= FEW_COLUMNS)
    means = [abs(column.mean) for column in series if column.mean]
    found += 0.5 if means and max(means) <= ALIKE * min(means) else -0.5
    found -= 0.5 * (len(numbers) - len(series)) + 1.5 * any(column.candidate_target >= 0.6 for column in series)
    return found - 1.0 * any(column not in shown.times for column in shown.categories)


def _counted_names(series: list[ColumnProfile]) -> bool:
    """store_1, store_2: the same word with numbers or letters; also where names share their first or last word."""
    parts = [name_words(column.name) for column in series]
    stems = {tuple(word for word in words if not word.isdigit() and len(word) > 1) for words in parts}
    ends = [{words[0] for words in parts if words}, {words[-1] for words in parts if words}]
    longer = all(len(words) > 1 for words in parts)
    return (len(stems) == 1 and len(series) > 1) or (longer and len(series) > 2 and any(len(end) == 1 for end in ends))


def _ids(task: TaskSpec, message: Message, file: FileProfile, timing: Timing) -> list[str]:
    answers = task.answer_columns
    if not Shown.is_read(file):
        times = file.column(timing.column)
        repeated = times is not None and times.unique < 0.5 * (file.rows or 0)
        named = [c.name for c in file.columns if SERIES_NAMES.search(c.name) and c.name not in (*answers, *timing.columns)]
        return named[:1] if repeated else []
    from tools.data.series_ids import ids_of

    spoken = [
        match["column"] for pattern in cues.patterns("series", "per") for match in pattern.finditer(message.standing_folded)
    ]
    named = [
        column.name
        for column in file.columns
        if column.name not in (*answers, *timing.columns)
        and any(set(name_words(column.name)) & {word, word.removesuffix("s")} for word in spoken)
    ]
    return ids_of(file, timing, answers, named)


def _known(message: Message, shown: Shown, others: list[ColumnProfile], task: TaskSpec) -> list[str]:
    """Columns whose future is known: the calendar's, those that the words say so of, those in a file of the future."""
    found = {column.name for column in others if FROM_THE_CALENDAR.search(column.name)}
    for sentence in message.standing:
        if known_ahead(sentence):
            named = columns.named_in(shown, sentence, message.language)
            found |= {column.name for column in others if column.name in named}
    for file in shown.files:
        without = not any(_tells(file.column(name)) for name in task.answer_columns)
        if file is not shown.table and without and task.time_column and file.column(task.time_column):
            found |= {column.name for column in others if _tells(file.column(column.name))}
    return [column.name for column in others if column.name in found]


def _tells(column: ColumnProfile | None) -> bool:
    return column is not None and column.missing < column.rows


def horizon(task: TaskSpec, message: Message, shown: Shown, alone: bool) -> tuple[int | None, float]:
    """(steps ahead, how sure that is): said, or told by a file; a usual one where the person leaves it to us."""
    if (steps := horizons.horizon(message, shown, time=task.time_column, ids=task.series_columns)) is not None:
        return steps, 0.85
    if (steps := given_steps(task, shown)) is not None:
        return steps, 0.8
    return (usual_steps(task.frequency), 0.4) if alone and shown.table is not None else (None, 0.0)
