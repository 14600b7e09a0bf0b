"""The JSON that other programs rely on, built in this one place (`fasttrack plan --json`)."""

from __future__ import annotations

from typing import Any

from agent.view import SessionState
from tools.core.data import FileProfile
from tools.core.plan import Candidate


def plan_contract(state: SessionState) -> dict[str, Any]:
    """What was understood, asked, found and planned. The metric of the plan stands in the task, also where code chose it."""
    plan = state.plan
    task = state.workspace.task.model_dump(mode="json")
    if plan is not None and task["metric"] is None:
        task["metric"] = plan.metric.model_dump(mode="json")
    return {
        "status": status_of(state),
        "task": task,
        "data": [_file(file) for file in state.profile.files],
        "questions": [question.model_dump(mode="json") for question in state.questions],
        "warnings": [problem.model_dump(mode="json") for problem in state.profile.problems],
        "candidates": [_candidate(candidate) for candidate in plan.candidates] if plan else [],
        "not_possible": [
            entry.model_dump(mode="json", include={"name", "approach", "title", "reason"}) for entry in plan.not_possible
        ]
        if plan
        else [],
        "reply": state.reply,
    }


def status_of(state: SessionState) -> str:
    """ready: a plan waits. Otherwise what stands in the way."""
    if state.workspace.verdict in ("not-ml", "not-supported"):
        return str(state.workspace.verdict)
    return "ready" if state.plan is not None else "needs-answer"


def _file(file: FileProfile) -> dict[str, Any]:
    shown = file.model_dump(
        mode="json", include={"file", "role", "format", "rows", "encoding", "delimiter", "header_row", "repairs"}
    )
    return {**shown, "columns": [{"name": column.name, "role": column.role} for column in file.columns]}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return candidate.model_dump(
        mode="json", include={"name", "approach", "title", "reason", "estimate", "leaves_machine", "selected"}
    )
