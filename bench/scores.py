"""What a person gets: build on train.csv, unzip, and in a fresh environment the prototype's predict.py on test.csv.

    python bench/scores.py --minutes 10 --json scores.json "data/churn:Churn:will this customer leave" "data/houses:price:..."

Each argument is FOLDER:TARGET:TASK IN WORDS; the folder holds train.csv and test.csv. The build is offline and
gets no test file; the environment is made with pip from the prototype's requirements.txt alone; predict.py gets test.csv
without its label. Scores are computed here, with scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from sklearn import metrics

SHOWN = ("accuracy", "macro_f1", "roc_auc", "r2")


@dataclass(frozen=True)
class Dataset:
    """One argument of the command line."""

    folder: Path
    target: str
    words: str

    @classmethod
    def parse(cls, text: str) -> Dataset:
        """From FOLDER:TARGET:WORDS (the folder may hold no colon)."""
        parts = text.split(":", 2)
        if len(parts) != 3:
            raise argparse.ArgumentTypeError(f"expected FOLDER:TARGET:TASK IN WORDS, found {text!r}")
        return cls(Path(parts[0]), parts[1], parts[2])


def measure(dataset: Dataset, minutes: float, work: Path) -> dict[str, Any]:
    """All numbers of one dataset; `error` where a step failed."""
    began = time.monotonic()
    built = build(dataset, minutes, work)
    result: dict[str, Any] = {
        "name": dataset.folder.name,
        "build_seconds": round(time.monotonic() - began, 1),
        "build_cpu_seconds": built.pop("cpu_seconds"),
    }
    if "error" in built:
        return result | {"error": built["error"]}
    result |= {key: built.get(key) for key in ("chosen", "recommended", "seconds", "proof_seconds")}
    spent = sum((row["fit_seconds"] or 0) + (row["score_seconds"] or 0) for row in built["candidates"])
    result["candidates_seconds"] = round(spent, 1)
    result["candidates"] = {row["name"]: row["status"] for row in built["candidates"]}
    try:
        prototype = unpack(Path(built["prototype"]), work)
        began = time.monotonic()
        python = environment(prototype, work)
        result["environment_seconds"] = round(time.monotonic() - began, 1)
        return result | predict_and_score(dataset, prototype, python, work)
    except subprocess.CalledProcessError as error:
        return result | {"error": (error.stderr or "")[-2000:]}


def build(dataset: Dataset, minutes: float, work: Path) -> dict[str, Any]:
    """`fasttrack build` as a person would call it; the JSON it prints, with the CPU seconds of all its processes that ended."""
    command = [
        str(Path(sys.executable).parent / "fasttrack"), "build", str(dataset.folder / "train.csv"), "--task", dataset.words,
        "--target", dataset.target, "--minutes", str(minutes), "--yes", "--offline", "--json", "--out", str(work / "out"),
    ]  # fmt: skip
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        answer = {"error": f"exit code {done.returncode}: {done.stderr[-2000:]}"}
    if not answer.get("prototype") and "error" not in answer:
        answer["error"] = f"no prototype: {answer.get('why')}"
    return answer | {"cpu_seconds": round(cpu, 1)}


def unpack(archive: Path, work: Path) -> Path:
    """The prototype's folder."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(work / "prototype")
    return next((work / "prototype").rglob("predict.py")).parent


def environment(prototype: Path, work: Path) -> Path:
    """A fresh environment of exactly requirements.txt; its python."""
    venv.create(work / "env", with_pip=True)
    python = work / "env" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(prototype / "requirements.txt")]
    subprocess.run(install, capture_output=True, text=True, check=True)
    return python


def predict_and_score(dataset: Dataset, prototype: Path, python: Path, work: Path) -> dict[str, Any]:
    """Run predict.py on test.csv without its label, and score what it wrote."""
    test = pd.read_csv(dataset.folder / "test.csv", dtype=str, keep_default_na=False)
    test.drop(columns=dataset.target).to_csv(work / "input.csv", index=False)
    command = [str(python), "predict.py", str(work / "input.csv"), "-o", str(work / "output.csv")]
    classes = "labels" in (manifest := json.loads((prototype / "model" / "manifest.json").read_text())) and manifest["labels"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FASTTRACK"))}
    began = time.monotonic()
    subprocess.run(
        command + (["--probabilities"] if classes else []), cwd=prototype, env=clean, capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = {"predict_seconds": round(time.monotonic() - began, 2), "test_rows": len(test)}
    output = pd.read_csv(work / "output.csv", dtype=str, keep_default_na=False)
    if len(output) != len(test):
        return result | {"error": f"expected {len(test)} predictions, found {len(output)}"}
    return result | (score_classes(test[dataset.target], output) if classes else score_numbers(test[dataset.target], output))


def score_classes(truth: pd.Series[str], output: pd.DataFrame) -> dict[str, Any]:
    """Accuracy, macro-F1, ROC-AUC (two classes: of the second; more: one against the rest, macro)."""
    answers = output["prediction"]
    found = {"accuracy": metrics.accuracy_score(truth, answers), "macro_f1": metrics.f1_score(truth, answers, average="macro")}
    labels = [str(name).removeprefix("probability:") for name in output.columns if str(name).startswith("probability:")]
    areas = [
        metrics.roc_auc_score(truth == label, output[f"probability:{label}"].astype(float))
        for label in (labels[1:] if len(labels) == 2 else labels)
        if 0 < (truth == label).sum() < len(truth)
    ]
    if areas:
        found["roc_auc"] = sum(areas) / len(areas)
    return {name: round(float(value), 4) for name, value in found.items()}


def score_numbers(truth: pd.Series[str], output: pd.DataFrame) -> dict[str, Any]:
    """R2 and RMSE."""
    numbers, values = truth.astype(float), output["prediction"].astype(float)
    return {
        "r2": round(float(metrics.r2_score(numbers, values)), 4),
        "rmse": round(float(metrics.root_mean_squared_error(numbers, values)), 4),
    }


def line(result: dict[str, Any]) -> str:
    """One row of the table."""
    if "error" in result:
        error = result["error"]["found"] if isinstance(result["error"], dict) else result["error"]
        return f"{result['name']:<22} {str(error).strip().splitlines()[-1][:150]}"
    scores = " ".join(f"{result.get(name, ''):>9}" for name in SHOWN)
    return f"{result['name']:<22} {scores} {result['build_seconds']:>9} {result['candidates_seconds']:>9}  {result['chosen']}"


def main() -> None:
    """Measure every dataset in turn; the table grows as they end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=Dataset.parse, metavar="FOLDER:TARGET:WORDS")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    given = parser.parse_args()
    print(f"{'dataset':<22} {' '.join(f'{name:>9}' for name in SHOWN)} {'build s':>9} {'of them':>9}  chosen")
    results = []
    for dataset in given.datasets:
        with TemporaryDirectory() as work:
            results.append(measure(dataset, given.minutes, Path(work)))
        print(line(results[-1]), flush=True)
        if given.json:
            given.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
