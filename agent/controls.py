"""What a person changes with controls instead of words: the same tools as a brain's check it, and a new plan comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent import narration
from agent.builtin import FINAL_VERDICTS, call, say
from agent.interview import questions
from agent.narration.changing import told
from agent.understanding import understand
from tools.actions.inspecting import inspect_data
from tools.actions.proposing import propose_plan
from tools.actions.recording import TaskPatch, record_task
from tools.core.errors import PersonMustMend, TaskError
from tools.core.plan import Plan
from tools.core.task import TaskSpec
from tools.workspace import Preferences, Workspace

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

USES = ("target", "input", "excluded", "id", "group", "time")
DEPENDENT = ("kind", "labels", "metric")  # what another target makes uncertain again
FIXED_BY_OPTION = ("target", "labels", "horizon", "metric")


@dataclass(frozen=True)
class Change:
    """task: fields of a TaskSpec. tick: candidate -> whether it is built. minutes, dollars: the caps of the whole run."""

    task: Mapping[str, Any] = field(default_factory=dict)
    tick: Mapping[str, bool] = field(default_factory=dict)
    minutes: float | None = None
    dollars: float | None = None

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.task and not self.tick and self.minutes is None and self.dollars is None


@dataclass(frozen=True)
class Changed:
    """What came of it. said: the change in one line, as the person's. calls: the tool calls with their answers, for brains."""

    workspace: Workspace
    said: str
    calls: list[BaseMessage]


def carried_out(workspace: Workspace, change: Change) -> Changed:
    """The workspace after the change; the given one stays as it is.

    Raises FasttrackError where the change does not fit the data, the task or what can be built here.
    """
    before, after, calls = workspace, workspace.model_copy(deep=True), []
    if {attachment.id for attachment in after.attachments} - set(after.inspected):
        calls += _called("inspect_data", {}, _sound(inspect_data(after)))
    ticked = _ticked(workspace.plan, change.tick)
    patch = _patch(after, change)
    after.overrides = after.overrides.model_copy(update=_freed(change))
    if patch:
        answer = record_task(after, _checked(patch))
        calls += _called("record_task", {"patch": patch}, answer)
    _prefer(after, before.task, ticked, change)
    if not answers_needed(after):
        calls += _called("propose_plan", {}, propose_plan(after))
    return Changed(after, told(before, after, change.tick, change.minutes, change.dollars), calls)


def reply(changed: Changed, line: str, unanswered: list[BaseMessage]) -> dict[str, Any]:
    """The change as an update of the graph's state: the person's line, the calls, then the plan with its card, or a question.

    unanswered: answers for calls that were open; the card that waited counts as rejected.
    """
    from langchain_core.messages import HumanMessage

    answer = _plan_or_question(changed.workspace)
    question = answer.additional_kwargs.get("question")
    return {
        "messages": [*unanswered, HumanMessage(line), *changed.calls, answer],
        "workspace": changed.workspace.model_dump(mode="json"),
        "asked": question["field"] if question else None,
    }


def _plan_or_question(workspace: Workspace) -> AIMessage:
    """What the built-in brain says now."""
    task, plan = workspace.task, workspace.plan
    if plan is not None and not answers_needed(workspace):
        words = narration.plan(task, workspace.profile(task), plan, again=True)
        return call("run_plan", {"plan_hash": plan.hash}, words)
    profile = workspace.profile()
    open_questions = questions(task, profile, workspace.verdict or "needs-answer")
    if workspace.verdict in FINAL_VERDICTS or not open_questions:
        words = narration.refusal(task, profile, workspace.verdict or "not-supported", workspace.reason)
        return say(words, open_questions, asking=False)
    return say(narration.asking(task, profile, open_questions[0]), open_questions)


def answers_needed(workspace: Workspace) -> bool:
    """Whether a plan cannot be made yet."""
    return workspace.verdict in FINAL_VERDICTS or bool(workspace.missing(workspace.profile()))


def role_change(workspace: Workspace, attachment: str, column: str, use: str) -> Change:
    """The change that gives a column that use. Raises TaskError for an unknown use, attachment or column."""
    if use not in USES:
        raise TaskError(code="unknown-use", expected=", ".join(USES), found=repr(use), remedy="Choose one of those.")
    name = workspace.attached(attachment).name
    file = next((file for file in workspace.profile().files if file.column(column) is not None and name in file.file), None)
    if file is None:
        raise TaskError(
            code="unknown-column",
            expected=f"a column of {name}",
            found=repr(column),
            remedy="Use the names as they stand in the header.",
        )
    task = workspace.task
    others = [one for one in task.inputs if one != column]
    excluded = [one for one in task.excluded_columns if one != column]
    if use == "target":
        return Change(task={"target": column})
    if use == "input":
        freed = {name: None for name in ("group_column", "time_column", "target") if getattr(task, name) == column}
        return Change(task={"inputs": [*others, column], "excluded_columns": excluded, **freed})
    if use == "group":
        return Change(task={"group_column": column, "inputs": others})
    if use == "time":
        return Change(task={"time_column": column})
    return Change(task={"inputs": others, "excluded_columns": [*excluded, column]})


