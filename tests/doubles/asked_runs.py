"""Finished runs whose chosen candidate asks a language model, made by the code that makes real ones, in this process.

    folder = asked_runs.build(place, "mails", model)

`knowing` is a script for the chat server that knows the right answers of all the data here.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.core.language_model import LanguageModel
from tools.core.plan import Budget, Candidate, Estimate, Plan
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec

if TYPE_CHECKING:
    from tools.jobs.run import Run

SAID = {
    "billing": ["please send the invoice", "i was charged twice", "the refund did not arrive", "my card was declined"],
    "login": ["i cannot sign in", "the password link is broken", "my account is locked", "the code never arrives"],
}
BILLING = re.compile("invoice|charged|refund|card")
LOGIN = re.compile("sign in|password|account|code")
DATA: dict[str, tuple[TaskKind, list[str], str]] = {
    "mails": ("text-classification", ["message"], "team"),
    "topics": ("multilabel-text-classification", ["message"], "topics"),
    "customers": ("tabular-classification", ["age", "town", "income"], "bought"),
    "spending": ("tabular-regression", ["age", "town", "income"], "spent"),
}


def knowing(request: dict[str, Any]) -> str:
    """The right answer to the row in a question."""
    row = str(request["messages"][-1]["content"]).rpartition("Now this one:")[2]
    properties = request["response_format"]["json_schema"]["schema"]["properties"]["answer"]
    if properties["type"] == "array":
        return json.dumps({"answer": [label for label, words in (("billing", BILLING), ("login", LOGIN)) if words.search(row)]})
    if properties["type"] == "number":
        return json.dumps({"answer": spent(*_customer(row))})
    if "yes" in properties["enum"]:
        age, town = _customer(row)
        return json.dumps({"answer": bought(age, town)})
    return json.dumps({"answer": "login" if LOGIN.search(row) else "billing"})


def bought(age: float, town: str) -> str:
    """Who buys."""
    return "yes" if (age > 45) != (town == "Oslo") else "no"


def spent(age: float, town: str) -> float:
    """How much."""
    return round(2.5 * age + (30 if town == "Oslo" else 0), 2)


def _customer(row: str) -> tuple[float, str]:
    age, town = re.search(r"age: ([\d.]+)", row), re.search(r"town: (\w+)", row)
    return float(age.group(1)) if age else 50.0, town.group(1) if town else ""


def write(path: Path, data: str, rows: int = 160, seed: int = 0) -> Path:
    """Texts with commas and quotes; or a table with semicolons and decimal commas, in cp1252."""
    chance = random.Random(seed)
    kind, inputs, target = DATA[data]
    table = kind.startswith("tabular")
    with path.open("w", encoding="cp1252" if table else "utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";" if table else ",")
        writer.writerow([*inputs, target])
        for number in range(rows):
            writer.writerow(_row(data, number, chance))
    return path


def _row(data: str, number: int, chance: random.Random) -> list[Any]:
    if data in ("mails", "topics"):
        names = chance.sample(sorted(SAID), 1 if data == "mails" else chance.choice([1, 1, 2]))
        text = f'Grüße, {" and ".join(chance.choice(SAID[name]) for name in names)}, "order {number}"'
        return [text, names[0] if data == "mails" else json.dumps(sorted(names))]
    age, town, income = chance.randint(18, 80), chance.choice(["Köln", "Oslo"]), chance.gauss(3000, 500)
    told = bought(age, town) if data == "customers" else f"{spent(age, town):.2f}".replace(".", ",")
    return [age, town, f"{income:.2f}".replace(".", ","), told]


def build(place: Path, data: str, model: LanguageModel, key: str = "") -> Path:
    """The folder of a run over 160 rows whose candidates are the trivial one and prompting, which is chosen.

    It lies in FASTTRACK_HOME; its answers are kept in `place/answers.sqlite`. key: for the endpoint.
    """
    from tools.home import runs_folder
    from tools.jobs import stages
    from tools.jobs.run import Run, write_atomically

    plan = _plan(write(place / f"{data}.csv", data), data, model)
    run = Run(runs_folder() / f"run-of-{data}-{model.kind}-{place.name}")  # two modules may build one of the same data
    for name, part in {"plan": plan, "task": plan.task}.items():
        write_atomically(run.folder / f"{name}.json", part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROMPT_CACHE", str(place / "answers.sqlite"))
        patch.setenv("OPENAI_API_KEY", key)
        stages.prepare(run)
        for candidate in plan.candidates:
            _build(run, candidate)
        stages.compare(run)
        comparison = run.comparison
        assert comparison is not None
        write_atomically(run.folder / "comparison.json", comparison.model_copy(update={"chosen": "prompting"}))
        stages.report(run)
    return run.folder


def _plan(source: Path, data: str, model: LanguageModel) -> Plan:
    from tools.approaches import APPROACHES
    from tools.data.attaching import attach

    kind, inputs, target = DATA[data]
    names = {"mails": SAID, "topics": SAID, "customers": ["no", "yes"], "spending": []}[data]
    task = TaskSpec(
        kind=kind,
        modality="table" if kind.startswith("tabular") else "text",
        words=f"tell {target} of {data}",
        inputs=inputs,
        target=target,
        labels=[Label(name=name) for name in names] or None,
    )
    wanted = [one for one in APPROACHES if kind in one.kinds and (one.trivial or one.name == "prompting")]
    candidates = [
        Candidate(name=one.name, approach=one.rung, title=one.title, reason="", estimate=Estimate(minutes=0.1))
        for one in wanted
    ]
    metric = MetricSpec(name="r2" if kind == "tabular-regression" else "macro-f1")
    attachment = attach(source).id
    return Plan(
        task=task, attachments={"train": attachment}, candidates=candidates, metric=metric, test_rows=32, language_model=model,
        budget=Budget(minutes=20, dollars=1.0),
    )  # fmt: skip


def _build(run: Run, candidate: Candidate) -> None:
    from tools.jobs.candidate import build as build_candidate
    from tools.jobs.tether import Tether

    run.candidate(candidate.name).mkdir(parents=True)
    tether = Tether(os.open(os.devnull, os.O_WRONLY))
    with tether.pipe:
        build_candidate(run, candidate, 20.0, run.plan.budget.dollars, tether)
