"""Checks: each rule of what Fasttrack promises, over all that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from bench import million
from bench.contender import ALONE_EMBEDDED, ALONE_TUNED, FASTTRACK
from bench.scoring import ERRORS
from bench.standing import Entry, Standing
from bench.verdicts import MANY_ROWS, TELLING_ROWS, Check, average, choice_loss, choosing, estimating, judged_estimates

FEW_SHOT_FASTER, TUNING_FASTER, ROWS_FASTER = 3.0, 2.0, 3.0
EQUAL_SCORE = 1.0  # points: fine-tuning counts as equally good within them, or where the interval covers nothing
P50_MS, COLD_SECONDS, ENVIRONMENT_MB = 10.0, 1.0, 250.0
OWA_LIMITS = {"m4_hourly": 0.45, "m3_monthly": 0.84}
SETFIT, TRAINER, ENCODER = "setfit", "hf-trainer", "sentence-transformers"


@dataclass(frozen=True)
class Pair:
    """Fasttrack's and the peer's measurement on one dataset, both with a score."""

    standing: Standing
    ours: Entry
    theirs: Entry

    @property
    def points(self) -> float:
        """How far ahead in points."""
        found = self.standing.against(self.ours, self.theirs)
        return found.value if found is not None else float("nan")


def pairs(standings: Sequence[Standing], ours: str, theirs: str) -> list[Pair]:
    """Where both are there with a score."""
    found = []
    for one in standings:
        a, b = one.entry(ours), one.entry(theirs)
        if a is not None and b is not None and a.judged is not None and b.judged is not None:
            found.append(Pair(one, a, b))
    return found


def whole(standings: Sequence[Standing]) -> list[Standing]:
    """Of all training rows, with Fasttrack measured."""
    return [one for one in standings if not one.dataset.shots and one.ours is not None]


def few_shot(standings: Sequence[Standing]) -> list[Standing]:
    """Of few rows a class."""
    return [one for one in standings if one.dataset.shots]


def all_checks(standings: Sequence[Standing], told: dict[str, Any] | None) -> list[Check]:
    """Every rule in the order of the promise."""
    return [
        *_regret(standings),
        *_few_shot(standings),
        *_tuning(standings),
        *_speed(standings),
        *_forecasts(standings),
        *_million(told),
    ]


def _regret(standings: Sequence[Standing]) -> list[Check]:
    judged = [(one, one.verdict) for one in whole(standings)]
    found = []
    for rule, chosen in (
        (
            f"at most 1 point behind with {MANY_ROWS:,} test rows or more",
            lambda one: _is(one, False) and one.units >= MANY_ROWS,
        ),
        ("not significantly behind with fewer", lambda one: _is(one, False) and one.units < MANY_ROWS),
        ("forecasts at most 2 % of MASE behind", lambda one: _is(one, True)),
    ):
        there = [(one, said) for one, said in judged if chosen(one) and said is not None]
        missed = [one.dataset.title for one, said in there if not said.kept]
        said = f"{len(there) - len(missed)} of {len(there)} datasets" + (f"; missed: {', '.join(missed)}" if missed else "")
        found.append(Check(rule, said if there else "nothing measured", not missed if there else None))
    ahead = [one.difference.value for one in whole(standings) if one.difference is not None]
    lower = [one.ours for one in standings if one.ours is not None and one.dataset.metric in ERRORS]
    losses: dict[bool, list[float]] = {True: [], False: []}
    for one in (standing.ours for standing in standings if standing.ours is not None):
        if (loss := choice_loss(one.measurement, one in lower)) is not None:
            losses[one.measurement.facts.get("locked_rows", 0) >= TELLING_ROWS].append(loss)
    estimates = judged_estimates([one.ours.measurement for one in standings if one.ours is not None])
    return [*found, average(ahead), choosing(losses[True], losses[False]), estimating(estimates)]


def _is(one: Standing, forecast: bool) -> bool:
    return (one.dataset.kind == "forecasting") == forecast


def _few_shot(standings: Sequence[Standing]) -> list[Check]:
    there = pairs(few_shot(standings), FASTTRACK.name, SETFIT)
    score, speed = "8-shot: ahead of SetFit in the mean", f"8-shot: at least {FEW_SHOT_FASTER:g} times as fast as SetFit"
    if not there:
        return [Check(score, "nothing measured", None), Check(speed, "nothing measured", None)]
    points = mean(pair.points for pair in there)
    whole_seconds = sum(pair.ours.measurement.whole_seconds or 0.0 for pair in there)
    ours = sum(pair.ours.measurement.fit_seconds or 0.0 for pair in there)
    theirs = sum(pair.theirs.measurement.fit_seconds or 0.0 for pair in there)
    imported = theirs + sum(pair.theirs.measurement.facts.get("import_seconds", 0.0) for pair in there)
    words = (
        f"fit of the chosen candidate, both with their imports, {_times(imported, ours)} (SetFit without its imports: "
        f"{_times(theirs, ours)}); the whole build with its plan, all candidates, report and proof "
        f"{_times(imported, whole_seconds)}"
    )
    return [
        Check(score, f"{points:+.1f} points over {len(there)} draws", points > 0),
        Check(speed, words, ours > 0 and imported / ours >= FEW_SHOT_FASTER),
    ]


def _times(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.1f} times as fast" if ours else "no time known"


def _tuning(standings: Sequence[Standing]) -> list[Check]:
    rule = f"full fine-tuning: at least {TUNING_FASTER:g} times as fast as Hugging Face's Trainer, at equal score"
    there = pairs(standings, ALONE_TUNED.name, TRAINER)
    if not there:
        return [Check(rule, "nothing measured", None)]
    said, kept = [], True
    for pair in there:
        ours, theirs = pair.ours.measurement.fit_seconds or 0.0, pair.theirs.measurement.fit_seconds or 0.0
        difference = pair.standing.against(pair.ours, pair.theirs)
        equal = difference is not None and (difference.value >= -EQUAL_SCORE or difference.high >= 0)
        kept = kept and equal and ours > 0 and theirs / ours >= TUNING_FASTER
        said.append(f"{pair.standing.dataset.title}: {_times(theirs, ours)}, {pair.points:+.1f} points")
    return [Check(rule, "; ".join(said), kept)]


def _speed(standings: Sequence[Standing]) -> list[Check]:
    there = pairs(standings, ALONE_EMBEDDED.name, ENCODER)
    rules = (
        f"text prototype: at least {ROWS_FASTER:g} times the rows per second of sentence-transformers on the same encoder",
        f"text prototype: single row p50 under {P50_MS:g} ms",
        f"text prototype: cold start under {COLD_SECONDS:g} s",
        f"text prototype: environment under {ENVIRONMENT_MB:g} MB",
    )
    if not there:
        return [Check(rule, "nothing measured", None) for rule in rules]
    ratios = [
        (pair.ours.measurement.rows_per_second or 0.0) / (pair.theirs.measurement.rows_per_second or 1.0) for pair in there
    ]
    names = [pair.standing.dataset.title for pair in there]
    limits = ((P50_MS, "single_p50_ms", "ms"), (COLD_SECONDS, "cold_seconds", "s"), (ENVIRONMENT_MB, "environment_mb", "MB"))
    rows = ", ".join(f"{name}: {ratio:.1f} times" for name, ratio in zip(names, ratios, strict=True))
    found = [Check(rules[0], rows, min(ratios) >= ROWS_FASTER)]
    for rule, (limit, field, unit) in zip(rules[1:], limits, strict=True):
        values = [getattr(pair.ours.measurement, field) for pair in there]
        said = ", ".join(f"{name}: {_figure(value)} {unit}" for name, value in zip(names, values, strict=True))
        found.append(Check(rule, said, all(value is not None and value < limit for value in values)))
    return found


def _figure(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _forecasts(standings: Sequence[Standing]) -> list[Check]:
    found = []
    for name, limit in OWA_LIMITS.items():
        entry = next((one.ours for one in whole(standings) if one.dataset.name == name), None)
        rule = f"{name}: OWA under {limit:g}"
        if entry is None or "owa" not in entry.others:
            found.append(Check(rule, "nothing measured", None))
        else:
            found.append(Check(rule, f"{entry.others['owa']:.3f}", entry.others["owa"] < limit))
    return found


def _million(told: dict[str, Any] | None) -> list[Check]:
    rules = (f"a million rows profiled in under {million.PROFILE_SECONDS:g} s", "predicted in flat memory")
    if told is None:
        return [Check(rule, "nothing measured", None) for rule in rules]
    if "failed" in told:
        return [Check(rule, told["failed"], False) for rule in rules]
    seconds = told["profile"]["profile_seconds"]
    few, many = told["predict"]
    memory = f"{few['peak_mb']:.0f} MB for {few['rows']:,} rows, {many['peak_mb']:.0f} MB for {many['rows']:,}"
    return [
        Check(rules[0], f"{seconds:.1f} s", seconds < million.PROFILE_SECONDS),
        Check(rules[1], memory, many["peak_mb"] <= million.FLAT * few["peak_mb"]),
    ]
