"""Several labels at once: how they are written, read from cells, and chosen from probabilities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.runtime import label_sets, load
from tools.runtime.answers import predict_file
from tools.runtime.records import Hints, open_table

LABELS = ["price", "staff", "noise"]


def test_a_set_is_written_in_the_order_of_the_labels() -> None:
    assert label_sets.written(["noise", "price", "price", "new"], LABELS) == '["price", "noise", "new"]'
    assert label_sets.written([], LABELS) == "[]"


@pytest.mark.parametrize(
    ("cell", "separator", "found"),
    [
        ("price; staff", ";", ["price", "staff"]),
        ("price", None, ["price"]),
        ('["price", "Bad staff"]', ";", ["price", "Bad staff"]),
        ("['price', 'noise']", None, ["price", "noise"]),
        ("[]", ",", []),
        ("[price, noise]", None, ["price", "noise"]),
        ("[not closed", None, ["[not closed"]),
        (["price"], None, ["price"]),
        (" , price,", ",", ["price"]),
    ],
)
def test_cells_are_read(cell: Any, separator: str | None, found: list[str]) -> None:
    assert label_sets.read(cell, separator) == found


@pytest.mark.parametrize("cell", [1, 1.0, True, "1", "yes", "TRUE", "Ja", "sí", "x"])
def test_yes(cell: Any) -> None:
    assert label_sets.applies(cell)


@pytest.mark.parametrize("cell", [0, 0.0, False, None, float("nan"), "0", "no", "nein", "", "perhaps"])
def test_everything_else_is_no(cell: Any) -> None:
    assert not label_sets.applies(cell)


def test_a_matrix_knows_only_the_labels() -> None:
    found = label_sets.matrix(['["noise", "new"]', "[]", None], LABELS)
    assert found.tolist() == [[False, False, True], [False] * 3, [False] * 3]
    assert label_sets.matrix([], LABELS).shape == (0, 3)


def test_labels_are_chosen_by_cuts_and_by_nearness() -> None:
    scores = np.array([[0.9, 0.3, 0.1], [0.2, 0.19, 0.05]])
    assert label_sets.chosen(scores, {}).tolist() == [[True, False, False], [False] * 3]
    assert label_sets.chosen(scores, {"thresholds": [0.95, 0.3, 0.2]}).tolist() == [[False, True, False], [False] * 3]
    assert label_sets.chosen(scores, {"near": 1.0}).tolist() == [[True, False, False], [True, False, False]]
    assert label_sets.chosen(scores, {"near": 0.9}).tolist() == [[True, False, False], [True, True, False]]


def test_what_hangs_on_less_than_the_tolerance_is_undecided() -> None:
    manifest = {"thresholds": [0.5, 0.4, 0.3]}
    assert label_sets.undecided(np.array([0.9, 0.4004, 0.1]), manifest, 1e-3)
    assert not label_sets.undecided(np.array([0.9, 0.45, 0.1]), manifest, 1e-3)
    assert label_sets.undecided(np.array([0.2, 0.1999, 0.0]), {"near": 1.0}, 1e-3)
    assert not label_sets.undecided(np.array([0.2, 0.1, 0.0]), {"near": 1.0}, 1e-3)


def test_a_model_of_several_labels_answers_with_lists(tmp_path: Path) -> None:
    manifest = {
        "format": "constant", "inputs": [{"name": "text", "role": "text"}], "labels": LABELS, "several": True,
        "constant": [0.7, 0.6, 0.1], "thresholds": [0.5, 0.5, 0.5],
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    model = load(tmp_path)
    assert model.predict([{"text": "x"}], probabilities=True) == [
        {
            "prediction": ["price", "staff"], "probability": 0.6,
            "probability:price": 0.7, "probability:staff": 0.6, "probability:noise": 0.1,
        }
    ]  # fmt: skip
    manifest["thresholds"] = [0.9, 0.9, 0.9]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert load(tmp_path).predict([{"text": "x"}]) == [{"prediction": [], "probability": None}]


def test_files_hold_json_lists(tmp_path: Path) -> None:
    manifest = {
        "format": "constant", "inputs": [{"name": "text", "role": "text"}], "labels": LABELS, "several": True,
        "constant": [0.7, 0.6, 0.1],
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    source = tmp_path / "rows.csv"
    source.write_text("text\nhello there\n", encoding="utf-8")
    table = open_table(source, Hints(inputs=("text",)))
    predict_file(load(tmp_path), table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines() == [
        "text,prediction,probability",
        'hello there,"[""price"", ""staff""]",0.6',
    ]
    predict_file(load(tmp_path), table, tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["prediction"] == ["price", "staff"]
