"""What is in a prototype, and what is not."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from tools.core.errors import PersonMustMend
from tools.export.chosen import chosen
from tools.export.exporter import export
from tools.export.model_card import HOW, TEMPLATES
from tools.export.readme import RETRAINING
from tools.export.shipped import shipped_modules
from tools.runtime import model as runtime_model

Runs = Callable[..., Path]
Prototypes = Callable[..., Path]

FILES = {
    "predict.py", "serve.py", "app.py", "retrain.py", "Dockerfile", "README.md", "MODEL_CARD.md", "prototype.json", "prototype",
    "model", "tests", "evaluation", ".streamlit", "requirements.txt", "requirements-serve.txt", "requirements-app.txt",
    "requirements-retrain.txt",
}  # fmt: skip
FASTTRACK = {"tools", "agent", "ui", "prompts"}


def test_the_zip_holds_one_folder_named_after_the_task(runs: Runs, tmp_path: Path) -> None:
    archive = export(runs("tfidf-linear", "messages"), tmp_path)
    assert archive == tmp_path / "prototype.zip"
    with zipfile.ZipFile(archive) as file:
        assert {name.split("/")[0] for name in file.namelist()} == {"prototype-tell-team-for-new-messages-please-soon"}
        assert {name.split("/")[1] for name in file.namelist()} == FILES


def test_without_a_folder_it_lies_in_the_run(runs: Runs) -> None:
    run_folder = runs("majority", "messages")
    assert export(run_folder) == run_folder / "prototype.zip"


def test_nothing_of_fasttrack_is_imported(prototypes: Prototypes) -> None:
    for approach, data in (("tfidf-linear", "messages"), ("linear", "customers")):
        for module in prototypes(approach, data).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [str(node.module)]
                assert not {name.split(".")[0] for name in names} & FASTTRACK, module


def test_only_the_formats_own_modules_are_shipped(prototypes: Prototypes) -> None:
    modules = {path.stem for path in (prototypes("tfidf-linear", "messages") / "prototype").glob("*.py")}
    assert {"model", "records", "answers", "text_tfidf", "text_rows", "learning"} <= modules
    assert not {"table_sklearn", "table_autogluon", "text_encoder", "text_onnx", "constant"} & modules


@pytest.mark.parametrize("model_format", runtime_model.FORMATS)
def test_every_format_can_be_shipped_and_learn_anew(model_format: str) -> None:
    forecasting = model_format.startswith("forecast-")
    modules = shipped_modules(model_format, TEMPLATES / "learning", forecasting=forecasting)
    assert [name for name, path in modules.items() if not path.is_file()] == []
    assert re.search(r"^def learn\(|import learn$", modules["learning.py"].read_text(encoding="utf-8"), re.MULTILINE)
    unable = modules["learning.py"].name.startswith("unable")
    assert forecasting or (model_format in RETRAINING) != unable
    assert unable or model_format in HOW


def test_requirements_are_exact_and_the_fewest(prototypes: Prototypes) -> None:
    lines = (prototypes("embedding-head", "messages") / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert f"onnxruntime=={metadata.version('onnxruntime')}" in pins
    assert all("==" in pin for pin in pins)
    assert not any(pin.startswith(("torch", "transformers", "pandas", "scikit-learn", "pydantic==")) for pin in pins)
    serve = (prototypes("embedding-head", "messages") / "requirements-serve.txt").read_text(encoding="utf-8").splitlines()
    assert serve[1] == "-r requirements.txt"
    assert f"fastapi=={metadata.version('fastapi')}" in serve
    assert not set(serve) & set(pins)


def test_no_row_of_the_person_is_quoted(runs: Runs, prototypes: Prototypes) -> None:
    folder = prototypes("tfidf-linear", "messages")
    texts = [
        path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in {".md", ".json", ".csv", ".jsonl"}
    ]
    assert not [text for text in texts if 'thanks"' in text or "no. 1" in text]


def test_the_report_is_copied(runs: Runs, prototypes: Prototypes) -> None:
    run_folder, folder = runs("tfidf-linear", "messages"), prototypes("tfidf-linear", "messages")
    original = {path.name for path in (run_folder / "report").iterdir()}
    assert {"report.html", "metrics.json"} <= original == {path.name for path in (folder / "evaluation").iterdir()}


def test_quoted_rows_are_masked_unless_allowed(runs: Runs, tmp_path: Path) -> None:
    run_folder = runs("majority", "messages")  # it is wrong often, so its report quotes rows
    quoted = "Hello, "
    assert quoted in (run_folder / "report" / "report.html").read_text(encoding="utf-8")
    for allowed in (False, True):
        with zipfile.ZipFile(export(run_folder, tmp_path / str(allowed), quote_rows=allowed)) as file:
            name = next(name for name in file.namelist() if name.endswith("report.html"))
            page = file.read(name).decode("utf-8")
        assert (quoted in page) == allowed
        assert ("xxxxx, " in page) != allowed
        assert "The most telling mistakes" in page


def test_its_own_tests_pass_and_can_fail(prototypes: Prototypes, tmp_path: Path) -> None:
    folder = prototypes("mean", "spending")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    golden = folder / "tests" / "golden.jsonl"
    kept = golden.read_text(encoding="utf-8")
    first = json.loads(kept.splitlines()[0])
    golden.write_text(kept.replace(str(first["prediction"]), str(first["prediction"] + 1)), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False, cwd=folder).returncode == 1
    golden.write_text(kept, encoding="utf-8")


def test_the_servers_container_is_described(prototypes: Prototypes) -> None:
    text = (prototypes("tfidf-linear", "messages") / "Dockerfile").read_text(encoding="utf-8")
    assert "FROM python:3.11-slim" in text
    assert "{{" not in text


def test_a_run_without_a_comparison_has_nothing_to_export(tmp_path: Path) -> None:
    (tmp_path / "run-7").mkdir()
    with pytest.raises(PersonMustMend) as error:
        export(tmp_path / "run-7")
    assert str(error.value) == (
        "Expected a run whose candidates have been compared. Found no comparison in run run-7. "
        "Finish the run with `fasttrack resume`, or build again."
    )


def test_the_name_survives_any_words(runs: Runs) -> None:
    run = chosen(runs("majority", "messages"))
    assert run.task.words.endswith("please | soon")
    assert run.slug == "tell-team-for-new-messages-please-soon"
    run.task.words = "../../etc: Übergröße für 日本 " + "very " * 40
    assert run.slug == "etc-ubergroe-fur-very-very-very-very"
    run.task.words = "日本"
    assert run.slug == "text-classification"
