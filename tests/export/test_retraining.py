"""retrain.py: new rows make a new model, and a worse one is refused."""

from __future__ import annotations

import csv
import json
import random
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from tools.core.task import MetricSpec
from tools.export.chosen import chosen
from tools.export.description import described
from tools.export.golden import golden_rows
from tools.export.model_card import TEMPLATES
from tools.runtime import learnt_rows

Prototypes = Callable[..., Path]


@pytest.fixture
def fresh(prototypes: Prototypes, tmp_path: Path) -> Prototypes:
    """A copy of a prototype that may be changed."""

    def copy(approach: str, data: str) -> Path:
        return Path(shutil.copytree(prototypes(approach, data), tmp_path / "prototype"))

    return copy


def retrain(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """As a person runs it, in the prototype's folder."""
    command = [sys.executable, "retrain.py", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def predict(folder: Path, source: Path, model: str = "model") -> list[str]:
    """Predictions for a file."""
    output = source.with_suffix(".out.jsonl")
    command = [sys.executable, "predict.py", str(source), "-o", str(output), "--model", str(folder / model)]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return [json.loads(line)["prediction"] for line in output.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    """`message`, `team`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("message", "team"), *rows])
    return path


def messages(rows: int, seed: int) -> list[tuple[str, str]]:
    """Rows of three known teams and a new one."""
    said = {"Rückgabe": "refund of", "delivery": "parcel with", "login": "password for", "press": "interview about"}
    chance = random.Random(seed)
    return [(f"{said[team]} {chance.randint(0, 9999)} please", team) for team in chance.choices(sorted(said), k=rows)]


@pytest.mark.parametrize("approach", ["majority", "tfidf-linear", "embedding-head"])
def test_a_text_model_learns_new_rows_and_a_new_label(approach: str, fresh: Prototypes, tmp_path: Path) -> None:
    folder = fresh(approach, "messages")
    done = retrain(folder, write(tmp_path / "new.csv", messages(120, 1)))
    assert done.returncode == 0, done.stderr
    assert "96 rows to learn from, 24 held back" in done.stderr or "held back to compare both models." in done.stderr
    assert "accuracy: " in done.stderr
    manifest = json.loads((folder / "model-new" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["labels"] == ["Rückgabe", "delivery", "login", "press"]
    if approach != "majority":
        answers = predict(
            folder, write(tmp_path / "ask.csv", [("interview about 5 please", ""), ("password for 7", "")]), "model-new"
        )
        assert answers == ["press", "login"]


def test_a_worse_model_is_refused_and_nothing_is_left(fresh: Prototypes, tmp_path: Path) -> None:
    folder = fresh("tfidf-linear", "messages")
    known = {"money back": "Rückgabe", "parcel late": "delivery", "password reset": "login"}
    chance = random.Random(0)
    right = [(f"{text} {number}", team) for number in range(30) for text, team in known.items()]
    wrong = [(text, chance.choice(sorted(known.values()))) for text, _ in right]
    test = write(tmp_path / "test.csv", [(f"{text} again", team) for text, team in right])
    done = retrain(folder, write(tmp_path / "new.csv", wrong), "--test", test)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        "The new model is worse than the old one on the rows held back, so it was not kept. "
        "Give it more rows, or check the target column of the new ones."
    )
    assert not (folder / "model-new").exists()
    assert not list(folder.glob(".retrain-*"))


def test_replace_puts_it_in_place_and_keeps_the_old_one(fresh: Prototypes, tmp_path: Path) -> None:
    folder = fresh("tfidf-linear", "messages")
    done = retrain(folder, write(tmp_path / "new.csv", messages(120, 2)), "--replace")
    assert done.returncode == 0, done.stderr
    ask = write(tmp_path / "ask.csv", [("interview about 5 please", "")])
    assert predict(folder, ask) == ["press"]
    assert predict(folder, ask, "model-before") != ["press"]


def test_rows_that_the_old_model_has_learnt_are_not_held_back_first(fresh: Prototypes, tmp_path: Path) -> None:
    folder = fresh("tfidf-linear", "messages")
    first = write(tmp_path / "first.csv", messages(120, 3))
    assert retrain(folder, first, "--replace").returncode == 0
    done = retrain(folder, write(tmp_path / "second.csv", [*messages(120, 3), *messages(60, 4)]), "--replace")
    assert done.returncode == 0, done.stderr
    assert "has learnt from" not in done.stderr
    done = retrain(folder, first, "-o", "again")
    assert "The old model has learnt from" in done.stderr


@pytest.mark.parametrize("new", [30, 40, 200])
def test_as_many_new_rows_are_learnt_as_are_held_back(new: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prototype", ModuleType("prototype"))
    monkeypatch.setitem(sys.modules, "prototype.learnt_rows", learnt_rows)
    retraining = runpy.run_path(str(TEMPLATES / "retrain.py"), run_name="retraining")
    texts = [{"message": f"message {number}"} for number in range(1000 + new)]
    old = SimpleNamespace(manifest={"inputs": [{"name": "message"}]}, labels=["a", "b"], several=False)
    known = {learnt_rows.row_key(row, old.manifest["inputs"]) for row in texts[:1000]}
    given = retraining["Labelled"](texts, ["a", "b"] * (len(texts) // 2))
    learn, check = retraining["parted"](given, old, known)
    assert len(check.rows) == pytest.approx(new / 2, abs=1)
    assert len(learn.rows) == len(texts) - len(check.rows)
    assert all(row in texts[1000:] for row in check.rows)


@pytest.mark.parametrize(
    ("approach", "data"), [("linear", "customers"), ("gradient-boosting", "spending"), ("mean", "spending")]
)
def test_a_table_model_learns_from_the_persons_own_format(
    approach: str, data: str, fresh: Prototypes, runs: Prototypes, tmp_path: Path
) -> None:
    folder = fresh(approach, data)
    done = retrain(folder, runs(approach, data).parent.parent / f"{data}.csv")
    assert done.returncode == 0, done.stderr
    new = json.loads((folder / "model-new" / "manifest.json").read_text(encoding="utf-8"))
    old = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert new["inputs"] == old["inputs"]
    assert bool(new.get("interval")) == bool(old.get("interval"))


def test_an_automl_model_learns_for_as_long_as_it_may(fresh: Prototypes, runs: Prototypes) -> None:
    folder = fresh("autogluon", "customers")
    source = runs("autogluon", "customers").parent.parent / "customers.csv"
    done = retrain(folder, source, "--minutes", 0.05)
    assert done.returncode in {0, 3}, done.stderr
    assert "accuracy: " in done.stderr
    if done.returncode == 0:
        assert set(predict(folder, source, "model-new")) == {"yes", "no"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "login")] * 5, "Expected at least 20 rows with 'team' to learn from. Found 5 in new.csv. Add labelled rows.\n"),
        ([(f"a {n}", "login") for n in range(30)], "Expected at least two different values in 'team'. Found one in new.csv. "),
        ([("a", "login"), ("b", "delivery")] * 15, "Expected rows enough to learn from some and compare on others. Found 2 "),
    ],
)
def test_too_little_is_said(fresh: Prototypes, tmp_path: Path, rows: list[tuple[str, str]], message: str) -> None:
    done = retrain(fresh("majority", "messages"), write(tmp_path / "new.csv", rows))
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["mae", "rmse"])
@pytest.mark.parametrize(("noise", "accepted"), [(1.01, True), (1.6, False)])
def test_a_loss_is_judged_by_the_metric_that_the_model_was_chosen_by(
    name: str, noise: float, accepted: bool, runs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = chosen(runs("mean", "spending"))
    run = replace(run, plan=run.plan.model_copy(update={"metric": MetricSpec.model_validate({"name": name})}))
    assert described(run, golden_rows(run))["metric"] == name
    retraining = runpy.run_path(str(TEMPLATES / "retrain.py"), run_name="retraining")
    score = {"mae": "minus_mae", "rmse": "r2"}[name]
    monkeypatch.setitem(retraining["accepted"].__globals__, "measure", lambda old: (score, retraining[score]))
    draw = np.random.default_rng(0)
    target = draw.normal(200_000, 60_000, 400)
    errors = draw.normal(0, 20_000, 400)
    check = retraining["Labelled"]([{}] * 400, target.tolist())
    old, new = Said(target + errors), Said(target + noise * draw.permutation(errors))
    assert retraining["accepted"](old, new, check) is accepted


class Said:
    """A model of numbers whose answers are known."""

    def __init__(self, answers: np.ndarray) -> None:
        self.labels: list[str] = []
        self.several = False
        self.answers = iter(answers.tolist())

    def predict(self, rows: list[dict[str, str]]) -> list[dict[str, float]]:
        """The next ones."""
        return [{"prediction": next(self.answers)} for _ in rows]
