"""A round of the benchmark: every dataset, every contender, one after the other; what is kept is not measured again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from bench import million, results
from bench.contender import Contender, Rules, contenders, kept_or_measured, variables
from bench.datasets import Dataset, DescriptionError, Part
from bench.machine import described
from bench.material import Material, prepare
from bench.measurement import Measurement, Store, plain
from bench.standing import Standing, standing

MILLION = "million"
PARTS: tuple[str, ...] = (*get_args(Part), MILLION)


@dataclass(frozen=True)
class Wanted:
    """What of it is measured. Empty names: all. again: contenders measured anew; `failed`: those without a score; `all`.

    kept_alone: nothing is measured, what is kept is reported.
    """

    datasets: tuple[str, ...]
    contenders: tuple[str, ...]
    parts: tuple[str, ...]
    seeds: int
    shots: int
    again: tuple[str, ...]
    kept_alone: bool = False


class Round:
    """datasets: those of the data folder. work: where everything is kept. results: the file that is written."""

    def __init__(
        self, datasets: Sequence[Dataset], undescribed: Sequence[str], rules: Rules, wanted: Wanted, work: Path, path: Path
    ) -> None:
        self.undescribed, self.rules, self.wanted, self.work, self.path = undescribed, rules, wanted, work, path
        self.datasets = [one for one in datasets if not wanted.datasets or one.name in wanted.datasets]
        if unknown := set(wanted.datasets) - {one.name for one in datasets}:
            known = ", ".join(one.name for one in datasets)
            raise DescriptionError(f"Expected datasets among {known}. Found {', '.join(sorted(unknown))}. Name one of those.")
        self.store = Store(work / "measurements")
        self.began = time.monotonic()
        self.missing: list[str] = []

    def carry_out(self) -> None:
        """Measure, and write the results anew after every dataset."""
        self.work.mkdir(parents=True, exist_ok=True)
        for name in self.undescribed:
            print(f"{name}: not described, so left out (add it to bench.toml in the data folder)")
        machine = self._machine()
        standings: list[Standing] = []
        for dataset, parts in self._variants():
            if (found := self._measure(dataset, parts)).entries:
                standings.append(found)
            if not self.wanted.kept_alone:
                self._write(machine, standings, self._kept_million())
        measured = MILLION in self.wanted.parts and not self.wanted.kept_alone
        self._write(machine, standings, self._million() if measured else self._kept_million())
        print(f"\n{results.summary(standings)}\nwritten: {self.path}, after {(time.monotonic() - self.began) / 60:.1f} minutes")

    def _variants(self) -> Iterator[tuple[Dataset, list[Part]]]:
        """Every dataset with the parts that are measured on it, whole ones first, then draws of few rows."""
        several = [(one, self._parts(one)) for one in self.datasets]
        if self.rules.small and not any(parts for _, parts in several):
            raise DescriptionError(
                "Expected a dataset of the small set (`small` in its description). Found none in the data folder. "
                "Name some with --datasets, or describe one so in bench.toml there."
            )
        for dataset, parts in several:
            if own := [part for part in parts if part != "few-shot"]:
                yield dataset, own
        for dataset, parts in several:
            if "few-shot" in parts:
                yield from ((dataset.with_shots(self.wanted.shots, seed), ["few-shot"]) for seed in range(self.wanted.seeds))

    def _parts(self, dataset: Dataset) -> list[Part]:
        there: list[Part] = ["whole"]
        there += ["few-shot"] if dataset.few_shot else []
        there += ["tuning"] if dataset.tuning else []
        there += ["speed"] if dataset.speed else []
        if self.rules.small and not self.wanted.datasets:
            there = [part for part in there if part in dataset.small]
        return [part for part in there if part in self.wanted.parts]

    def _measure(self, dataset: Dataset, parts: list[Part]) -> Standing:
        material = prepare(dataset, self.work / "data" / plain(dataset.title), self.rules.rows)
        rows = len(dataset.read(material.train, typed=False))
        print(f"\n{dataset.title}: {dataset.kind}, {rows:,} training rows, {dataset.metric}", flush=True)
        everybody = contenders(dataset, rows, parts, self.rules.small)
        wanted = [one for one in everybody if not self.wanted.contenders or one.name in self.wanted.contenders]
        if self.wanted.kept_alone:
            there = [one for one in wanted if self.store.kept(dataset.title, one.name, self.rules.setting) is not None]
            self.missing += [f"{dataset.title}: {one.name}" for one in wanted if one not in there]
            wanted = there
        found = [self._one(one, material) for one in wanted]
        return standing(material, found, self.store, self.rules.minutes)

    def _one(self, contender: Contender, material: Material) -> Measurement:
        again = self.wanted.again
        kept = self.store.kept(material.dataset.title, contender.name, self.rules.setting)
        if "all" in again or ("failed" in again and kept is not None and kept.status != "done"):
            again = (*again, contender.name)
        told, was_kept = kept_or_measured(contender, material, self.rules, self.store, self.work, again)
        one = standing(material, [told], self.store, self.rules.minutes).entries[0]
        print(results.line(one) + (" (kept)" if was_kept else ""), flush=True)
        return told

    def _machine(self) -> dict[str, str]:
        """Described when the first measurement of this work folder was made."""
        path = self.work / "machine.json"
        if not path.is_file():
            path.write_text(json.dumps(described(self.rules.cores), indent=1), encoding="utf-8")
        told: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return told

    def _kept_million(self) -> dict[str, Any] | None:
        path = self.work / "million.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def _million(self) -> dict[str, Any]:
        kept = self._kept_million()
        if kept is not None and "failed" not in kept and not {"all", MILLION} & set(self.wanted.again):
            return kept
        print("\na million rows", flush=True)
        told = million.measure(self.work, self.rules.small, self.rules.environment, variables(self.work))
        (self.work / "million.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
        return told

    def _write(self, machine: dict[str, str], standings: list[Standing], told: dict[str, Any] | None) -> None:
        results.write(self.path, results.Found(machine, self.rules, tuple(standings), told, tuple(self.missing)))
