"""`prototype.json`: what the code of a prototype needs to know beyond the model; the exporter adds its speed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.export.asks import Asks
from tools.export.chosen import Chosen
from tools.export.golden import choices, typed

FILE = "prototype.json"


def described(run: Chosen, rows: Sequence[dict[str, str]], asks: Asks | None = None) -> dict[str, Any]:
    """Of a model that answers rows. rows: examples, as texts; asks: of a language model, where it needs one."""
    examples = [typed(row, run.manifest["inputs"]) for row in rows]
    more = {"choices": choices(run), "asks": asks.described() if asks else None}
    return {**_of_any(run, run.task.target), "examples": examples, **more}


def described_forecaster(run: Chosen, history: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Of a forecaster. A history holds the target: it is read, not predicted beside its row."""
    return {**_of_any(run, None), "examples": list(history)}


def write(folder: Path, description: dict[str, Any]) -> None:
    """The file, in the prototype's folder."""
    (folder / FILE).write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _of_any(run: Chosen, target: str | None) -> dict[str, Any]:
    training = run.training
    headless = training is not None and training.format == "csv" and training.header_row is None
    return {
        "name": f"prototype-{run.slug}",
        "title": run.heading,
        "task": run.task.words,
        "metric": run.plan.metric.name,
        "training_file": {
            "target": target,
            "columns": [column.name for column in training.columns] if training else [],
            "header": not headless,
            "delimiter": training.delimiter if training else None,
            "encoding": training.encoding if training else None,
        },
    }
