"""Finished runs made by hand of tiny real models, with files as people write them (semicolons, decimal commas, umlauts)."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import reviews

from tools.approaches.base import Approach, FitJob, Predictions
from tools.core.data import Split
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.core.plan import Candidate, Estimate, Plan
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.runtime import label_sets
from tools.scoring import title

Runs = Callable[..., Path]
Prototypes = Callable[..., Path]

TEAMS = {
    "Rückgabe": ["money back", "refund please", "charged twice", "return my payment"],
    "delivery": ["parcel late", "where is my order", "tracking stuck", "courier lost it"],
    "login": ["password reset", "cannot sign in", "locked account", "two factor code"],
}


def write_messages(path: Path, rows: int = 150, seed: int = 0) -> Path:
    """`message` and `team`, commas and quotes in the texts."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "team"])
        for number in range(rows):
            team = chance.choice(sorted(TEAMS))
            writer.writerow([f'Hello, {chance.choice(TEAMS[team])} no. {number}, "{chance.choice("abc")}" thanks', team])
    return path


def write_customers(path: Path, rows: int = 240, number: bool = False, seed: int = 0) -> Path:
    """Numbers with decimal commas, a category with umlauts, a date, gaps; parted by semicolons, in cp1252."""
    chance = random.Random(seed)
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["age", "home town", "income", "since", "spent" if number else "bought"])
        for _ in range(rows):
            age, town = chance.randint(18, 80), chance.choice(["Köln", "Paris", "Oslo"])
            income = f"{chance.gauss(3000, 500):.2f}".replace(".", ",") if chance.random() > 0.1 else ""
            spent = f"{age * 2.5 + (town == 'Paris') * 30 + chance.gauss(0, 3):.2f}".replace(".", ",")
            since = f"{chance.randint(1, 28):02d}.{chance.randint(1, 12):02d}.2023"
            bought = "yes" if (age > 45) != (town == "Oslo") else "no"
            writer.writerow([age, town, income, since, spent if number else bought])
    return path


def approach_of(name: str) -> Approach:
    """By its name in APPROACHES."""
    from tools.approaches import approach_named

    return approach_named(name)


