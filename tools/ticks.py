"""Which candidates of a plan are ticked, in which order they are built, and how many minutes each of them gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.approaches import averaging
from tools.approaches.base import Approach, Feasible
from tools.core.plan import Candidate, Estimate

BUILDING_SHARE = 0.95  # of the minutes; the rest is for comparing, the report and packing
CAP_FLOOR = 0.3  # minutes that any candidate gets beyond its estimate: a process must start, and estimates err
FLOORS_SHARE = 0.25  # of the minutes: what all floors take at most, so that short runs have time for what needs it
CHEAP_SHARE = 0.15  # of the minutes: what one candidate may take with priority speed or cost, or where it seldom pays
LARGEST_SHARE = 0.5  # of the minutes that are left: what one that adapts to its minutes is promised before the others are heard
SELDOM = 0.5  # an approach of less promise than this seldom pays: its minutes serve the others better
STARTING_MINUTES = 0.1  # a process that starts, loads and scores: so much is spent before anything is gained
USED_SHARE = 0.85  # of its limit, that one takes which adapts to it


@dataclass(frozen=True)
class Option:
    """A feasible approach with its estimate corrected by what this machine taught us."""

    approach: Approach
    feasible: Feasible
    estimate: Estimate

    @property
    def averages(self) -> bool:
        """Whether it is made of the others."""
        return self.approach.name == averaging.NAME

    @property
    def least(self) -> float:
        """Minutes below which it is not begun."""
        adapts, reckoned = self.feasible.least_minutes, self.feasible.estimate.minutes
        if adapts is None or reckoned <= 0:
            return self.estimate.minutes
        return min(adapts / reckoned, 1.0) * self.estimate.minutes  # corrected as the estimate was


@dataclass(frozen=True)
class Wishes:
    """wanted: names and rungs that were asked for. samples_allowed: rows may be sent to a language model, for money, too."""

    wanted: set[str]
    minutes: float
    priority: str | None
    samples_allowed: bool

    @property
    def thrifty(self) -> bool:
        """Whether little time matters more than the last point of quality."""
        return self.priority in ("speed", "cost")

    def names(self, approach: Approach) -> bool:
        """Whether it, or its rung, was asked for."""
        return bool(self.wanted & {approach.name, approach.rung, exactly(approach.rung, approach.name)})

    def left_out(self, option: Option, left: float) -> str | None:
        """Why it is not ticked, or None. What was asked for by name or rung always is. left: minutes."""
        estimate, cheap = option.estimate, CHEAP_SHARE * self.minutes
        need = option.least
        if self.wanted:
            return None if self.names(option.approach) else "not asked for"
        if estimate.download_mb:
            return "left out because it needs a download; ask for it by name"
        if option.feasible.leaves_machine and not self.samples_allowed:
            return "left out because rows would leave this machine; ask for it by name, or allow it"
        if estimate.dollars and not self.samples_allowed:
            return f"left out because it costs about ${estimate.dollars:.2f}; ask for it by name"
        if self.thrifty and option.averages:
            return f"left out because you prefer {self.priority}: it asks several models about each row"
        if self.thrifty and estimate.minutes > cheap:  # what adapts would take more than it needs
            return f"left out because you prefer {self.priority}: it needs about {estimate.minutes:.1f} minutes"
        if option.feasible.worth < SELDOM and need > cheap:
            return "left out because its minutes serve the others better"
        if need > left:
            return f"left out because it needs about {need:.1f} of the {max(left, 0):.1f} minutes left"
        return None


def exactly(rung: str, name: str) -> str:
    """The one candidate of that name, also where its rung is called so: ticking it by hand must tick no other."""
    return f"{rung}/{name}"


def ticked(options: Sequence[Option], wishes: Wishes) -> list[Candidate]:
    """The candidates of a plan, those to build first and in building order, each with its limit.

    Ticked are the trivial ones, then by promise while the minutes last. Built are the trivial ones, then what promises most a
    minute, so that a good one is there soonest and little is lost where the minutes run out; last what averages the others.
    """
    why_not = _left_out(options, wishes)
    order = sorted(options, key=lambda option: _place(option, option.approach.name in why_not, wishes.thrifty))
    candidates = [_candidate(option, why_not.get(option.approach.name), wishes) for option in order]
    adapting = {option.approach.name for option in options if option.feasible.least_minutes is not None}
    return [_as_it_gets(one, adapting) for one in _with_caps(candidates, wishes.minutes, adapting)]


def _left_out(options: Iterable[Option], wishes: Wishes) -> dict[str, str]:
    """Name -> why it is not ticked."""
    left = wishes.minutes * BUILDING_SHARE
    why_not: dict[str, str] = {}
    members = 0
    for option in sorted(options, key=lambda option: _rank(option, wishes.thrifty)):
        reason = None if option.approach.trivial else wishes.left_out(option, left)
        if reason is None and option.averages and members < 2:
            reason = "left out because fewer than two others are there to average"
        if reason is None:
            left -= min(option.estimate.minutes, max(option.least, LARGEST_SHARE * left))
            members += averages_well(option)
        else:
            why_not[option.approach.name] = reason
    return why_not


def averages_well(option: Option) -> bool:
    """Whether its model can be a part of an average: not the trivial answer, not a language model, not an average."""
    return not (option.approach.trivial or option.averages or option.approach.rung == "prompting")


def _rank(option: Option, thrifty: bool) -> tuple[bool, bool, float, float]:
    """The order in which they are offered the minutes."""
    cost = option.estimate.minutes if thrifty else 0.0
    return (not option.approach.trivial, option.averages, cost, -option.feasible.worth)


def _place(option: Option, left_out: bool, thrifty: bool) -> tuple[bool, bool, bool, float]:
    """The order in which they are built; what is left out stands below, the most promising first."""
    gain = option.feasible.worth if left_out else option.feasible.worth / (option.estimate.minutes + STARTING_MINUTES)
    return (left_out, not option.approach.trivial, option.averages, -gain)


def _candidate(option: Option, why_not: str | None, wishes: Wishes) -> Candidate:
    reason = option.feasible.reason if why_not is None else f"{option.feasible.reason}; {why_not}"
    return Candidate(
        name=option.approach.name,
        approach=option.approach.rung,
        title=option.approach.title,
        reason=reason,
        estimate=option.estimate,
        formula_minutes=option.feasible.estimate.minutes,
        leaves_machine=list(option.feasible.leaves_machine),
        selected=why_not is None,
        asked=why_not is None and wishes.names(option.approach),
    )


def _with_caps(candidates: list[Candidate], minutes: float, adapting: set[str]) -> list[Candidate]:
    """Each cap is the estimate and a floor; what is left goes to the long ones. Caps of what is ticked never sum to more.

    Where time is short, those that adapt to it make room for those that take what they take.
    """
    available = minutes * BUILDING_SHARE
    chosen = [candidate for candidate in candidates if candidate.selected]
    floor = min(CAP_FLOOR, FLOORS_SHARE * available / max(1, len(chosen)))
    fixed = sum(one.estimate.minutes for one in chosen if one.name not in adapting)
    flexible = sum(one.estimate.minutes for one in chosen if one.name in adapting)
    left = available - floor * len(chosen)
    stretch = firm = left / (fixed + flexible) if fixed + flexible else 1.0
    if firm < 1 and flexible and left > fixed:
        firm, stretch = 1.0, (left - fixed) / flexible

    def cap(candidate: Candidate) -> float:
        factor = (stretch if candidate.name in adapting else firm) if candidate.selected else 1.0
        return round(candidate.estimate.minutes * factor + (floor if candidate.selected else CAP_FLOOR), 3)

    return [candidate.model_copy(update={"cap_minutes": cap(candidate)}) for candidate in candidates]


def _as_it_gets(candidate: Candidate, adapting: set[str]) -> Candidate:
    """What adapts to its limit takes no more than that: the estimate says so."""
    most = USED_SHARE * candidate.cap_minutes
    if candidate.name not in adapting or candidate.estimate.minutes <= most:
        return candidate
    estimate = candidate.estimate.model_copy(update={"minutes": round(most, 2)})
    return candidate.model_copy(update={"estimate": estimate})