def _patch(workspace: Workspace, change: Change) -> dict[str, Any]:
    """The fields of the task that change, the whole of each; what hangs on another target is understood anew."""
    task, patch = workspace.task, _known_fields(change.task)
    limits = {"minutes": change.minutes, "max_dollars": change.dollars}
    constraints = {**patch.get("constraints", {}), **{name: value for name, value in limits.items() if value is not None}}
    if any(value is not None and value < 0 for value in limits.values()) or change.minutes == 0:
        raise TaskError(
            code="bad-limit",
            expected="more than 0 minutes, and 0 dollars or more",
            found=", ".join(f"{value:g} {name.removeprefix('max_')}" for name, value in limits.items() if value is not None),
            remedy="Give another limit.",
        )
    if constraints:
        patch["constraints"] = {**task.constraints.model_dump(), **constraints}
    if patch.get("target") is not None and patch["target"] != task.target:
        patch = {**_for_target(workspace, patch), **patch}
    if patch.keys() - {"constraints"}:
        sure = dict.fromkeys((name for name in patch if name != "confidence"), 1.0)
        points = {name: why for name, why in task.open_points.items() if name not in patch}
        patch = {"open_points": points, **patch}
        patch["confidence"] = {**task.confidence, **patch.get("confidence", {}), **sure}
        patch |= {"verdict": "ready", "reason": None}
    return patch


def _checked(patch: dict[str, Any]) -> TaskPatch:
    try:
        return TaskPatch.model_validate(patch)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise TaskError(
            code="bad-field",
            expected=f"a value that {'.'.join(map(str, first['loc'])) or 'the task'} can have",
            found=f"{first['input']!r} ({first['msg'][:1].lower()}{first['msg'][1:]})",
            remedy="Give another value.",
        ) from None


def _known_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(given.keys() - TaskSpec.model_fields.keys())
    if unknown:
        raise TaskError(
            code="unknown-field",
            expected=f"fields of a task ({', '.join(TaskSpec.model_fields)})",
            found=", ".join(unknown),
            remedy="Use one of those.",
        )
    return dict(given)


def _for_target(workspace: Workspace, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Kind, inputs and labels that go with another target, unless they are given too."""
    task, profile = workspace.task, workspace.profile()
    target = patch["target"]
    if not any(file.column(target) for file in profile.files):
        return {}  # record_task says which columns there are
    asked = task.model_copy(
        update={
            "target": target,
            "metric": None,
            "confidence": {**task.confidence, "target": 1.0, **dict.fromkeys(DEPENDENT, 0.0)},
            "open_points": {},
            "excluded_columns": [name for name in task.excluded_columns if name != target],
        }
    )
    found = understand("", asked, profile).task.model_dump(mode="json")
    names = ["kind", "modality", "inputs", "labels", "metric", "horizon", "excluded_columns", "open_points", "confidence"]
    if found["kind"] == "forecasting":
        names += ["time_column", "series_columns", "known_columns", "target_columns", "frequency"]
    return {name: found[name] for name in names}


def _freed(change: Change) -> dict[str, None]:
    """Options that a control overrules from now on."""
    names = [name for name in FIXED_BY_OPTION if name in change.task]
    return dict.fromkeys([*names, *(name for name in ("minutes", "dollars") if getattr(change, name) is not None)])


def _ticked(plan: Plan | None, tick: Mapping[str, bool]) -> list[str] | None:
    """The candidates that are to be built, trivial ones aside, each by its exact name; None where nothing was ticked."""
    if not tick:
        return None
    from tools.approaches import approach_named
    from tools.ticks import exactly

    if plan is None:
        raise TaskError(
            code="no-plan",
            expected="a plan whose candidates can be ticked",
            found="none yet",
            remedy="Say what should be done.",
        )
    known = {candidate.name: candidate for candidate in plan.candidates}
    for name, wanted in tick.items():
        impossible = next((entry for entry in plan.not_possible if entry.name == name), None)
        if name not in known:
            raise TaskError(
                code="not-possible" if impossible else "unknown-candidate",
                expected=f"one of the candidates that can be built here ({', '.join(known)})",
                found=f"{impossible.title}: {impossible.reason}".rstrip(".") if impossible else repr(name),
                remedy="Choose one of those.",
            )
        if not wanted and approach_named(name).trivial:
            raise TaskError(
                code="trivial-stays",
                expected=f"{name} to be built",
                found="that it is left out",
                remedy="It costs next to nothing, and the others are measured against it; leave out another.",
            )
    trivial = [name for name in known if approach_named(name).trivial]
    chosen = [name for name, one in known.items() if name not in trivial and tick.get(name, one.selected)]
    return [exactly(known[name].approach, name) for name in chosen or trivial]


def _prefer(workspace: Workspace, before: TaskSpec, ticked: list[str] | None, change: Change) -> None:
    """What was ticked by hand holds until it is ticked otherwise; of another kind of task it means nothing."""
    old = workspace.preferences
    if ticked is not None:
        old = old.model_copy(update={"approaches": ticked, "exclude": []})
        workspace.overrides = workspace.overrides.model_copy(update={"approaches": None})
    if workspace.task.kind != before.kind:
        old = Preferences(minutes=old.minutes, dollars=old.dollars, priority=old.priority)
    if change.minutes is not None:
        old = old.model_copy(update={"minutes": None})  # the task's own limit holds, which words can change later
    if change.dollars is not None:
        old = old.model_copy(update={"dollars": None})
    if (constraints := change.task.get("constraints")) and "priority" in constraints:
        old = old.model_copy(update={"priority": None})
    workspace.preferences = old


def _called(tool: str, arguments: dict[str, Any], answer: dict[str, Any]) -> list[BaseMessage]:
    from langchain_core.messages import ToolMessage

    asked = call(tool, arguments)
    id = str(asked.tool_calls[0]["id"])
    return [asked, ToolMessage(json.dumps(answer, ensure_ascii=False), tool_call_id=id, name=tool)]


def _sound(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it tells of a file that cannot be read."""
    if "error" in answer:
        raise PersonMustMend(**answer["error"])
    return answer
