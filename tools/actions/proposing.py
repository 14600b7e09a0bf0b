"""Make a plan from the task, the data and the machine."""

from __future__ import annotations

from typing import Any

from tools.core.data import DataProfile
from tools.core.errors import BrainIsTold, PersonDecides
from tools.core.plan import Candidate
from tools.workspace import Preferences, Workspace


def propose_plan(workspace: Workspace, preferences: Preferences | None = None) -> dict[str, Any]:
    """Propose what to build: candidates with estimates and reasons, what is not possible, the metric, the plan's hash.

    Nothing is built. Only what is feasible is accepted; the answer says why something is not.
    """
    from tools import planning
    from tools.machine import this_machine

    if preferences is not None:
        workspace.preferences = workspace.preferences.changed_by(preferences)
    preferences, task = workspace.preferences, workspace.task
    wanted = {"priority": preferences.priority, "max_dollars": preferences.dollars}
    if preferred := {name: value for name, value in wanted.items() if value is not None}:
        constraints = task.constraints.model_copy(update=preferred)
        task = workspace.task = task.model_copy(update={"constraints": constraints})
    _check_ready(workspace)
    profile = workspace.profile(task)
    plan = planning.propose(
        task,
        profile,
        _split(workspace, profile),
        this_machine(workspace.offline),
        attachments={str(role): id for role, id in workspace.files_by_role(profile).items()},
        minutes=preferences.minutes or workspace.overrides.minutes,
        approaches=preferences.approaches or workspace.overrides.approaches,
        language_model=workspace.language_model,
        samples_allowed=workspace.samples_allowed,
    )
    if preferences.exclude:
        plan = plan.model_copy(update={"candidates": [_unticked(c, preferences.exclude) for c in plan.candidates]})
    if not plan.selected:
        raise BrainIsTold(
            expected="a candidate that can be built here",
            found="; ".join(f"{entry.title}: {entry.reason}" for entry in plan.not_possible) or "none is selected",
            remedy="Change the task, give more rows or more minutes.",
        )
    workspace.plan = plan
    return {"plan_hash": plan.hash, **plan.model_dump(mode="json", exclude={"task"})}


def _unticked(candidate: Candidate, excluded: list[str]) -> Candidate:
    """Not ticked where it was excluded; the trivial answer is built in any case, so it stays ticked."""
    from tools.approaches import approach_named

    if {candidate.name, candidate.approach} & set(excluded) and not approach_named(candidate.name).trivial:
        return candidate.model_copy(update={"selected": False})
    return candidate


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


def _split(workspace: Workspace, profile: DataProfile) -> Any:
    """The rows to learn from and to judge on; None where there are none yet. profile: known with the task, as in the plan."""
    from tools.data.splitting import make_split

    files = workspace.files_by_role(profile)
    if not files:
        return None
    table = profile.with_role("train") or profile.with_role("unlabelled")
    roles = {column.name: str(column.role) for column in table.columns} if table else {}
    return make_split(workspace.task, files, roles)
