"""Descriptions of datasets: read, checked, found in a data folder; few rows a class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.datasets import DESCRIPTIONS, Dataset, DescriptionError, descriptions, discover, shot_rows
from bench.material import prepare

TOLD = {"kind": "text-classification", "words": "sort mails", "target": "team", "metric": "accuracy"}


def folder_with(place: Path, train: str, test: str) -> Path:
    """A dataset's folder."""
    place.mkdir(parents=True)
    (place / "train.csv").write_text(train, encoding="utf-8")
    (place / "test.csv").write_text(test, encoding="utf-8")
    return place


def test_every_shipped_description_can_be_used() -> None:
    told = descriptions(Path("/nowhere"))
    found = {name: Dataset.described(Path(name), said) for name, said in told.items()}
    assert len(found) > 25
    assert found["m4_hourly"].seasons == (24, 168)
    assert found["beijing_pm25"].time == ("year", "month", "day", "hour")
    assert {one.kind for one in found.values() if "whole" in one.small} == {
        "text-classification", "tabular-classification", "tabular-regression", "forecasting",
    }  # fmt: skip


def test_a_data_folder_describes_its_own_and_overrules_ours(tmp_path: Path) -> None:
    folder_with(tmp_path / "mails", "text,team\na,x\n", "text,team\nb,y\n")
    folder_with(tmp_path / "titanic", "Name,Survived\na,1\n", "Name,Survived\nb,0\n")
    folder_with(tmp_path / "stray", "a,b\n1,2\n", "a,b\n1,2\n")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "train.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "bench.toml").write_text(
        '[mails]\nkind = "text-classification"\nwords = "sort mails"\ntarget = "team"\nmetric = "accuracy"\n'
        '[titanic]\nkind = "tabular-classification"\nwords = "who"\ntarget = "Survived"\nmetric = "roc-auc"\n',
        encoding="utf-8",
    )
    found, undescribed = discover(tmp_path)
    assert [(one.name, one.metric) for one in found] == [("titanic", "roc-auc"), ("mails", "accuracy")]
    assert undescribed == ["stray"]


def test_a_folder_without_datasets_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError) as caught:
        discover(tmp_path)
    assert str(caught.value) == (
        f"Expected folders with train.csv and test.csv in {tmp_path} that {DESCRIPTIONS.name} describes. "
        f"Found none. Describe them in {tmp_path / 'bench.toml'}."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": 1}, "Found ['colour']. Mend it."),
        ({"kind": "guessing"}, "Found 'guessing'. Mend it."),
        ({"kind": "forecasting"}, "to say ['frequency', 'horizon', 'seasons', 'time']. Found nothing. Add it."),
    ],
)
def test_a_wrong_description_is_told(change: dict[str, object], words: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        Dataset.described(Path("mails"), TOLD | change)
    assert str(caught.value).endswith(words)


def test_a_missing_key_is_told() -> None:
    with pytest.raises(DescriptionError, match=r"Expected \[mails\] to say \['metric', 'target'\]. Found nothing there"):
        Dataset.described(Path("mails"), {"kind": TOLD["kind"], "words": TOLD["words"]})


def test_few_rows_are_those_that_the_folder_fixes_else_drawn(tmp_path: Path) -> None:
    dataset = Dataset.described(tmp_path, TOLD).with_shots(2, 0)
    labels = ["a", "b"] * 10
    drawn = shot_rows(dataset, labels)
    assert sorted(labels[row] for row in drawn) == ["a", "a", "b", "b"]
    assert shot_rows(dataset, labels) == drawn
    assert shot_rows(dataset.with_shots(2, 1), labels) != drawn
    (tmp_path / "fewshot_indices.json").write_text(json.dumps({"shots": {"2": [[0, 1, 2, 3]]}}), encoding="utf-8")
    assert shot_rows(dataset, labels) == [0, 1, 2, 3]
    assert shot_rows(dataset.with_shots(2, 1), labels) != [0, 1, 2, 3]


def test_everybody_gets_the_same_files_without_what_gives_the_answer_away(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "mails", "text,leak,team\na,x,x\nb,y,y\nc,x,x\n", "text,leak,team\nd,y,y\n")
    dataset = Dataset.described(source, TOLD | {"drop": ["leak"]})
    material = prepare(dataset, tmp_path / "work", rows=2)
    train = material.train.read_text(encoding="utf-8").splitlines()
    assert train[0] == "text,team"
    assert len(train) == 3
    assert material.questions.read_text(encoding="utf-8") == "text\nd\n"
    assert list(material.answers) == ["y"]


def test_a_file_without_a_header_stays_so_for_fasttrack(tmp_path: Path) -> None:
    source = folder_with(tmp_path / "mails", "1,x\n2,y\n", "3,x\n")
    dataset = Dataset.described(source, TOLD | {"kind": "tabular-classification", "target": "column_2", "header": False})
    material = prepare(dataset, tmp_path / "work", rows=None)
    assert material.train.read_bytes() == (source / "train.csv").read_bytes()
    assert material.questions.read_text(encoding="utf-8") == "column_1\n3\n"
    assert list(material.answers) == ["x"]
    assert Dataset.of_json(json.loads(json.dumps(dataset.told()))) == dataset
