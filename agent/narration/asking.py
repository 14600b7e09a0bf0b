"""Questions, one at a time: what was read first, where it helps to answer."""

from __future__ import annotations

from agent.narration.describing import listed, read
from prompts import phrase
from tools.core.data import DataProfile
from tools.core.task import Question, QuestionField, TaskSpec

AFTER_READING = frozenset({"target", "labels", "time-column", "task"})


def asked(task: TaskSpec, profile: DataProfile, field: QuestionField) -> str:
    """The question for a field, as one sentence in the person's language."""
    if field == "target" and task.kind == "translation":
        return phrase(task.language, "ask_target_language")
    file = profile.with_role("train")
    column = file.column(task.target) if file and task.target else None
    if field == "labels" and column is not None:
        values = listed([f"`{value}`" for value, _ in column.top])
        return phrase(task.language, "ask_labels_column", target=column.name, labels=values)
    return phrase(task.language, f"ask_{field.replace('-', '_')}")


def asking(task: TaskSpec, profile: DataProfile, question: Question) -> str:
    """What was read, then the question."""
    before = read(task.language, profile) if question.field in AFTER_READING else []
    return " ".join([*before, question.text])
