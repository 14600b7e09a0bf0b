"""What a language model records of the person's words, completed by code: no brain gives less than the built-in one.

The built-in understanding reads the words with the model's fields as given, so that what hangs on them (labels on the target,
inputs on the kind) fits them; then the model's own fields stand. A refusal of what would harm people stands whoever speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.understanding import filling, missing, understand
from agent.understanding import message as messages
from agent.understanding.shown import look
from agent.understanding.wishes import supported
from tools.actions.recording import TaskPatch
from tools.core.data import DataProfile
from tools.core.errors import BrainMayRetry
from tools.core.task import MODALITY, Constraints, QuestionField, TaskSpec
from tools.overrides import apply, columns_of, listed, near
from tools.workspace import Workspace

SURE = 1.0
OF_CODE = frozenset({"words", "language", "confidence", "open_points", "modality", "verdict", "reason"})
REASON_WORDS = 3  # a refusal needs a reason; fewer words are none
FIELDS: dict[str, QuestionField] = {"kind": "task", "time_column": "time-column"}  # others are asked by their own name


def completed(patch: TaskPatch, words: str, workspace: Workspace, asked: QuestionField | None) -> TaskPatch:
    """The patch with everything that the built-in brain understands of the words and the model left out.

    The model's fields win where they fit the data; those that do not are left to `record_task`, which says so.
    """
    profile = workspace.profile()
    given = _given(patch)
    task, status = apply(workspace.task, workspace.overrides, profile), workspace.verdict or "needs-answer"
    if not is_read(words, workspace.task):
        found = understand(words, task, profile, asked)
        if found.status == "not-ml":
            return TaskPatch(**_changes(workspace.task, found.task), verdict="not-ml", reason=found.reason)
        task, status = found.task, str(found.status)
        if words.strip() and not is_read(words, task):  # small talk to the built-in brain, a task to this one
            task.words = "\n".join(part for part in (task.words, words.strip()) if part)
    if fixed := _fixed(given, task, profile):
        task = _filled(task, fixed, profile)
        status = "needs-answer" if missing(task, profile) else "ready"
    if "labels" in given:
        given["labels"] = _described(given["labels"], task, profile)
    if "constraints" in given:
        given["constraints"] = _stricter(task.constraints, given["constraints"])
    values = {**task.model_dump(), **given}
    values["open_points"] = {field: why for field, why in task.open_points.items() if field not in _answered(given)}
    values["confidence"] = {**task.confidence, **dict.fromkeys(_answered(given), SURE)}
    kind = values["kind"]
    values["modality"] = MODALITY.get(kind)
    values["inputs"] = [name for name in values["inputs"] if name != values["target"]]
    verdict = _verdict(patch, kind, status)
    reason = patch.reason if verdict == "not-ml" else None
    return TaskPatch(**{**_changes(workspace.task, values), "verdict": verdict, "reason": reason})


def _given(patch: TaskPatch) -> dict[str, Any]:
    """The model's own fields; what is empty says nothing."""
    given = patch.model_dump(exclude_unset=True, exclude=set(OF_CODE))
    return {name: value for name, value in given.items() if value not in (None, [], {}, "")}


def _fixed(given: Mapping[str, Any], task: TaskSpec, profile: DataProfile) -> dict[str, Any]:
    """Kind and target where the model sees them otherwise than code, and the data hold them."""
    fixed = {name: value for name, value in given.items() if name in ("kind", "target") and getattr(task, name) != value}
    columns = columns_of(profile)
    if columns and fixed.get("target") not in (None, *columns):
        del fixed["target"]  # record_task says that it is not there
    return fixed


def _filled(task: TaskSpec, fixed: Mapping[str, Any], profile: DataProfile) -> TaskSpec:
    """The task with another kind or target, and what hangs on them read again from the person's words."""
    confidence = {name: sure for name, sure in task.confidence.items() if name not in ("labels", "metric")}
    cleared: dict[str, Any] = {"labels": None, "metric": None, "inputs": []}
    sure = {**confidence, **dict.fromkeys(fixed, SURE)}
    filled = task.model_copy(update={**cleared, **fixed, "confidence": sure}, deep=True)
    filling.fill(filled, messages.read(task.words, task.language), look(profile), alone=False)
    return filled


def _described(given: list[dict[str, Any]], task: TaskSpec, profile: DataProfile) -> list[dict[str, Any]]:
    """The labels with the model's descriptions; where the data hold the labels, they are those and no others.

    Raises BrainMayRetry for a label that the data do not hold.
    """
    column = look(profile).column(task.target)
    if column is None or not task.labels or column.unique > len(column.top):
        return given
    named = {label.name.casefold(): label.name for label in task.labels}
    strange = [label["name"] for label in given if label["name"].casefold() not in named]
    if strange:
        raise BrainMayRetry(
            code="unknown-label",
            expected=f"labels that occur in {task.target} ({listed(task.label_names)})",
            found=f"{strange[0]!r}{near(strange[0], task.label_names)}",
            remedy="Write labels as they occur in the data, or leave them out.",
        )
    said = {named[label["name"].casefold()]: label.get("description") for label in given}
    return [{"name": one.name, "description": said.get(one.name) or one.description} for one in task.labels]


def _stricter(known: Constraints, given: Mapping[str, Any]) -> dict[str, Any]:
    """The model's constraints over those that are known; nobody but the person lifts "nothing leaves this machine"."""
    return {**known.model_dump(), **given, "offline": known.offline or bool(given.get("offline"))}


def is_read(words: str, task: TaskSpec) -> bool:
    """Whether these words were recorded already: a brain may record twice in a turn."""
    return bool(words.strip()) and task.words.endswith(words.strip())


def _answered(given: Mapping[str, Any]) -> list[Any]:
    """Question fields that the model's own fields answer."""
    return [FIELDS.get(name, name) for name in given] + [name for name in given if name in FIELDS]


def _verdict(patch: TaskPatch, kind: str | None, status: str) -> str:
    refused = patch.verdict == "not-ml" and len((patch.reason or "").split()) >= REASON_WORDS
    if refused:
        return "not-ml"
    if kind is not None and kind not in supported():
        return "not-supported"
    return "needs-answer" if status in ("not-supported", "not-ml") else status


def _changes(before: TaskSpec, after: TaskSpec | Mapping[str, Any]) -> dict[str, Any]:
    old = before.model_dump()
    new = after.model_dump() if isinstance(after, TaskSpec) else after
    return {name: value for name, value in new.items() if old[name] != value}
