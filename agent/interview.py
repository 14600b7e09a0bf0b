"""The questions that are still open, in the person's language, with choices to click; most needed first."""

from __future__ import annotations

from agent.narration import forecasts
from agent.narration.phrases import listed, phrase
from agent.understanding.answers import choices
from agent.understanding.missing import missing
from agent.understanding.series import usual_steps
from agent.understanding.shown import Shown, look
from tools.core.data import DataProfile
from tools.core.task import Question, QuestionField, TaskSpec

DATA_QUESTIONS = {
    "text-classification": "data_text",
    "multilabel-text-classification": "data_text",
    "image-classification": "data_pictures",
    "object-detection": "data_pictures",
    "image-segmentation": "data_pictures",
    "information-extraction": "data_examples",
    "summarisation": "data_examples",
    "text-generation": "data_examples",
    "question-answering": "data_documents",
    "text-to-sql": "data_database",
}
NAMED_VALUES = 6


def questions(task: TaskSpec, profile: DataProfile, status: str) -> list[Question]:
    """What a plan needs and cannot know, most needed first. status: of the understanding; `not-ml` needs nothing."""
    if status == "not-ml":
        return []
    shown = look(profile)
    return [_question(task, shown, field) for field in missing(task, profile)]


def _question(task: TaskSpec, shown: Shown, field: QuestionField) -> Question:
    language = task.language
    if field == "target":
        return _target(task, shown)
    if field == "labels":
        return _labels(task, shown)
    if field == "data":
        return Question(field=field, text=phrase(language, f"question.{DATA_QUESTIONS.get(task.kind or '', 'data')}"))
    if field == "horizon":
        return _horizon(task)
    if field == "time-column":
        return Question(field=field, text=phrase(language, "question.time_column"), choices=[c.name for c in shown.columns][:5])
    return Question(field=field, text=phrase(language, f"question.{field}"))


def _horizon(task: TaskSpec) -> Question:
    language, usual = task.language, usual_steps(task.frequency)
    offered = forecasts.horizons(language, task.frequency, usual)
    recommended = forecasts.ahead(language, usual, task.frequency) if offered else None
    text = phrase(language, "question.horizon", example=phrase(language, "question.horizon_example"))
    return Question(field="horizon", text=text, choices=offered, recommended=recommended)


def _target(task: TaskSpec, shown: Shown) -> Question:
    if task.kind == "translation":
        return Question(field="target", text=phrase(task.language, "question.target_language"))
    offered = choices(task, shown)
    key = "target_rivals" if len(offered) > 1 else "target"
    return Question(
        field="target",
        text=phrase(task.language, f"question.{key}"),
        choices=offered,
        recommended=offered[0] if offered else None,
    )


def _labels(task: TaskSpec, shown: Shown) -> Question:
    language, column = task.language, shown.column(task.target)
    if column is None or "labels" not in task.open_points:
        return Question(field="labels", text=phrase(language, "question.labels_file" if shown.table else "question.labels"))
    said = task.open_points["labels"].partition(" | ")[0]
    values = [value for value, _ in column.top[:NAMED_VALUES]] + (["…"] if column.unique > NAMED_VALUES else [])
    keep = phrase(language, "question.labels_use_file")
    text = phrase(language, "question.labels_contradiction", said=said, column=column.name, found=listed(language, values))
    return Question(field="labels", text=text, choices=[keep], recommended=keep)
