"""The proof, for each kind of model, and what makes it fail."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tools.approaches.base import FitJob, Rows
from tools.core.data import DataProfile, Split
from tools.core.errors import NothingBuilt
from tools.core.evaluation import CandidateResult, Comparison
from tools.core.plan import Plan
from tools.core.prototype import Proof
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.export import packing
from tools.export.chosen import chosen
from tools.export.environment import closure, pins
from tools.export.exporter import export
from tools.export.proof_rows import expected, write_raw
from tools.export.verify import prove
from tools.jobs import predictions

Runs = Callable[..., Path]

EVERY_KIND = [
    ("majority", "messages"),
    ("mean", "spending"),
    ("tfidf-linear", "messages"),
    ("embedding-head", "messages"),
    ("linear", "customers"),
    ("gradient-boosting", "spending"),
    ("autogluon", "customers"),
]


@pytest.mark.parametrize(("approach", "data"), EVERY_KIND)
def test_each_kind_of_prototype_gives_the_runs_own_answers(approach: str, data: str, runs: Runs, tmp_path: Path) -> None:
    run_folder = runs(approach, data)
    archive = export(run_folder, tmp_path)
    proof = prove(run_folder, archive, offline=True)
    run = chosen(run_folder)
    assert proof.how == "assembled"
    assert proof.same_predictions
    assert proof.largest_difference <= proof.tolerance == 1e-3
    assert proof.rows == len(run.split.test)
    assert proof.distributions == sorted(pins(closure(run.manifest["requirements"])))
    assert not any(name.startswith(("torch", "fasttrack", "pip==")) for name in proof.distributions)
    with zipfile.ZipFile(archive) as file:
        kept = Proof.model_validate_json(file.read(f"prototype-{run.slug}/PROOF.json"))
    assert kept == proof


def test_a_prototype_from_words_alone_is_proved_on_made_up_rows(tmp_path: Path) -> None:
    run_folder = _run_without_a_file(tmp_path / "run")
    archive = export(run_folder, tmp_path)
    proof = prove(run_folder, archive, offline=True)
    assert (proof.same_predictions, proof.rows) == (True, 6)
    readme = (packing.unpack(archive, tmp_path / "unzipped") / "README.md").read_text(encoding="utf-8")
    assert "Not measured: there were no labelled rows." in readme


def test_the_proofs_rows_are_the_persons_own_lines(runs: Runs, tmp_path: Path) -> None:
    run = chosen(runs("linear", "customers"))
    wanted = expected(run)
    assert write_raw(run, wanted, tmp_path / "rows.csv") == "the person's own file"
    with (tmp_path / "rows.csv").open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) == len(wanted.row_ids)
    assert {row["home town"] for row in rows} == {"Köln", "Paris", "Oslo"}
    known = [(row, value) for row, value in zip(rows, wanted.rows.inputs["income"], strict=True) if row["income"]]
    assert known
    assert all(float(row["income"].replace(",", ".")) == value for row, value in known)


def test_rows_of_another_format_are_written_from_their_values(runs: Runs, tmp_path: Path) -> None:
    run = chosen(runs("linear", "customers"))
    run.profile.files[0].format = "parquet"
    assert write_raw(run, expected(run), tmp_path / "rows.csv") == "the loaded values"
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["since"].count(".") == 2  # as the person writes dates
    assert row["age"].isdigit()


def test_other_answers_than_the_runs_are_not_proved(runs: Runs, tmp_path: Path) -> None:
    run_folder = runs("majority", "messages")
    archive = export(run_folder, tmp_path)
    _change(archive, "model/manifest.json", lambda text: json.dumps({**json.loads(text), "constant": [0.1, 0.1, 0.8]}))
    with pytest.raises(NothingBuilt) as error:
        prove(run_folder, archive, offline=True)
    assert error.value.code == "not-proved"
    assert error.value.expected == "the run's own predictions within 0.001"
    assert error.value.found.startswith("a difference of 0.")
    with zipfile.ZipFile(archive) as file:
        assert not [name for name in file.namelist() if name.endswith("PROOF.json")]


def test_a_prototype_that_needs_more_than_its_requirements_is_not_proved(runs: Runs, tmp_path: Path) -> None:
    run_folder = runs("majority", "messages")
    archive = export(run_folder, tmp_path)
    _change(archive, "prototype/constant.py", lambda text: text.replace("import numpy", "import pydantic\nimport numpy"))
    with pytest.raises(
        NothingBuilt, match=r"Found exit code 2: Expected the packages of requirements.txt. Found none called 'pyd"
    ):
        prove(run_folder, archive, offline=True)


def test_requirements_that_are_not_the_closure_are_not_proved(runs: Runs, tmp_path: Path) -> None:
    run_folder = runs("majority", "messages")
    archive = export(run_folder, tmp_path)
    _change(archive, "requirements.txt", lambda text: text + "pydantic==2.0\n")
    with pytest.raises(
        NothingBuilt, match=r"exactly the packages of requirements.txt. Found a difference in \['pydantic==2.0'\]"
    ):
        prove(run_folder, archive, offline=True)


def test_a_prototype_that_calls_out_is_not_proved(runs: Runs, tmp_path: Path) -> None:
    run_folder = runs("majority", "messages")
    archive = export(run_folder, tmp_path)
    call = "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    _change(archive, "prototype/constant.py", lambda text: text.replace("import numpy", call + "import numpy"))
    with pytest.raises(NothingBuilt, match="The proof runs without a network, and socket"):
        prove(run_folder, archive, offline=True)


def _change(archive: Path, name: str, how: Callable[[str], str]) -> None:
    folder = packing.unpack(archive, archive.parent / "changed")
    path = folder / name
    path.write_text(how(path.read_text(encoding="utf-8")), encoding="utf-8")
    packing.pack(folder, archive)


def _run_without_a_file(folder: Path) -> Path:
    """Four groups of feedback and no row: zero-shot."""
    from tools.approaches import approach_named

    labels = [Label(name="staff"), Label(name="shop and cafe"), Label(name="building", description="rooms, lifts, toilets")]
    task = TaskSpec(kind="text-classification", modality="text", words="sort feedback", inputs=["text"], labels=labels)
    approach = approach_named("zero-shot")
    model = folder / "candidates" / approach.name / "model"
    nothing = Rows(pd.DataFrame(columns=["text"], dtype=object), pd.Series([], dtype=object))
    metric = MetricSpec(name="macro-f1")
    job = FitJob(task, metric, nothing, nothing, None, model, 1.0, lambda fraction, phase: None, 2)
    approach.fit(job)
    result = CandidateResult(name=approach.name, approach="zero-shot", title=approach.title, status="done")
    parts = {
        "task": task,
        "plan": Plan(task=task, attachments={}, candidates=[], metric=metric, test_rows=0),
        "profile": DataProfile(),
        "split": Split(train=[], validation=[], test=[], test_source="none", how="there are no rows", data_hash=""),
        "comparison": Comparison(metric="macro-f1", candidates=[result], chosen=approach.name, recommended=True, why="Alone."),
        f"candidates/{approach.name}/result": result,
    }
    for name, part in parts.items():
        (folder / f"{name}.json").write_text(part.model_dump_json(), encoding="utf-8")
    predictions.write(model.parent, task.label_names, {})
    return folder
