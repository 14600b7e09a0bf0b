"""Forecasts in words: what is forecast, for which series, how far ahead."""

from __future__ import annotations

import re

from agent.narration.phrases import count, listed, phrase
from tools.core.task import Language, TaskSpec
from tools.data.timing import PART_NAMES

UNITS = {
    "s": "second", "min": "minute", "h": "hour", "D": "day", "B": "business_day", "W": "week", "M": "month", "Q": "quarter",
    "Y": "year",
}  # fmt: skip
LONGER = {"second": ("minute", 60), "minute": ("hour", 60)}  # 1,440 minutes are 24 hours
FREQUENCY = re.compile(r"(\d*)([A-Za-z]+)")
NAMED_SERIES = 6


def ahead(language: Language, steps: int, frequency: str | None) -> str:
    """`12 months`, `2 weeks`, or `48 steps` where no unit is known."""
    match = FREQUENCY.match(frequency or "")
    name = match[2] if match else ""
    unit = UNITS.get(name) or UNITS.get(name[:1] if name[1:] in ("S", "E") else "") or "step"
    long = steps * int(match[1] or 1) if match and unit != "step" else steps
    while unit in LONGER and long > LONGER[unit][1] and long % LONGER[unit][1] == 0:
        unit, parts = LONGER[unit]
        long //= parts
    return phrase(language, f"ahead.{unit}") if long == 1 else phrase(language, f"ahead.{unit}s", count=count(language, long))


def understood(task: TaskSpec) -> list[str]:
    """What will be forecast from what; empty where that is not known."""
    language = task.language
    if not task.answer_columns or task.horizon is None or task.time_column is None:
        return []
    told = {"ahead": ahead(language, task.horizon, task.frequency), "time": _times(task)}
    if task.target is None:
        names = [f"`{name}`" for name in task.target_columns[:NAMED_SERIES]]
        names += ["…"] if len(task.target_columns) > NAMED_SERIES else []
        said = [phrase(language, "understood.forecast_wide", count=len(task.target_columns), names=", ".join(names), **told)]
    elif task.series_columns:
        ids = listed(language, [f"`{name}`" for name in task.series_columns])
        said = [phrase(language, "understood.forecast_many", target=task.target, ids=ids, **told)]
    else:
        said = [phrase(language, "understood.forecast_one", target=task.target, **told)]
    if task.known_columns:
        names_known = listed(language, [f"`{name}`" for name in task.known_columns])
        said.append(phrase(language, "understood.known_ahead", names=names_known))
    return said


def _times(task: TaskSpec) -> str:
    """The column of the time, or all of them where year, month and day stand in columns of their own."""
    names = [str(task.time_column)]
    if PART_NAMES["year"].match(names[0]):
        finer = [name for name in task.inputs if any(part.match(name) for part in PART_NAMES.values())]
        names = list(dict.fromkeys([*names, *finer]))
    return listed(task.language, [f"`{name}`" for name in names])


def horizons(language: Language, frequency: str | None, usual: int) -> list[str]:
    """How far ahead a person may want to look, to click: half as far as usual, as usual, twice as far."""
    if frequency is None:
        return []
    steps = dict.fromkeys(max(1, round(usual * times)) for times in (0.5, 1, 2))
    return [ahead(language, one, frequency) for one in steps]
