"""The questions that are still open, in the person's language, with choices to click; most needed first."""

from __future__ import annotations

from agent.understanding.answers import choices
from agent.understanding.missing import missing
from agent.understanding.shown import look
from tools.core.data import DataProfile
from tools.core.task import Question, TaskSpec


def questions(task: TaskSpec, profile: DataProfile, status: str) -> list[Question]:
    """What a plan needs and cannot know. Empty for `ready` and `not-ml`."""
    if status == "not-ml":
        return []
    shown = look(profile)
    found = []
    for field in missing(task, profile):
        offered = choices(task, shown) if field == "target" else []
        found.append(Question(field=field, text=field, choices=offered, recommended=offered[0] if offered else None))
    return found
