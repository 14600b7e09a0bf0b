"""A change by controls as one short line, in the person's name: "Without AutoML over text features, at most 20 minutes."."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from agent.narration.phrases import amount, listed, phrase
from agent.narration.planning import metric

if TYPE_CHECKING:
    from tools.core.task import TaskSpec
    from tools.workspace import Workspace

NAMED = 6  # more are counted


def told(before: Workspace, after: Workspace, tick: Mapping[str, bool], minutes: float | None, dollars: float | None) -> str:
    """What is different now: candidates by their titles, limits, fields of the task."""
    language = after.task.language
    candidates = before.plan.candidates if before.plan else []
    titles = {one.name: one.title.split("(")[0].split(":")[0].strip() for one in candidates}
    built = {candidate.name for candidate in before.plan.selected} if before.plan else set()
    out = [titles[name] for name, wanted in tick.items() if not wanted and name in built]
    back = [titles[name] for name, wanted in tick.items() if wanted and name not in built]
    parts = _task(before.task, after.task)
    parts += [phrase(language, "change.without", names=listed(language, out))] if out else []
    parts += [phrase(language, "change.with", names=listed(language, back))] if back else []
    if minutes is not None:
        parts.append(phrase(language, "change.minutes", minutes=amount(language, minutes)))
    if dollars is not None:
        parts.append(phrase(language, "change.dollars", dollars=amount(language, dollars)))
    line = ", ".join(parts or [phrase(language, "change.same")])
    return f"{line[0].upper()}{line[1:]}."


def _task(old: TaskSpec, new: TaskSpec) -> list[str]:
    language, parts = new.language, []
    retargeted = new.target is not None and new.target != old.target
    if retargeted:
        parts.append(phrase(language, "change.target", target=new.target))
    if new.kind is not None and new.kind != old.kind and not retargeted:
        parts.append(phrase(language, "change.kind", kind=phrase(language, f"kind.{new.kind}")))
    if not retargeted:
        parts += _columns(old, new) + _labels(old, new)
    if new.metric is not None and new.metric != old.metric:
        parts.append(phrase(language, "change.metric", metric=metric(language, new.metric)))
    if new.group_column and new.group_column != old.group_column:
        parts.append(phrase(language, "change.group", column=new.group_column))
    if new.time_column and new.time_column != old.time_column:
        parts.append(phrase(language, "change.time", column=new.time_column))
    if new.instruction != old.instruction:
        parts.append(phrase(language, "change.instruction"))
    if (priority := new.constraints.priority) and priority != old.constraints.priority:
        parts.append(phrase(language, "change.priority", priority=phrase(language, f"change.{priority}")))
    return parts


def _columns(old: TaskSpec, new: TaskSpec) -> list[str]:
    language = new.language
    left_out = [name for name in new.excluded_columns if name not in old.excluded_columns]
    parts = [phrase(language, "change.excluded", names=_some(left_out))] if left_out else []
    if set(new.inputs) - set(old.inputs):
        parts.append(phrase(language, "change.inputs", names=_some(new.inputs)))
    elif set(old.inputs) - set(new.inputs) - set(left_out):
        parts.append(phrase(language, "change.without", names=_some(name for name in old.inputs if name not in new.inputs)))
    return parts


def _labels(old: TaskSpec, new: TaskSpec) -> list[str]:
    if new.label_names and set(new.label_names) != set(old.label_names):
        return [phrase(new.language, "change.labels", names=_some(new.label_names))]
    if new.labels != old.labels and new.labels:
        return [phrase(new.language, "change.descriptions")]
    return []


def _some(names: Iterable[str]) -> str:
    """Columns or labels as they are written; many are cut."""
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted if len(quoted) <= NAMED else [*quoted[: NAMED - 1], f"… ({len(quoted)})"])
