"""A plan before its approval: what was understood, what is wrong with the data, what it will take."""

from __future__ import annotations

from agent.narration.describing import listed, number, read, troubles
from prompts import phrase
from tools.core.data import DataProfile
from tools.core.plan import Plan
from tools.core.task import MetricSpec, TaskSpec

INPUTS_NAMED = 4


def plan(task: TaskSpec, profile: DataProfile, proposed: Plan) -> str:
    """Sentences for the plan; its rows are shown by the user interface."""
    paragraphs = [
        [*read(task.language, profile), _taken(task, profile)],
        troubles(task.language, profile.problems),
        _offer(proposed),
    ]
    return "\n".join(" ".join(sentence for sentence in sentences if sentence) for sentences in paragraphs if sentences)


def metric_words(metric: MetricSpec) -> str:
    """`recall of spam (at 0.9)`."""
    label = f" `{metric.label}`" if metric.label else ""
    return f"{metric.name}{label}" + (f" (at {metric.at:g})" if metric.at is not None else "")


def _taken(task: TaskSpec, profile: DataProfile) -> str:
    """What the task was understood to be."""
    file = profile.with_role("train")
    column = file.column(task.target) if file and task.target else None
    if column is None:
        if not task.labels:
            return ""
        names = ", ".join(f"`{name}`" for name in task.label_names)
        return phrase(task.language, "take_labels", count=len(task.labels), labels=names)
    others = [name for name in task.inputs if name != task.target]
    if 0 < len(others) <= INPUTS_NAMED:
        inputs = phrase(task.language, "inputs_named", names=", ".join(f"`{name}`" for name in others))
    else:
        inputs = phrase(task.language, "inputs_all", count=len(others) or len(file.columns) - 1 if file else 0)
    if not task.is_classification:
        low, high = (number(bound) if isinstance(bound, float | int) else "?" for bound in (column.minimum, column.maximum))
        return phrase(task.language, "take_number", target=column.name, low=low, high=high, inputs=inputs)
    rarest, rows = min(column.top, key=lambda entry: entry[1], default=("?", 0))
    return phrase(
        task.language, "take_classes",
        target=column.name, count=column.unique, rarest=rarest, rows=f"{rows:,}", inputs=inputs,
    )  # fmt: skip


def _offer(proposed: Plan) -> list[str]:
    """What it costs, how it is judged, what leaves the machine."""
    language = proposed.task.language
    minutes = sum(candidate.estimate.minutes for candidate in proposed.selected)
    money = sum(candidate.estimate.dollars for candidate in proposed.selected)
    dollars = phrase(language, "costs_money", amount=f"{money:.2f}") if money else phrase(language, "costs_nothing")
    said = [phrase(language, "plan_costs", count=len(proposed.selected), minutes=_rounded(minutes), dollars=dollars)]
    if proposed.test_rows:
        said.append(phrase(language, "judged", metric=metric_words(proposed.metric), rows=f"{proposed.test_rows:,}"))
    else:
        said.append(phrase(language, "unmeasured"))
    leaving = sorted({what for candidate in proposed.selected for what in candidate.leaves_machine})
    said.append(phrase(language, "something_leaves", what=listed(leaving)) if leaving else phrase(language, "nothing_leaves"))
    if any(entry.approach == "prompting" for entry in proposed.not_possible):
        said.append(phrase(language, "no_prompting"))
    return said


def _rounded(minutes: float) -> str:
    return f"{minutes:.0f}" if minutes >= 3 else f"{minutes:.1f}"
