"""Answers beside their rows: columns, names, encodings."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tools.runtime import Model, load
from tools.runtime.answers import predict_file
from tools.runtime.records import Hints, InputError, open_table


def constant(folder: Path, **manifest: object) -> Model:
    """A model that always says the same."""
    known = {"format": "constant", "kind": "text-classification", "inputs": [{"name": "message"}], "target": "team"}
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({**known, **manifest}), encoding="utf-8")
    return load(folder)


@pytest.fixture
def classes(tmp_path: Path) -> Model:
    """Two labels, one of which cp1252 cannot spell."""
    return constant(tmp_path / "model", labels=["yes", "нет"], constant=[0.25, 0.75])


def answered(model: Model, folder: Path, content: bytes, output: str = "out.csv", probabilities: bool = False) -> bytes:
    """What is written for a file of this content."""
    source = folder / "in.csv"
    source.write_bytes(content)
    predict_file(model, open_table(source, Hints(inputs=("message",))), folder / output, probabilities)
    return (folder / output).read_bytes()


def test_a_column_called_like_an_answer_is_kept_under_another_name(classes: Model, tmp_path: Path) -> None:
    text = answered(classes, tmp_path, b"prediction,message\nold,hi\n").decode()
    assert text == "prediction (input),message,prediction,probability\nold,hi,нет,0.75\n"


def test_labels_that_the_encoding_cannot_spell_make_it_utf8(classes: Model, tmp_path: Path) -> None:
    written = answered(classes, tmp_path, "message;n\nGrüße;1\n".encode("cp1252"))
    assert written.decode("utf-8-sig") == "message;n;prediction;probability\nGrüße;1;нет;0.75\n"


def test_the_encoding_and_line_ends_stay(tmp_path: Path) -> None:
    model = constant(tmp_path / "model", labels=["ja", "nö"], constant=[0.25, 0.75])
    written = answered(model, tmp_path, "message\r\nGrüße\r\n".encode("cp1252"))
    assert written == "message,prediction,probability\r\nGrüße,nö,0.75\r\n".encode("cp1252")


def test_numbers_come_with_their_interval(tmp_path: Path) -> None:
    model = constant(tmp_path / "model", labels=None, constant=10.0, interval={"low": -1.5, "high": 2.0, "coverage": 0.9})
    rows = list(csv.DictReader(answered(model, tmp_path, b"message\na\n").decode().splitlines()))
    assert rows == [{"message": "a", "prediction": "10.0", "low": "8.5", "high": "12.0"}]


def test_csv_to_jsonl_and_no_rows(classes: Model, tmp_path: Path) -> None:
    assert json.loads(answered(classes, tmp_path, b"id,message\n1,hi\n", "out.jsonl", probabilities=True)) == {
        "id": "1", "message": "hi", "prediction": "нет", "probability": 0.75, "probability:yes": 0.25, "probability:нет": 0.75,
    }  # fmt: skip
    assert answered(classes, tmp_path, b"message\n").decode() == "message,prediction,probability\n"


def test_the_input_is_never_written_over(classes: Model, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("message\nhi\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"Expected another file for the answers. Found the input itself"):
        predict_file(classes, open_table(source, Hints(inputs=("message",))), source)
    assert source.read_text(encoding="utf-8") == "message\nhi\n"


def test_a_failure_leaves_nothing_behind(classes: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(classes.predictor, "predict", fail)
    with pytest.raises(RuntimeError, match="no memory"):
        answered(classes, tmp_path, b"message\nhi\n")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
