"""Task, data and machine -> a plan: every approach considered, what is possible ranked, what fits the minutes ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from tools.approaches import APPROACHES
from tools.approaches.base import Feasible, Machine, Situation
from tools.core.data import DataProfile, SeriesForm, Split
from tools.core.errors import BrainIsTold, TaskError
from tools.core.language_model import LanguageModel
from tools.core.plan import Budget, Estimate, NotPossible, Plan, Rung
from tools.core.task import TaskSpec
from tools.data.label_counts import label_counts
from tools.rates import correction
from tools.ticks import Option, Wishes, exactly, ticked

DEFAULT_MINUTES = 10.0
DEFAULT_DOLLARS = 1.0  # where a language model that costs money is set up and no limit was said; nothing is spent unapproved
SPARE_MEMORY = 0.9


def propose(
    task: TaskSpec,
    profile: DataProfile,
    split: Split | None,
    machine: Machine,
    *,
    attachments: dict[str, str],
    minutes: float | None = None,
    approaches: Sequence[str] | None = None,
    budget: Budget | None = None,
    language_model: LanguageModel | None = None,
    samples_allowed: bool = False,
) -> Plan:
    """A plan for a person to approve. Trivial candidates are always ticked, then the most promising that fit the minutes.

    Candidates stand in building order: the trivial ones, what promises most a minute, and last what averages them.

    minutes: wall time for the whole run; else the task's, else 10. approaches: rungs or candidate names to tick, nothing else
    (a name that is a rung's too, such as `zero-shot`, means the rung; `exactly` names one candidate).
    language_model: the one that prompting may ask. samples_allowed: the person lets rows go to it; without that, what sends
    rows away or costs money is ticked only where it was asked for.
    Raises TaskError for an unknown name, BrainIsTold where the kind has no approach.
    """
    from tools.scoring import default_metric

    wanted = _wanted(approaches, task)
    if task.modality == "text" and not task.inputs:
        task = task.model_copy(update={"inputs": ["text"]})  # words alone, no file: new texts come in a column of this name
    minutes = minutes or task.constraints.minutes or DEFAULT_MINUTES
    budget = (budget or Budget(dollars=_dollars(task, language_model))).model_copy(update={"minutes": minutes})
    situation = describe_situation(task, profile, split, machine, minutes, language_model, budget.dollars, attachments)
    options, not_possible = _consider(situation, budget)
    return Plan(
        task=task,
        attachments=attachments,
        candidates=ticked(options, Wishes(wanted, minutes, task.constraints.priority, samples_allowed)),
        not_possible=not_possible,
        metric=task.metric or default_metric(task, situation.label_counts),
        test_rows=situation.test_rows,
        split_hash=split.data_hash if split else None,
        budget=budget,
        language_model=language_model if any(option.approach.rung == "prompting" for option in options) else None,
    )


def _dollars(task: TaskSpec, language_model: LanguageModel | None) -> float:
    """What may be spent: what the person said, else a little where there is something to spend it on."""
    if task.constraints.max_dollars is not None:
        return task.constraints.max_dollars
    return DEFAULT_DOLLARS if language_model is not None and language_model.paid else 0.0


def describe_situation(
    task: TaskSpec,
    profile: DataProfile,
    split: Split | None,
    machine: Machine,
    minutes: float,
    language_model: LanguageModel | None = None,
    dollars: float = 0.0,
    attachments: dict[str, str] | None = None,
) -> Situation:
    """What feasibility and estimates may depend on. Label counts are the training file's, scaled to the training rows.

    attachments: role -> id, from which the form of the series is read where the task is to forecast.
    """
    learnable = set(split.train) | set(split.validation) if split and task.answer_columns else set()
    return Situation(
        task=task,
        profile=profile,
        machine=machine,
        train_rows=len(learnable),
        test_rows=len(split.test) if split else 0,
        label_counts=_label_counts(task, profile, len(learnable)),
        minutes=minutes,
        cross_validated=bool(split and split.folds),
        language_model=language_model,
        dollars=dollars,
        series=_series(task, attachments or {}),
    )


def _series(task: TaskSpec, attachments: dict[str, str]) -> SeriesForm | None:
    """The form of the series of a forecast; None for other kinds, and where there is no file yet."""
    if not task.is_forecasting or "train" not in attachments:
        return None
    from tools.data.series import form_of

    given: Any = attachments
    return form_of(task, given)


def _label_counts(task: TaskSpec, profile: DataProfile, train_rows: int) -> dict[str, int] | None:
    if not task.label_names:
        return None
    file = profile.with_role("train")
    columns = [column for name in task.answer_columns if file and (column := file.column(name))]
    if file is None or not columns or not train_rows:
        return dict.fromkeys(task.label_names, 0)
    labelled = max(1, max(column.rows - column.missing for column in columns))
    seen = label_counts(file, task)
    unseen = [label for label in task.label_names if label not in seen]
    rest = max(0, labelled - sum(seen.values())) / len(unseen) if unseen else 0.0
    return {label: round(seen.get(label, rest) * min(1.0, train_rows / labelled)) for label in task.label_names}


def _wanted(approaches: Sequence[str] | None, task: TaskSpec) -> set[str]:
    """The names and rungs asked for; empty where nothing was. Raises TaskError (unknown name), BrainIsTold (unknown kind)."""
    fitting = [approach for approach in APPROACHES if task.kind in approach.kinds]
    if not fitting:
        raise BrainIsTold(
            expected="a task kind that has an approach",
            found=str(task.kind or "no task kind"),
            remedy="Ask the person what should be predicted, or say that Fasttrack cannot do this yet.",
        )
    wanted = {name.strip().lower() for name in approaches or () if name.strip()}
    known = {approach.name for approach in fitting}
    unknown = wanted - known - {exactly(approach.rung, approach.name) for approach in fitting} - set(get_args(Rung))
    if unknown:
        raise TaskError(
            code="unknown-approach",
            expected=f"rungs ({', '.join(get_args(Rung))}) or candidates ({', '.join(sorted(known))})",
            found=", ".join(sorted(unknown)),
            remedy="Name one of those, or leave the approaches out.",
        )
    return wanted


def _consider(situation: Situation, budget: Budget) -> tuple[list[Option], list[NotPossible]]:
    """Every approach for the kind, and those that are not possible."""
    options: list[Option] = []
    not_possible: list[NotPossible] = []
    for approach in APPROACHES:
        if situation.task.kind not in approach.kinds:
            continue
        verdict = approach.consider(situation)
        reason = _too_much(verdict.estimate, situation.machine, budget) if isinstance(verdict, Feasible) else verdict.reason
        if isinstance(verdict, Feasible) and reason is None:
            options.append(Option(approach, verdict, _corrected(verdict.estimate, approach.name, situation)))
        else:
            not_possible.append(
                NotPossible(name=approach.name, approach=approach.rung, title=approach.title, reason=str(reason))
            )
    return options, not_possible


def _corrected(estimate: Estimate, name: str, situation: Situation) -> Estimate:
    minutes = max(0.01, estimate.minutes * correction(situation.machine.rates, name, estimate.minutes))
    return estimate.model_copy(update={"minutes": round(minutes, 2)})


def _too_much(estimate: Estimate, machine: Machine, budget: Budget) -> str | None:
    """Why the machine or the budget cannot carry it, or None."""
    memory = min(machine.memory_mb * SPARE_MEMORY, budget.memory_mb)
    disk = min(machine.free_disk_mb * SPARE_MEMORY, budget.disk_mb)
    if estimate.memory_mb > memory:
        return f"needs about {estimate.memory_mb:,.0f} MB of memory, and {memory:,.0f} MB may be used"
    if estimate.download_mb > disk:
        return f"needs a download of {estimate.download_mb:,.0f} MB, and {disk:,.0f} MB of disk may be used"
    if estimate.download_mb and machine.offline:
        return f"needs a download of {estimate.download_mb:,.0f} MB, and connections are forbidden (offline)"
    if estimate.dollars > budget.dollars:
        return f"costs about ${estimate.dollars:.2f}, and ${budget.dollars:.2f} may be spent"
    return None
