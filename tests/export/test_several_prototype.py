"""Prototypes that give several labels at once: proved, run as a person runs them, taught new rows, reported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reviews

from tools.approaches.base import Predictions, Rows
from tools.export.chosen import chosen
from tools.export.exporter import export
from tools.export.proof_rows import Expected
from tools.export.verify import compare, prove

Runs = Callable[..., Path]


@pytest.mark.parametrize(
    ("approach", "data"),
    [("commonest-labels", "reviews"), ("tfidf-each-label", "flags"), ("head-each-label", "flags")],
)
def test_it_is_proved(approach: str, data: str, runs: Runs, tmp_path: Path) -> None:
    run_folder = runs(approach, data)
    proof = prove(run_folder, export(run_folder, tmp_path), offline=True)
    assert proof.same_predictions
    assert proof.rows == len(chosen(run_folder).split.test) == 30


def test_another_label_is_another_answer() -> None:
    import pandas as pd

    scores = np.array([[0.9, 0.2], [0.4, 0.6]])
    rows = Rows(pd.DataFrame({"text": ["a", "b"]}), pd.Series([None, None]))
    wanted = Expected(rows, [0, 1], None, ['["x"]', '["y"]'], Predictions(probabilities=scores))
    manifest = {"labels": ["x", "y"], "several": True, "thresholds": [0.5, 0.5]}

    def said(*answers: list[str]) -> list[dict[str, Any]]:
        return [
            {"prediction": answer, "probability:x": row[0], "probability:y": row[1]}
            for answer, row in zip(answers, scores.tolist(), strict=True)
        ]

    assert compare(manifest, wanted, said(["x"], ["y"])) == (0.0, True)
    assert compare(manifest, wanted, said(["x"], ["x", "y"])) == (0.0, False)
    assert compare({**manifest, "thresholds": [0.4005, 0.5]}, wanted, said(["x"], ["x", "y"])) == (
        0.0,
        True,
    )  # a hair's breadth


@pytest.fixture
def prototype(runs: Runs, prototypes: Runs, tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy that may be changed."""
    return lambda approach, data: Path(shutil.copytree(prototypes(approach, data), tmp_path / "prototype"))


def run(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, *map(str, command)]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def answered(folder: Path, source: Path, model: str = "model") -> list[dict[str, Any]]:
    done = run(folder, "predict.py", source, "-o", source.with_suffix(".jsonl"), "--model", folder / model)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in source.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("approach", "data"), [("tfidf-each-label", "reviews"), ("head-each-label", "flags"), ("commonest-labels", "flags")]
)
def test_it_learns_from_new_rows(approach: str, data: str, prototype: Callable[[str, str], Path], tmp_path: Path) -> None:
    folder = prototype(approach, data)
    write = reviews.write_joined if data == "reviews" else reviews.write_flags
    done = run(folder, "retrain.py", write(tmp_path / "new.csv", 400, seed=7))
    assert done.returncode == 0, done.stderr
    assert "macro-F1: " in done.stderr
    new = write(tmp_path / "later.csv", 60, seed=9)
    found = [row["prediction"] for row in answered(folder, new, "model-new")]
    right = sum(one == labels for one, (_, labels) in zip(found, reviews.reviews(60, 9), strict=True))
    assert right >= (0 if approach == "commonest-labels" else 45)


def test_a_new_label_is_learnt(prototype: Callable[[str, str], Path], tmp_path: Path) -> None:
    folder = prototype("tfidf-each-label", "reviews")
    lines = ["review,topics"]
    for number, (text, labels) in enumerate(reviews.reviews(200, 7)):
        parking = ["parking"] if number % 3 == 0 else []
        words = " nowhere to leave the car" if parking else ""
        lines.append(f'"{text}{words}",{"; ".join([*labels, *parking]) or "[]"}')
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run(folder, "retrain.py", tmp_path / "new.csv")
    assert done.returncode == 0, done.stderr
    (tmp_path / "one.csv").write_text("review\nI found nowhere to leave the car\n", encoding="utf-8")
    assert answered(folder, tmp_path / "one.csv", "model-new")[0]["prediction"] == ["parking"]


def test_worse_rows_are_refused(prototype: Callable[[str, str], Path], tmp_path: Path) -> None:
    folder = prototype("tfidf-each-label", "reviews")
    sets = [labels for _, labels in reviews.reviews(200, 7)]
    shuffled = [sets[(7 * at + 3) % 200] for at in range(200)]
    rows = [
        f'"{text}",{"; ".join(labels) or "[]"}' for (text, _), labels in zip(reviews.reviews(200, 7), shuffled, strict=True)
    ]
    (tmp_path / "new.csv").write_text("\n".join(["review,topics", *rows]) + "\n", encoding="utf-8")
    good = reviews.write_joined(tmp_path / "test.csv", 120, seed=8)
    done = run(folder, "retrain.py", tmp_path / "new.csv", "--test", good)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("The new model is worse than the old one")


def test_missing_columns_are_one_message(prototype: Callable[[str, str], Path], tmp_path: Path) -> None:
    folder = prototype("head-each-label", "flags")
    (tmp_path / "new.csv").write_text("review,price\nfine,1\n", encoding="utf-8")
    done = run(folder, "retrain.py", tmp_path / "new.csv")
    assert done.returncode == 2
    assert done.stderr.startswith("Expected the columns")


def test_the_card_and_the_report_speak_of_each_label(prototypes: Runs) -> None:
    folder = prototypes("tfidf-each-label", "flags")
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "- Predicts: `price`, `service`, `quality`, `delivery`" in card
    details = json.loads((folder / "evaluation" / "metrics.json").read_text(encoding="utf-8"))["chosen_in_detail"]
    assert [row["label"] for row in details["classes"]] == reviews.LABELS
    assert details["exact"] <= details["rows"] == 30
    page = (folder / "evaluation" / "report.html").read_text(encoding="utf-8")
    assert "Predicting “price, service, quality, delivery” from “review”" in page
    assert "Labels that go together" in page
    assert "Taken for" not in page
