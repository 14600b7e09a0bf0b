"""The download: a folder that works without Fasttrack, made from a run folder alone."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tools.export import packing
from tools.export.chosen import Chosen, chosen
from tools.export.requirements import requirement_files
from tools.export.shipped import shipped_modules

TEMPLATES = Path(__file__).resolve().parent / "templates"


def export(run_folder: Path, out: Path | None = None) -> Path:
    """Write the prototype of the run's chosen candidate and give the path of its zip.

    out: a folder (the zip is `out/prototype.zip`) or a path that ends in .zip; None: the run folder.
    The zip holds one folder, `prototype-<task>`. Raises PersonMustMend where the run has nothing to export.
    """
    run = chosen(run_folder)
    target = run_folder / "prototype.zip" if out is None else out if out.suffix == ".zip" else out / "prototype.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as place:
        folder = Path(place) / f"prototype-{run.slug}"
        folder.mkdir()
        _write(run, folder)
        return packing.pack(folder, target)


def _write(run: Chosen, folder: Path) -> None:
    _copy_code(run, folder)
    _copy_model(run, folder / "model")
    for name, text in requirement_files(run.manifest["format"], run.manifest["requirements"]).items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "prototype.json").write_text(_json(described(run)), encoding="utf-8")


def _copy_code(run: Chosen, folder: Path) -> None:
    package = folder / "prototype"
    shutil.copytree(TEMPLATES / "package", package, ignore=shutil.ignore_patterns("__pycache__"))
    for module in shipped_modules(run.manifest["format"]):
        shutil.copyfile(module, package / module.name)
    for name in ("predict.py",):
        shutil.copyfile(TEMPLATES / name, folder / name)


def _copy_model(run: Chosen, folder: Path) -> None:
    shutil.copytree(run.model_folder, folder)


def described(run: Chosen) -> dict[str, Any]:
    """`prototype.json`: what the code of the prototype needs to know beyond the model."""
    training = run.training
    return {
        "name": run.slug,
        "task": run.task.words,
        "kind": run.task.kind,
        "metric": run.comparison.metric,
        "training_file": {
            "target": run.task.target,
            "columns": [column.name for column in training.columns] if training else [],
            "header": training is None or training.format != "csv" or training.header_row is not None,
            "delimiter": training.delimiter if training else None,
            "encoding": training.encoding if training else None,
        },
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
