"""Carry out an approved plan, and tell how it goes."""

from __future__ import annotations

from typing import Any

from tools.core.errors import BrainIsTold, PersonDecides
from tools.workspace import Workspace


def run_plan(workspace: Workspace, plan_hash: str) -> dict[str, Any]:
    """Build the proposed plan. A person approves it first; it is built by a worker of its own, and this returns at once."""
    from tools.jobs import runner

    plan = workspace.plan
    if plan is None or plan.hash != plan_hash:
        raise BrainIsTold(
            expected=f"the hash of the proposed plan ({plan.hash if plan else 'there is none'})",
            found=plan_hash,
            remedy="Call propose_plan and use the hash that it gives.",
        )
    approval = workspace.approval
    if approval is None or approval.get("plan_hash") != plan_hash:
        raise PersonDecides(
            code="needs-approval",
            expected=f"a person's approval of plan {plan_hash}",
            found="none",
            remedy="Show the plan; the person approves it with the button or at the prompt.",
        )
    workspace.run_id = runner.start(plan, dict(approval), workspace.key, profile=workspace.profile(plan.task))
    return {"run_id": workspace.run_id, "minutes": sum(candidate.estimate.minutes for candidate in plan.selected)}


def run_status(workspace: Workspace) -> dict[str, Any]:
    """How the run is doing: what is finished, what is being built, how long it will still take."""
    from tools.jobs import runner

    status = runner.status(current_run(workspace))
    return {**status.model_dump(mode="json"), "finished": status.is_over}


def explain_results(workspace: Workspace) -> dict[str, Any]:
    """The results of the finished run: every candidate's scores with intervals, which one is chosen and why."""
    from tools.jobs import runner

    return runner.outcome(current_run(workspace))


def current_run(workspace: Workspace) -> str:
    """The conversation's run. Raises BrainIsTold where nothing was approved yet."""
    if workspace.run_id is None:
        raise BrainIsTold(
            expected="a run in this conversation",
            found="none yet",
            remedy="Propose a plan; the run starts when the person approves it.",
        )
    return workspace.run_id
