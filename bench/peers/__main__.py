"""One peer on one dataset, in a process of its own: `python -m bench.peers JOB.json`. Writes answers.parquet and told.json."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.datasets import Dataset
from bench.disk import megabytes
from bench.peers import peer_named
from bench.peers.base import Fitted, Job, Peer
from bench.probe import percentiles

if TYPE_CHECKING:
    import pandas as pd


def main(path: Path) -> None:
    """Learn, answer, write."""
    told = json.loads(path.read_text(encoding="utf-8"))
    dataset, peer, out = Dataset.of_json(told["dataset"]), peer_named(told["peer"]), Path(told["out"])
    train, questions = dataset.read(Path(told["train"]), typed=True), _questions(dataset, Path(told["questions"]))
    place = out / "place"
    place.mkdir(parents=True)
    job = Job(dataset, train, questions, told["minutes"], told["cores"], Path(told["encoder"]), place)
    began = time.perf_counter()
    for name in peer.imports:
        importlib.import_module(name)
    import_seconds, began = time.perf_counter() - began, time.perf_counter()
    fitted = peer.fit(job)
    fit_seconds = time.perf_counter() - began
    answers, speed = answered(peer, fitted, job)
    answers.to_parquet(out / "answers.parquet")
    facts = {
        "fit_seconds": fit_seconds,
        "import_seconds": import_seconds,
        "train_rows": len(train),
        "versions": versions(peer),
        **speed,
    }
    (out / "model").mkdir()
    fitted.save(out / "model")
    facts["model_mb"] = megabytes(out / "model")
    (out / "told.json").write_text(json.dumps(facts), encoding="utf-8")


def _questions(dataset: Dataset, path: Path) -> pd.DataFrame:
    """The questions always have a header, as the bench wrote them."""
    import pandas as pd

    return pd.read_csv(path)


def answered(peer: Peer, fitted: Fitted, job: Job) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The answers, and how fast they came: all rows at once after a first row, then rows one by one."""
    if job.dataset.kind == "forecasting":
        began = time.perf_counter()
        answers = fitted.predict(job.questions)
        return answers, {} if peer.at_once else {"rows_per_second": len(answers) / (time.perf_counter() - began)}
    fitted.predict(job.questions.head(1))
    began = time.perf_counter()
    answers = fitted.predict(job.questions)
    together = time.perf_counter() - began
    median, high = percentiles(lambda row: fitted.predict(job.questions.iloc[[row]]), len(job.questions))
    return answers, {"rows_per_second": len(answers) / together, "single_p50_ms": median, "single_p95_ms": high}


def versions(peer: Peer) -> list[str]:
    """`name==version` of the peer's packages."""
    from importlib.metadata import version

    names = [package.partition("[")[0] for package in peer.packages]
    return [f"{name}=={version(name)}" for name in names]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
