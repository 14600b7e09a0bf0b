"""What a person has ticked, moved and typed on the plan card and not sent yet, against the plan as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from tools.core.errors import TaskError
from tools.core.plan import Candidate, Plan
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec
from tools.overrides import ABOUT_A_LABEL, TAKES_A_NUMBER, check_metric


@dataclass(frozen=True)
class Totals:
    """What the ticked candidates take together. memory_mb: of the hungriest, they are built one after the other."""

    candidates: int
    minutes: float
    dollars: float
    download_mb: float
    memory_mb: float
    leaves: list[str]

    @classmethod
    def of(cls, candidates: list[Candidate]) -> Totals:
        """Added up."""
        return cls(
            len(candidates),
            sum(one.estimate.minutes for one in candidates),
            sum(one.estimate.dollars for one in candidates),
            sum(one.estimate.download_mb for one in candidates),
            max((one.estimate.memory_mb for one in candidates), default=0.0),
            list(dict.fromkeys(what for one in candidates for what in one.leaves_machine)),
        )


@dataclass(frozen=True)
class Draft:
    """ticked: candidate -> whether it is to be built. task: fields of the task that were edited, with their new values."""

    ticked: Mapping[str, bool]
    minutes: float
    dollars: float
    task: Mapping[str, Any] = field(default_factory=dict)

    def totals(self, plan: Plan) -> Totals:
        """What would be built."""
        return Totals.of([one for one in plan.candidates if self.ticked.get(one.name, one.selected)])

    def changes(self, plan: Plan) -> dict[str, Any]:
        """The arguments of `Session.change` that make the plan like this; empty where it is like this already."""
        tick = {
            one.name: self.ticked[one.name]
            for one in plan.candidates
            if self.ticked.get(one.name, one.selected) != one.selected
        }
        changed: dict[str, Any] = {"tick": tick} if tick else {}
        if self.minutes != plan.budget.minutes:
            changed["minutes"] = self.minutes
        if self.dollars != plan.budget.dollars:
            changed["dollars"] = self.dollars
        if self.task:
            changed["task"] = dict(self.task)
        return changed


def fitting_metrics(task: TaskSpec) -> list[str]:
    """Names of the metrics that can judge this task."""
    fitting = []
    for name in get_args(MetricName):
        try:
            check_metric(MetricSpec(name=name), task)
        except TaskError:
            continue
        fitting.append(name)
    return fitting


def is_about_a_label(metric: str) -> bool:
    """Whether the metric looks at one label."""
    return metric in ABOUT_A_LABEL


def takes_a_number(metric: str) -> bool:
    """Whether the metric has a parameter."""
    return metric in TAKES_A_NUMBER


def labels_as_lines(labels: list[Label] | None) -> str:
    """`name: what it means`, one a line."""
    return "\n".join(f"{one.name}: {one.description}" if one.description else one.name for one in labels or [])


def labels_from_lines(lines: str, known: list[Label] | None) -> list[dict[str, Any]]:
    """The labels of `labels_as_lines`. A known name may hold a colon itself; the longest known name that fits is taken."""
    names = sorted((one.name for one in known or []), key=len, reverse=True)
    found: dict[str, str | None] = {}
    for line in (line.strip() for line in lines.splitlines()):
        if not line:
            continue
        name = next((name for name in names if line == name or line.startswith(f"{name}:")), line.partition(":")[0].strip())
        found[name] = line[len(name) :].lstrip(" :").strip() or None
    return [{"name": name, "description": description} for name, description in found.items()]
