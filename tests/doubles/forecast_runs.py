"""Runs that forecast: made series in a file, a plan for them, and every stage carried out in this process."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tools.core.plan import Budget, Candidate, Estimate, Plan
from tools.core.task import MetricSpec, TaskSpec
from tools.jobs.run import Run, write_atomically

START = datetime(2024, 1, 1)
SHOPS = ("north", "south", "west")
HORIZON = 7


class Told:
    """What a candidate says while it is built: nobody listens."""

    def say(self, what: str, **more: Any) -> None:
        return None

    def progress(self, fraction: float, phase: str) -> None:
        return None


def value(day: int, place: int) -> float:
    """A week that repeats on a slow rise, and a little unrest; larger shops sell more."""
    week = 10 * math.sin(2 * math.pi * day / 7)
    return round((3 + place) * (40 + week + 0.05 * day) + 2 * math.sin(12.9 * day + place), 2)


def write_shops(path: Path, days: int = 84, shops: Sequence[str] = SHOPS) -> Path:
    """A long table: shop, day, promo (known in advance), sales."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shop", "day", "promo", "sales"])
        for place, shop in enumerate(shops):
            for day in range(days):
                when = (START + timedelta(days=day)).date().isoformat()
                writer.writerow([shop, when, int(day % 10 == 0), value(day, place)])
    return path


def task(**changes: Any) -> TaskSpec:
    """Sales of each shop for the next week."""
    fields: dict[str, Any] = {
        "kind": "forecasting",
        "modality": "series",
        "words": "How much does each shop sell on the next 7 days?",
        "target": "sales",
        "time_column": "day",
        "series_columns": ["shop"],
        "horizon": HORIZON,
    }
    return TaskSpec.model_validate({**fields, **changes})


def planned(place: Path, table: Path, names: Sequence[str], spec: TaskSpec | None = None) -> Run:
    """A run folder with an approved plan to build these candidates, prepared."""
    from tools.approaches import approach_named
    from tools.data.attaching import attach
    from tools.jobs.stages import prepare

    spec = spec or task()
    attachment = attach(table).id
    built = [approach_named(name) for name in names]
    candidates = [
        Candidate(name=one.name, approach=one.rung, title=one.title, reason="", estimate=Estimate(minutes=0.1)) for one in built
    ]
    plan = Plan(
        task=spec, attachments={"train": attachment}, candidates=candidates, metric=MetricSpec(name="mase"), test_rows=21,
        budget=Budget(minutes=5),
    )  # fmt: skip
    run = Run(place)
    place.mkdir(parents=True)
    write_atomically(place / "task.json", spec)
    write_atomically(place / "plan.json", plan)
    write_atomically(place / "approval.json", {"plan_hash": plan.hash})
    prepare(run)
    return run


def built(place: Path, table: Path, names: Sequence[str] = ("seasonal-naive",), spec: TaskSpec | None = None) -> Run:
    """The same, with its candidates built and compared, and the report written."""
    from tools.jobs import stages
    from tools.jobs.candidate import build

    run = planned(place, table, names, spec)
    told: Any = Told()
    for candidate in run.plan.candidates:
        run.candidate(candidate.name).mkdir(parents=True)
        build(run, candidate, 1.0, 0.0, told)
    stages.compare(run)
    stages.report(run)
    return run
