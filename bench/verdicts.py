"""Verdicts: the rules that Fasttrack must keep, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.datasets import Dataset
from bench.measurement import Measurement
from bench.scoring import Difference

MANY_ROWS = 1000
MOST_BEHIND = 1.0  # points, with many test rows
MOST_BEHIND_FORECAST = 2.0  # percent of MASE
MOST_LOST_BY_CHOICE = 0.5  # points, on average
TELLING_ROWS = 200  # locked rows; on fewer the best of five equal candidates is points ahead of the others by luck alone
ENOUGH_SECONDS = 10.0  # shorter candidates' estimates are not judged
WITHIN, SHARE_WITHIN = 1.5, 0.9
AT_LIMIT = 0.85  # who used that share of the time that was allowed was bounded by it, and proves no estimate
LATE = 1.1  # a peer that took that many times the minutes was not there in time
Word = Literal["ahead", "level", "behind", "lost", "alone"]


@dataclass(frozen=True)
class Verdict:
    """kept: the dataset's rule holds. word: `ahead` or `behind` only where the interval leaves no doubt."""

    word: Word
    kept: bool
    why: str


@dataclass(frozen=True)
class Check:
    """One rule over all. kept: None where it could not be measured."""

    rule: str
    found: str
    kept: bool | None


def verdict(dataset: Dataset, units: int, found: Difference | None, peer: str | None) -> Verdict:
    """Of one dataset. units: test rows; found: Fasttrack against the best peer in points; None where Fasttrack has no score."""
    if peer is None:
        return Verdict("alone", True, "no peer was there in time")
    if found is None:
        return Verdict("lost", False, "Fasttrack gave no answers")
    word: Word = "ahead" if found.low > 0 else "behind" if found.high < 0 else "level"
    if dataset.kind == "forecasting":
        kept = found.value >= -MOST_BEHIND_FORECAST
        return Verdict(word, kept, f"at most {MOST_BEHIND_FORECAST:g} % of MASE behind")
    if units >= MANY_ROWS:
        return Verdict(word, found.value >= -MOST_BEHIND, f"at most {MOST_BEHIND:g} point behind with {MANY_ROWS:,} test rows")
    return Verdict(word, found.high >= 0, "not significantly behind on fewer test rows")


def in_time(measurement: Measurement, minutes: float) -> bool:
    """Whether a peer had learnt within the minutes."""
    return measurement.status == "done" and (measurement.fit_seconds or 0.0) <= LATE * 60 * minutes


def average(differences: Sequence[float]) -> Check:
    """Over all datasets, whole ones."""
    rule = "average difference to the best peer at least equal"
    if not differences:
        return Check(rule, "nothing measured", None)
    mean = sum(differences) / len(differences)
    return Check(rule, f"{mean:+.2f} points over {len(differences)} datasets", mean >= 0)


def choice_loss(measurement: Measurement, lower_is_better: bool) -> float | None:
    """Points that the chosen candidate lies behind the best one on the rows that no candidate saw; None where not known."""
    scores: dict[str, float] = {
        row["name"]: row["test"]["value"] for row in measurement.facts.get("candidates", []) if row["test"]
    }
    chosen = scores.get(str(measurement.facts.get("chosen")))
    if chosen is None or len(scores) < 2:
        return None
    if lower_is_better:
        best = min(scores.values())
        return 100 * (chosen - best) / best if best else 0.0
    return 100 * (max(scores.values()) - chosen)


def choosing(losses: Sequence[float], others: Sequence[float]) -> Check:
    """Over all builds with more than one candidate and rows enough to tell them apart. others: losses on fewer locked rows."""
    rule = f"choosing among its own candidates loses at most {MOST_LOST_BY_CHOICE:g} points on average"
    rest = ""
    if others:
        rest = f"; {sum(others) / len(others):.2f} over {len(others)} with fewer locked rows, on which luck decides who is best"
    if not losses:
        return Check(rule, f"nothing measured{rest}", None)
    mean = sum(losses) / len(losses)
    found = f"{mean:.2f} points over {len(losses)} builds with {TELLING_ROWS} locked rows or more"
    return Check(rule, found + rest, mean <= MOST_LOST_BY_CHOICE)


def judged_estimates(measurements: Sequence[Measurement]) -> list[dict[str, float | str]]:
    """The estimates that can be judged: done, longer than 10 s, and not ended by the limit of time."""
    found = []
    for one in measurements:
        for estimate in one.facts.get("estimates", []):
            free = estimate["true"] < AT_LIMIT * estimate["allowed"]
            if estimate["status"] == "done" and estimate["true"] > ENOUGH_SECONDS and free:
                found.append({"dataset": one.dataset, **estimate})
    return found


def estimating(estimates: Sequence[dict[str, float | str]]) -> Check:
    """How many estimates were within the factor."""
    rule = f"minutes within a factor of {WITHIN:g} for {SHARE_WITHIN:.0%} of candidates over {ENOUGH_SECONDS:g} s".replace(
        "%", " %"
    )
    if not estimates:
        return Check(rule, "no candidate took that long without being bounded by its limit", None)
    good = sum(is_within(estimate) for estimate in estimates)
    return Check(rule, f"{good} of {len(estimates)}", good >= SHARE_WITHIN * len(estimates))


def is_within(estimate: dict[str, float | str]) -> bool:
    """Whether truth and estimate differ by at most the factor."""
    true, estimated = float(estimate["true"]), float(estimate["estimated"])
    return estimated > 0 and max(true / estimated, estimated / true) <= WITHIN
