"""The plan in sentences: time, cost, how it is judged, what leaves the machine. The table of candidates is shown by ui."""

from __future__ import annotations

from typing import Any

from agent.narration import forecasts
from agent.narration.phrases import amount, count, duration, listed, phrase
from agent.narration.showing import describe, understood
from tools.core.data import DataProfile
from tools.core.plan import Plan
from tools.core.task import Language, MetricSpec, TaskSpec


def plan(task: TaskSpec, profile: DataProfile, proposed: Plan, again: bool = False) -> str:
    """What was read, what was understood, and what is suggested. again: the data were told already."""
    language = task.language
    minutes = sum(candidate.estimate.minutes for candidate in proposed.selected)
    dollars = sum(candidate.estimate.dollars for candidate in proposed.selected)
    cost = phrase(language, "plan.dollars", dollars=amount(language, dollars)) if dollars else phrase(language, "plan.nothing")
    leaving = list(dict.fromkeys(what for candidate in proposed.selected for what in candidate.leaves_machine))
    said = [
        "" if again else describe(task, profile),
        understood(task),
        phrase(language, "plan.suggest", minutes=duration(language, minutes), cost=cost),
        phrase(language, "plan.leaves", what=listed(language, leaving)) if leaving else phrase(language, "plan.stays"),
        _judged(language, proposed),
        phrase(language, "plan.choose"),
    ]
    return " ".join(part for part in said if part)


def _judged(language: Language, proposed: Plan) -> str:
    if proposed.test_rows <= 0:
        return phrase(language, "plan.not_judged")
    task, by = proposed.task, metric(language, proposed.metric)
    if task.horizon is not None and "test" not in proposed.attachments:
        ahead = forecasts.ahead(language, task.horizon, task.frequency)
        return phrase(language, "plan.judged_forecast", metric=by, ahead=ahead)
    return phrase(language, "plan.judged", metric=by, rows=count(language, proposed.test_rows))


def metric(language: Language, spec: MetricSpec) -> str:
    """A metric in the person's words."""
    label = f"`{spec.label}`" if spec.label else phrase(language, "metric.each")
    at = spec.at
    if spec.name == "fbeta":
        kind = "fbeta_precision" if at is not None and at < 1 else "fbeta_recall"
        return phrase(language, f"metric.{kind}", label=label, at=amount(language, at or 1.0))
    if spec.name == "recall" and at:
        return phrase(language, "metric.recall_at", label=label, at=count(language, 100 * at))
    if spec.name == "precision-at-k":
        return phrase(language, "metric.precision-at-k", at=count(language, at or 10))
    if spec.name in ("f1", "precision", "recall", "average-precision"):
        return phrase(language, f"metric.{spec.name}", label=label)
    return phrase(language, f"metric.{spec.name}")


def started(task: TaskSpec, minutes: float) -> str:
    """After the approval."""
    return phrase(task.language, "plan.started", minutes=duration(task.language, minutes))


def turned_down(task: TaskSpec) -> str:
    """After a no without words."""
    return phrase(task.language, "plan.turned_down")


def progress(task: TaskSpec, status: dict[str, Any]) -> str:
    """How a run is doing, from a RunStatus as JSON (`finished` may be a list of names or, once it is over, true)."""
    language = task.language
    state = status.get("state")
    if state == "waiting":
        return phrase(language, "progress.waiting")
    if state == "interrupted":
        return phrase(language, "progress.interrupted", run=status.get("run_id", ""))
    if status.get("finished") is True:
        return phrase(language, "progress.over")
    finished = status.get("finished")
    numbers = {"done": len(finished) if isinstance(finished, list) else 0, "total": status.get("of", 0)}
    if status.get("candidate"):
        said = phrase(language, "progress.building", name=status["candidate"], **numbers)
    else:
        said = phrase(language, "progress.phase", phase=status.get("phase") or state or "", **numbers)
    left = status.get("left_seconds")
    return f"{said} {phrase(language, 'progress.left', minutes=duration(language, left / 60))}" if left else said
