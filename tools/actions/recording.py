"""Write down what the person wants, checked against the data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationError

from tools.core.errors import BrainMayRetry
from tools.core.task import TaskSpec
from tools.overrides import apply, check_metric, columns_of, listed, near
from tools.workspace import Workspace


class TaskPatch(TaskSpec):
    """Only the fields that change; a field that is given as null is cleared. See TaskSpec for what they mean.

    verdict: "not-ml" for what is not a task for machine learning, is impossible or would harm people, "not-supported" for a
    kind that has no approach yet, else "ready" or "needs-answer". reason: why, in words for the person.
    """

    verdict: Literal["ready", "needs-answer", "not-supported", "not-ml"] | None = None
    reason: str | None = None


def record_task(workspace: Workspace, patch: TaskPatch) -> dict[str, Any]:
    """Record what the person wants: kind, target, labels, metric, constraints. Answers with what is still missing."""
    given = patch.model_dump(exclude_unset=True, exclude={"verdict", "reason"})
    try:
        task = TaskSpec.model_validate({**workspace.task.model_dump(), **given})
    except ValidationError as problem:
        raise BrainMayRetry(
            expected="fields of a TaskSpec", found=str(problem), remedy="Mend the patch and call again."
        ) from None
    profile = workspace.profile()
    _check_columns(task, columns_of(profile))
    task = apply(task, workspace.overrides, profile)
    if task.metric is not None:
        check_metric(task.metric, task)
    if _without_words(task) != _without_words(workspace.task):
        workspace.plan = None  # a plan is for one task; another task needs another plan and another approval
    workspace.task = task
    if "verdict" in patch.model_fields_set:
        workspace.verdict, workspace.reason = patch.verdict, patch.reason
    problems = [problem.model_dump(mode="json") for problem in workspace.profile(task).problems] if task.kind else []
    missing = list(workspace.missing(profile))
    return {"task": task.model_dump(mode="json"), "verdict": workspace.verdict, "missing": missing, "problems": problems}


def _without_words(task: TaskSpec) -> TaskSpec:
    """What a plan depends on: not how it was said, nor how sure that was."""
    return task.model_copy(update={"words": "", "language": "en", "confidence": {}})


def _check_columns(task: TaskSpec, columns: list[str]) -> None:
    """Every column that the task names must be there. Without any table only the pasted or coming text is there."""
    named = [*task.answer_columns, *task.inputs, *task.excluded_columns, task.group_column, task.time_column]
    named += [*task.series_columns, *task.known_columns]
    for name in named if columns else []:
        if name is not None and name not in columns:
            raise BrainMayRetry(
                code="unknown-column",
                expected=f"columns of the data ({listed(columns)})",
                found=f"{name!r}{near(name, columns)}",
                remedy="Use the names as they are.",
            )