SETTINGS: Mapping[str, tuple[TaskKind, str | None]] = {
    "messages": ("text-classification", "team"),
    "customers": ("tabular-classification", "bought"),
    "spending": ("tabular-regression", "spent"),
    "reviews": ("multilabel-text-classification", "topics"),  # several labels in a cell
    "flags": ("multilabel-text-classification", None),  # a column of 0 and 1 for each label
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Runs:
    """runs("tfidf-linear", "messages"): the folder of a finished run, built once a session."""
    made: dict[tuple[str, str], Path] = {}

    def run(approach: str, data: str) -> Path:
        if (approach, data) not in made:
            made[approach, data] = _build(tmp_path_factory.mktemp("run"), approach_of(approach), data)
        return made[approach, data]

    return run


@pytest.fixture(autouse=True)
def home_of_the_runs(shared_cache: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs outlive a test, so their attachments lie in the session's home."""
    monkeypatch.setenv("FASTTRACK_HOME", str(shared_cache / "home-of-session-fixtures"))


@pytest.fixture(scope="session")
def prototypes(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Prototypes:
    """prototypes("tfidf-linear", "messages"): the unzipped prototype of that run, exported once a session."""
    made: dict[tuple[str, str], Path] = {}

    def prototype(approach: str, data: str) -> Path:
        from tools.export import packing
        from tools.export.exporter import export

        if (approach, data) not in made:
            place = tmp_path_factory.mktemp("prototype")
            made[approach, data] = packing.unpack(export(runs(approach, data), place), place)
        return made[approach, data]

    return prototype


def _build(place: Path, approach: Approach, data: str) -> Path:
    from tools.data.attaching import attach
    from tools.data.profiling import profile
    from tools.data.splitting import make_split, rows

    kind, target = SETTINGS[data]
    attachment = attach(_write(place / f"{data}.csv", data)).id
    found = profile([attachment])
    found.files[0].role = "train"
    roles = {column.name: str(column.role) for column in found.files[0].columns}
    several = kind == "multilabel-text-classification"
    task = TaskSpec(
        kind=kind,
        modality="text" if several or data == "messages" else "table",
        words=f"Tell {target} for new {data}, please | soon",
        inputs=["review"] if several else [name for name in roles if name != target],
        target=target,
        target_columns=reviews.LABELS if data == "flags" else [],
        label_separator=";" if data == "reviews" else None,
        labels=[Label(name=name) for name in reviews.LABELS] if several else None if data == "spending" else [Label(name="?")],
    )
    if data != "spending" and not several:
        names = sorted(set(rows(task, attachment, None).target))
        task = task.model_copy(update={"labels": [Label(name=name) for name in names]})
    split = make_split(task, {"train": attachment}, roles)
    metric = MetricSpec(name="r2" if data == "spending" else "macro-f1" if several else "accuracy")
    candidate = Candidate(
        name=approach.name, approach=approach.rung, title=approach.title, reason="", estimate=Estimate(minutes=0.1)
    )
    plan = Plan(task=task, attachments={"train": attachment}, candidates=[candidate], metric=metric, test_rows=len(split.test))
    folder = place / "runs" / f"{approach.name}-{data}"
    result = _fit(folder, plan, split, approach, roles, attachment)
    comparison = Comparison(
        metric=title(metric), candidates=[result], chosen=approach.name, recommended=True, why="It is the best on validation."
    )
    parts: dict[str, Any] = {"task": task, "profile": found, "split": split, "plan": plan, "comparison": comparison}
    for name, part in parts.items():
        (folder / f"{name}.json").write_text(part.model_dump_json(), encoding="utf-8")
    from tools.report.report import write

    write(folder)
    return folder


def _write(path: Path, data: str) -> Path:
    if data == "messages":
        return write_messages(path)
    if data == "reviews":
        return reviews.write_joined(path, 150)
    return reviews.write_flags(path, 150) if data == "flags" else write_customers(path, number=data == "spending")


def _fit(folder: Path, plan: Plan, split: Split, approach: Approach, roles: dict[str, str], attachment: str) -> CandidateResult:
    from tools.data.loading import schema
    from tools.data.splitting import rows

    home = folder / "candidates" / approach.name
    (home / "model").mkdir(parents=True)
    place = {row: at for at, row in enumerate(split.train)}
    job = FitJob(
        task=plan.task,
        metric=plan.metric,
        train=rows(plan.task, attachment, split.train),
        validation=rows(plan.task, attachment, split.validation),
        folds=[[place[row] for row in fold] for fold in split.folds] if split.folds else None,
        folder=home / "model",
        minutes=0.15,
        progress=lambda fraction, phase: None,
        cores=2,
        column_roles=roles,
        column_formats={column["name"]: column for column in schema(attachment)},
    )
    fitted = approach.fit(job)
    score = _score(home, plan, split, attachment)
    evaluation = Evaluation(rows=len(split.test), main=Score(metric=plan.metric.name, value=score, low=score - 0.05, high=1.0))
    result = CandidateResult(
        name=approach.name,
        approach=approach.rung,
        title=approach.title,
        status="done",
        validation=evaluation,
        test=evaluation,
        fit_seconds=1.0,
        predict_ms_per_row=2.0,
        settings=fitted.settings,
    )
    (home / "result.json").write_text(result.model_dump_json(), encoding="utf-8")
    return result


def _score(home: Path, plan: Plan, split: Split, attachment: str) -> float:
    """Answer the test rows as a run does, keep the predictions, and give accuracy or R2."""
    import numpy as np

    from tools.data.plain_rows import records
    from tools.data.splitting import rows
    from tools.jobs import predictions
    from tools.runtime import load

    model, test = load(home / "model"), rows(plan.task, attachment, split.test)
    given = records(test.inputs)
    raw: np.ndarray = np.asarray(model.raw(given), dtype=np.float64)
    answers = [answer["prediction"] for answer in model.predict(given)]
    found = Predictions(probabilities=raw) if model.labels else Predictions(values=raw)
    if model.several:
        found.chosen = label_sets.chosen(raw, model.manifest)
        answers = [label_sets.written(names, model.labels) for names in answers]
    kept = predictions.Predicted(split.test, list(test.target), answers, found)
    predictions.write(home, model.labels, {"test": kept})
    truth = test.target.to_numpy()
    if model.labels:
        return float((np.array(answers, dtype=object) == truth).mean())
    return float(1 - ((raw - truth.astype(float)) ** 2).mean() / truth.astype(float).var())
