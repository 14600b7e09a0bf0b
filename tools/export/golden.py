"""Made-up rows of the right shape, for examples and for the prototype's own test. No row of the person's data is among them."""

from __future__ import annotations

from typing import Any

from tools.core.data import ColumnProfile, DataProfile
from tools.core.task import TaskSpec
from tools.export.chosen import Chosen, learnt_from
from tools.export.raw_cells import written

ROWS = 6
COMMON = 5  # a value that fewer rows have may tell who somebody is
CHOICES = 50
PHRASES = (
    "I would like to know more about {}.",
    "{}: this is the second time in a week, please help!",
    "short note on {}",
    "Nothing special to report today. Perhaps {} comes closest, but I am not sure about it at all.",
    "Thanks for everything.",
    "",
)


def golden_rows(run: Chosen) -> list[dict[str, str]]:
    """`ROWS` rows as texts, the way the person writes numbers and dates; the last ones have gaps."""
    return made_up(run.task, run.profile, run.manifest["inputs"])


def made_up(task: TaskSpec, profile: DataProfile, inputs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The same for a run that is still being built. inputs: the columns of the model's manifest."""
    topics = [label.description or label.name for label in task.labels or []] or [task.target or "this"]
    learnt = learnt_from(profile)
    rows: list[dict[str, str]] = []
    for number in range(ROWS):
        row = {}
        for place, column in enumerate(inputs):
            known = learnt.column(column["name"]) if learnt else None
            row[column["name"]] = _value(column, known, number, place, topics)
        rows.append(row)
    return rows


def choices(run: Chosen) -> dict[str, list[str]]:
    """Column -> its common values, for columns of categories."""
    found = {}
    for column in run.manifest["inputs"]:
        profile = run.training.column(column["name"]) if run.training else None
        if profile is not None and profile.role == "category" and (common := _common(profile)):
            found[column["name"]] = common[:CHOICES]
    return found


def typed(row: dict[str, str], inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """The same row as JSON: numbers as numbers, gaps as null."""
    answer: dict[str, Any] = {}
    for column in inputs:
        text = row[column["name"]]
        number = column.get("role") == "number" and text
        answer[column["name"]] = float(text.replace(column.get("decimal") or ".", ".")) if number else text or None
    return answer


def _value(column: dict[str, Any], profile: ColumnProfile | None, number: int, place: int, topics: list[str]) -> str:
    role = column.get("role") or (profile.role if profile else "text")
    if role == "text":
        return PHRASES[(number + place) % len(PHRASES)].format(topics[number % len(topics)])
    if profile is None or (number + place) % ROWS == ROWS - 1:
        return ""
    if role == "number" and isinstance(profile.mean, (int, float)):
        return written(_typical(profile, number), column)
    if role == "date" and isinstance(profile.minimum, str):
        from datetime import datetime

        return written(datetime.fromisoformat((profile.minimum, str(profile.maximum))[number % 2]), column)
    common = _common(profile)
    return common[(number + place) % len(common)] if common else ""


def _typical(profile: ColumnProfile, number: int) -> float:
    """The mean, and values between it and the ends, rounded so that they are nobody's."""
    mean = float(profile.mean or 0.0)
    ends = [float(end) for end in (profile.minimum, profile.maximum) if isinstance(end, (int, float))]
    towards = [mean, *((mean + end) / 2 for end in ends), *((3 * mean + end) / 4 for end in ends)]
    return float(f"{towards[number % len(towards)]:.3g}")


def _common(profile: ColumnProfile) -> list[str]:
    return [value for value, count in profile.top if count >= COMMON]
