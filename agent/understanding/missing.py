"""What a plan needs and cannot know: fields that must be asked, most needed first."""

from __future__ import annotations

from agent.understanding.shown import Shown, look
from tools.core.data import DataProfile
from tools.core.task import QuestionField, TaskKind, TaskSpec

ORDER: tuple[QuestionField, ...] = (
    "task",
    "target",
    "labels",
    "data",
    "horizon",
    "time-column",
    "metric",
    "priority",
    "privacy",
)
NEEDS_TABLE: frozenset[TaskKind] = frozenset({"tabular-classification", "tabular-regression", "forecasting"})
NEEDS_MATERIAL: frozenset[TaskKind] = frozenset(
    {
        "image-classification",
        "object-detection",
        "image-segmentation",
        "information-extraction",
        "summarisation",
        "question-answering",
        "text-generation",
        "text-to-sql",
    }
)


def missing(task: TaskSpec, profile: DataProfile) -> list[QuestionField]:
    """Question fields that are open, in the order in which to ask them."""
    shown = look(profile)
    needed: set[QuestionField] = set(task.open_points)
    if task.kind is None:
        needed.add("target" if shown.table is not None and not shown.images else "task")
        return [field for field in ORDER if field in needed]
    if task.kind in NEEDS_TABLE:
        needed |= _for_tables(task, shown)
    elif task.kind in ("text-classification", "multilabel-text-classification"):
        needed |= _for_texts(task, shown)
    elif task.kind == "translation" and task.target is None:
        needed.add("target")
    elif task.kind in NEEDS_MATERIAL and not shown.anything and not task.inputs:
        needed.add("data")
    return [field for field in ORDER if field in needed]


def _for_tables(task: TaskSpec, shown: Shown) -> set[QuestionField]:
    needed: set[QuestionField] = set()
    if shown.table is None and not task.inputs:
        needed.add("data")
    elif not task.answer_columns:
        needed.add("target")
    if task.kind == "forecasting":
        needed |= {"horizon"} if task.horizon is None else set()
        needed |= {"time-column"} if shown.table is not None and not shown.times and task.time_column is None else set()
    return needed


def _for_texts(task: TaskSpec, shown: Shown) -> set[QuestionField]:
    if task.answer_columns or task.labels:
        return set()
    return {"labels"} if shown.anything or task.inputs else {"labels", "data"}
