"""Make a plan from the task, the data and the machine."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tools.core.errors import BrainIsTold, PersonDecides
from tools.core.task import Model, Priority
from tools.workspace import Workspace


class Preferences(Model):
    """What should be different from the plan that the machine would choose. Empty: nothing.

    approaches: rungs or candidate names to build, and no others. exclude: candidate names to leave out.
    minutes: what the whole run may take.
    """

    approaches: list[str] | None = None
    exclude: list[str] = Field(default_factory=list)
    minutes: float | None = None
    priority: Priority | None = None


def propose_plan(workspace: Workspace, preferences: Preferences | None = None) -> dict[str, Any]:
    """Propose what to build: candidates with estimates and reasons, what is not possible, the metric, the plan's hash.

    Nothing is built. Only what is feasible is accepted; the answer says why something is not.
    """
    from tools.machine import this_machine
    from tools.planning import propose

    preferences = preferences or Preferences()
    task = workspace.task
    if preferences.priority:
        constraints = task.constraints.model_copy(update={"priority": preferences.priority})
        task = workspace.task = task.model_copy(update={"constraints": constraints})
    _check_ready(workspace)
    profile = workspace.profile(task)
    plan = propose(
        task,
        profile,
        _split(workspace),
        this_machine(workspace.offline),
        attachments={str(role): id for role, id in workspace.files_by_role(profile).items()},
        minutes=preferences.minutes or workspace.overrides.minutes,
        approaches=preferences.approaches or workspace.overrides.approaches,
    )
    if preferences.exclude:
        kept = [c.model_copy(update={"selected": c.selected and c.name not in preferences.exclude}) for c in plan.candidates]
        plan = plan.model_copy(update={"candidates": kept})
    if not plan.selected:
        raise BrainIsTold(
            expected="a candidate that can be built here",
            found="; ".join(f"{entry.title}: {entry.reason}" for entry in plan.not_possible) or "none is selected",
            remedy="Change the task, give more rows or more minutes.",
        )
    workspace.plan = plan
    return {"plan_hash": plan.hash, **plan.model_dump(mode="json", exclude={"task"})}


def _check_ready(workspace: Workspace) -> None:
    if workspace.verdict in ("not-ml", "not-supported"):
        raise BrainIsTold(
            expected="a task that Fasttrack can carry out",
            found=str(workspace.verdict),
            remedy=workspace.reason or "Ask for another.",
        )
    missing = workspace.missing(workspace.profile())
    if missing:
        raise PersonDecides(
            expected="everything that a plan needs",
            found=f"open: {', '.join(missing)}",
            remedy="Ask the person, then record the answer.",
        )


def _split(workspace: Workspace) -> Any:
    """The rows to learn from and to judge on; None where there are none yet."""
    from tools.data.splitting import make_split

    profile = workspace.profile()
    files = workspace.files_by_role(profile)
    if not files:
        return None
    table = profile.with_role("train") or profile.with_role("unlabelled")
    roles = {column.name: str(column.role) for column in table.columns} if table else {}
    return make_split(workspace.task, files, roles)
