"""Standings: every contender's score on one dataset, and how Fasttrack stands against the best peer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bench import forecasts
from bench.contender import FASTTRACK
from bench.datasets import Dataset
from bench.material import Material
from bench.measurement import Measurement, Store
from bench.scoring import Difference, Judged, better, difference, judge
from bench.verdicts import Verdict, in_time, verdict


@dataclass(frozen=True)
class Entry:
    """A contender's measurement with its score; judged None: it has none, `reason` says why."""

    measurement: Measurement
    judged: Judged | None
    interval: tuple[float, float] | None
    others: dict[str, float] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Standing:
    """One dataset. units: test rows. entries: in the order in which they were measured."""

    dataset: Dataset
    units: int
    minutes: float
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry | None:
        """The contender of that name."""
        return next((one for one in self.entries if one.measurement.contender == name), None)

    @property
    def ours(self) -> Entry | None:
        """Fasttrack as most people would use it."""
        return self.entry(FASTTRACK.name)

    @cached_property
    def best_peer(self) -> Entry | None:
        """The best of those that had learnt within the minutes."""
        best: Entry | None = None
        for one in self.entries:
            if one.judged is None or is_fasttrack(one.measurement) or not in_time(one.measurement, self.minutes):
                continue
            if best is None or best.judged is None or better(self.dataset.metric, one.judged.value, best.judged.value):
                best = one
        return best

    @cached_property
    def difference(self) -> Difference | None:
        """Fasttrack against the best peer; None where one of them is missing."""
        return self.against(self.ours, self.best_peer)

    def against(self, ours: Entry | None, theirs: Entry | None) -> Difference | None:
        """Paired, in points."""
        if ours is None or theirs is None or ours.judged is None or theirs.judged is None:
            return None
        return difference(ours.judged, theirs.judged)

    @property
    def verdict(self) -> Verdict | None:
        """None where Fasttrack was not measured."""
        if self.ours is None:
            return None
        peer = self.best_peer.measurement.contender if self.best_peer else None
        return verdict(self.dataset, self.units, self.difference, peer)


def is_fasttrack(measurement: Measurement) -> bool:
    """Fasttrack, in whatever way it was used."""
    return measurement.contender.startswith(FASTTRACK.name)


def standing(material: Material, measurements: list[Measurement], store: Store, minutes: float) -> Standing:
    """Score every measurement of a dataset."""
    scorer = _Scorer(material)
    entries = [scorer.entry(one, store) for one in measurements]
    return Standing(material.dataset, len(material.answers), minutes, tuple(entries))


class _Scorer:
    """Reads the truth once."""

    def __init__(self, material: Material) -> None:
        self.dataset, self.material = material.dataset, material
        self.season = self.dataset.seasons[0] if self.dataset.seasons else 1

    @cached_property
    def series(self) -> list[forecasts.Series]:
        return forecasts.series_of(self.material)

    def entry(self, measurement: Measurement, store: Store) -> Entry:
        """The score, or why there is none."""
        if measurement.status != "done":
            return Entry(measurement, None, None, reason=measurement.reason)
        answers = store.answers(measurement)
        try:
            if self.dataset.kind == "forecasting":
                judged = forecasts.judge_forecast(self.dataset.metric, self.series, answers, self.season)
                naive2 = forecasts.reference(self.material, self.series)
                others = {
                    "smape": forecasts.judge_forecast("smape", self.series, answers, self.season).value,
                    "owa": forecasts.owa(self.series, answers, naive2, self.season),
                }
            else:
                judged, others = judge(self.dataset.metric, self.material.answers, answers), {}
                if self.dataset.is_classes and self.dataset.metric != "accuracy":
                    others = {"accuracy": judge("accuracy", self.material.answers, answers).value}
        except ValueError as error:  # answers that do not fit the rows: the contender's own failure
            return Entry(measurement, None, None, reason=str(error))
        return Entry(measurement, judged, judged.interval(), others)
