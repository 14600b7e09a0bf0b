"""Task, data and machine -> a plan: every approach considered, what is possible ranked, what fits the minutes ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from tools.approaches import APPROACHES
from tools.approaches.base import Approach, Feasible, Machine, Situation
from tools.core.data import DataProfile, SeriesForm, Split
from tools.core.errors import BrainIsTold, TaskError
from tools.core.language_model import LanguageModel
from tools.core.plan import Budget, Candidate, Estimate, NotPossible, Plan, Rung
from tools.core.task import TaskSpec
from tools.data.label_counts import label_counts
from tools.rates import correction

DEFAULT_MINUTES = 10.0
DEFAULT_DOLLARS = 1.0  # where a language model that costs money is set up and no limit was said; nothing is spent unapproved
BUILDING_SHARE = 0.95  # of the minutes; the rest is for comparing, the report and packing
CAP_FLOOR = 0.3  # minutes that any candidate gets beyond its estimate: a process must start, and estimates err
CHEAP_SHARE = 0.15  # of the minutes: what one candidate may take with priority speed or cost, or where it seldom pays
SELDOM = 0.5  # an approach of less promise than this seldom pays: its minutes serve the others better
SPARE_MEMORY = 0.9


@dataclass(frozen=True)
class _Option:
    """A feasible approach with its estimate corrected by what this machine taught us."""

    approach: Approach
    feasible: Feasible
    estimate: Estimate


@dataclass(frozen=True)
class _Wishes:
    """wanted: names and rungs that were asked for. samples_allowed: rows may be sent to a language model, for money, too."""

    wanted: set[str]
    minutes: float
    priority: str | None
    samples_allowed: bool

    @property
    def thrifty(self) -> bool:
        """Whether little time matters more than the last point of quality."""
        return self.priority in ("speed", "cost")

    def left_out(self, option: _Option, left: float) -> str | None:
        """Why it is not ticked, or None. What was asked for by name or rung always is. left: minutes."""
        estimate, cheap = option.estimate, CHEAP_SHARE * self.minutes
        need = estimate.minutes
        if self.wanted:
            one = option.approach
            return None if self.wanted & {one.name, one.rung, exactly(one.rung, one.name)} else "not asked for"
        if estimate.download_mb:
            return "left out because it needs a download; ask for it by name"
        if option.feasible.leaves_machine and not self.samples_allowed:
            return "left out because rows would leave this machine; ask for it by name, or allow it"
        if estimate.dollars and not self.samples_allowed:
            return f"left out because it costs about ${estimate.dollars:.2f}; ask for it by name"
        if self.thrifty and need > cheap:
            return f"left out because you prefer {self.priority}: it needs about {need:.1f} minutes"
        if option.feasible.worth < SELDOM and need > cheap:
            return "left out because its minutes serve the others better"
        if need > left:
            return f"left out because it needs about {need:.1f} of the {max(left, 0):.1f} minutes left"
        return None


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
        candidates=_with_caps(_tick(options, _Wishes(wanted, minutes, task.constraints.priority, samples_allowed)), minutes),
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


def exactly(rung: str, name: str) -> str:
    """The one candidate of that name, also where its rung is called so: ticking it by hand must tick no other."""
    return f"{rung}/{name}"


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


def _consider(situation: Situation, budget: Budget) -> tuple[list[_Option], list[NotPossible]]:
    """Every approach for the kind, most promising first, and those that are not possible."""
    options: list[_Option] = []
    not_possible: list[NotPossible] = []
    for approach in APPROACHES:
        if situation.task.kind not in approach.kinds:
            continue
        verdict = approach.consider(situation)
        reason = _too_much(verdict.estimate, situation.machine, budget) if isinstance(verdict, Feasible) else verdict.reason
        if isinstance(verdict, Feasible) and reason is None:
            options.append(_Option(approach, verdict, _corrected(verdict.estimate, approach.name, situation)))
        else:
            not_possible.append(
                NotPossible(name=approach.name, approach=approach.rung, title=approach.title, reason=str(reason))
            )
    return options, not_possible


def _corrected(estimate: Estimate, name: str, situation: Situation) -> Estimate:
    minutes = max(0.01, estimate.minutes * correction(situation.machine.rates, name))
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


def _tick(options: list[_Option], wishes: _Wishes) -> list[Candidate]:
    """Tick the trivial ones, then by promise while the minutes last. What is not ticked says why."""
    left = wishes.minutes * BUILDING_SHARE
    why_not: dict[str, str] = {}
    for option in sorted(options, key=lambda option: _rank(option, wishes.thrifty)):
        reason = None if option.approach.trivial else wishes.left_out(option, left)
        if reason is None:
            left -= option.estimate.minutes
        else:
            why_not[option.approach.name] = reason
    return [_candidate(option, why_not.get(option.approach.name)) for option in options]


def _rank(option: _Option, thrifty: bool) -> tuple[bool, float, float]:
    cost = option.estimate.minutes if thrifty else 0.0
    return (not option.approach.trivial, cost, -option.feasible.worth)


def _candidate(option: _Option, why_not: str | None) -> Candidate:
    reason = option.feasible.reason if why_not is None else f"{option.feasible.reason}; {why_not}"
    return Candidate(
        name=option.approach.name,
        approach=option.approach.rung,
        title=option.approach.title,
        reason=reason,
        estimate=option.estimate,
        leaves_machine=list(option.feasible.leaves_machine),
        selected=why_not is None,
    )


def _with_caps(candidates: list[Candidate], minutes: float) -> list[Candidate]:
    """Each cap is the estimate and a floor; what is left goes to the long ones. Caps of what is ticked never sum to more."""
    available = minutes * BUILDING_SHARE
    ticked = [candidate.estimate.minutes for candidate in candidates if candidate.selected]
    least = sum(ticked) + CAP_FLOOR * len(ticked)
    stretch = max(0.0, available - least) / sum(ticked) if ticked else 0.0
    squeeze = min(1.0, available / least) if ticked else 1.0

    def cap(candidate: Candidate) -> float:
        share = candidate.estimate.minutes * (1 + stretch) if candidate.selected else candidate.estimate.minutes
        return round((share + CAP_FLOOR) * (squeeze if candidate.selected else 1.0), 3)

    return [candidate.model_copy(update={"cap_minutes": cap(candidate)}) for candidate in candidates]
