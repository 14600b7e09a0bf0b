"""A finished run of tiny data, in the files of the design, made without any approach."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools import scoring
from tools.approaches.base import Predictions
from tools.comparing import compare
from tools.core.data import ColumnProfile, DataProfile, FileProfile, Problem, Repair, Split
from tools.core.evaluation import CandidateResult
from tools.core.plan import Candidate, Estimate, NotPossible, Plan
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.data.attaching import attach
from tools.home import runs_folder
from tools.jobs import predictions as stored

HOSTILE = '<script>alert("x")</script>'


class RunMaker:
    """Makes runs: `classes` and `numbers` each return the run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers_of_runs = itertools.count(1)

    def classes(
        self, labels: Sequence[str], rows: int = 60, unknown: bool = False, measured: bool = True, share: float = 0.8
    ) -> Path:
        """Texts with a class each; the candidate `head` is right on about this share of them."""
        random = np.random.default_rng(0)
        codes = np.arange(rows) % len(labels)
        target = [labels[int(code)] for code in codes]
        said = np.where(random.random(rows) < share, codes, (codes + 1) % len(labels))
        given = np.full((rows, len(labels)), 0.3 / len(labels))
        given[np.arange(rows), said] += 0.7
        if unknown:
            target[-3:] = ["never seen"] * 3
        texts = [f"{HOSTILE} row {row}: write to jo{row}@example.com" for row in range(rows)]
        task = TaskSpec(
            kind="text-classification", modality="text", words=f"sort {HOSTILE}", inputs=["text"], target="team",
            labels=[Label(name=label) for label in labels],
        )  # fmt: skip
        flat = np.full((rows, len(labels)), 1 / len(labels))
        known: list[Any] = list(target) if measured else [None] * rows
        return self._run(
            task, MetricSpec(name="macro-f1"), {"text": texts, "team": target}, known,
            {"majority": Predictions(probabilities=flat), "head": Predictions(probabilities=given)},
        )  # fmt: skip

    def numbers(self, rows: int = 60) -> Path:
        """A table with a number to predict; `head` is near and has intervals."""
        random = np.random.default_rng(0)
        size = random.uniform(20, 200, rows)
        price = 1000 * size + random.normal(0, 5000, rows)
        task = TaskSpec(kind="tabular-regression", modality="table", words="guess", inputs=["size", "Name"], target="price $")
        values = 1000 * size
        near = Predictions(values=values, low=values - 8000, high=values + 8000)
        table = {"size": list(size), "Name": ["Jo Doe"] * rows, "price $": list(price)}
        trivial = Predictions(values=np.full(rows, price.mean()))
        return self._run(task, MetricSpec(name="rmse"), table, list(price), {"mean": trivial, "head": near})

    def _run(
        self, task: TaskSpec, metric: MetricSpec, table: dict[str, list[Any]], target: list[Any], given: dict[str, Predictions]
    ) -> Path:
        path = self.folder / "tickets.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([list(table), *zip(*table.values(), strict=True)])
        train = attach(path).id
        run, ids = runs_folder() / f"run-{next(self.numbers_of_runs)}", list(range(len(target)))
        (run / "candidates").mkdir(parents=True)
        results = [self._candidate(run, task, metric, name, predictions, target) for name, predictions in given.items()]
        results.append(
            CandidateResult(
                name="whole", approach="fine-tuning", title="the whole encoder", status="failed", reason=f"no {HOSTILE}"
            )
        )
        measured = any(truth is not None for truth in target)
        comparison = compare(
            task, metric, results, target if measured else [], given if measured else {}, {"majority", "mean"}, None,
            test_target=target if measured else None, test_predictions=given if measured else None,
        )  # fmt: skip
        split = Split(
            train=[], validation=ids, test=ids, test_source="held-out", how=f"held out by {HOSTILE}", data_hash="f" * 64
        )
        documents = {"task": task, "plan": plan(task, metric, train, results), "profile": profile(train, table), "split": split}
        for name, document in {**documents, "comparison": comparison}.items():
            (run / f"{name}.json").write_text(document.model_dump_json(), encoding="utf-8")
        (run / "approval.json").write_text("{}", encoding="utf-8")
        event = {
            "at": "2026-01-02T03:04:05+00:00",
            "seconds": 1.5,
            "event": "candidate-finished",
            "name": "head",
            "status": "done",
        }
        (run / "events.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
        return run

    def _candidate(
        self, run: Path, task: TaskSpec, metric: MetricSpec, name: str, given: Predictions, target: list[Any]
    ) -> CandidateResult:
        ids = list(range(len(target)))
        if given.probabilities is not None:
            answers: list[Any] = [task.label_names[code] for code in given.probabilities.argmax(axis=1)]
        else:
            answers = list(given.values) if given.values is not None else []
        predicted = stored.Predicted(ids, target, answers, given)
        folder = run / "candidates" / name
        folder.mkdir()
        stored.write(folder, task.label_names, {"validation": predicted, "test": predicted})
        known = any(truth is not None for truth in target)
        evaluation = scoring.evaluate(task, metric, target, given) if known else None
        return CandidateResult(
            name=name, approach="zero-shot" if name == "head" else "baseline", title=f"the {name} {HOSTILE}", status="done",
            validation=evaluation, test=evaluation, fit_seconds=2.0, score_seconds=0.5, predict_ms_per_row=0.4, size_mb=0.3,
            estimate=Estimate(minutes=0.1), settings={"C": 10, "note": HOSTILE, "nested": {"key": HOSTILE}},
        )  # fmt: skip


def plan(task: TaskSpec, metric: MetricSpec, train: str, results: Sequence[CandidateResult]) -> Plan:
    candidates = [
        Candidate(name=result.name, approach=result.approach, title=result.title, reason="why", estimate=Estimate(minutes=0.1))
        for result in results
    ]
    never = NotPossible(name="prompting", approach="prompting", title="prompting", reason=f"no model {HOSTILE}")
    return Plan(
        task=task, attachments={"train": train}, candidates=candidates, not_possible=[never], metric=metric, test_rows=60
    )  # fmt: skip


def profile(train: str, table: dict[str, list[Any]]) -> DataProfile:
    columns = [
        ColumnProfile(name=name, role="text", dtype="str", rows=len(cells), missing=0, unique=3)
        for name, cells in table.items()
    ]
    file = FileProfile(
        attachment=train, file=f"tickets{HOSTILE}.csv", role="train", format="csv", rows=60, columns=columns,
        repairs=[Repair(code="header-repaired", message=f"a header {HOSTILE}")],
    )  # fmt: skip
    problem = Problem(code="conflicting-labels", message="61 messages twice", evidence=f"row 3: jo@example.com {HOSTILE}")
    return DataProfile(files=[file], problems=[problem])


@pytest.fixture
def maker(tmp_path: Path) -> RunMaker:
    return RunMaker(tmp_path)


@pytest.fixture
def of_classes(maker: RunMaker) -> Callable[..., Path]:
    return maker.classes


@pytest.fixture
def of_numbers(maker: RunMaker) -> Callable[..., Path]:
    return maker.numbers
