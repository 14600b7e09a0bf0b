"""`manifest.json` of a model folder: what `tools/runtime` needs to know to predict. Every approach writes it last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tools.approaches.base import FitJob


def write(
    job: FitJob, model_format: str, inputs: Sequence[Mapping[str, Any]], requirements: Sequence[str], **extra: Any
) -> None:
    """Write `job.folder/manifest.json`.

    model_format: a key of `tools.runtime.model.FORMATS`. inputs: one dict a column with at least `name` and `role`.
    requirements: names of the distributions that predicting needs (Export fills in exact versions).
    extra: further keys of the format; None leaves a key out.
    """
    manifest: dict[str, Any] = {
        "format": model_format,
        "kind": job.task.kind,
        "inputs": [dict(column) for column in inputs],
        "target": job.task.target,
        "labels": job.task.label_names or None,
        **(_of_label_sets(job) if job.task.is_several else {}),
        "requirements": sorted(requirements),
        **{key: value for key, value in extra.items() if value is not None},
    }
    job.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    (job.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _of_label_sets(job: FitJob) -> dict[str, Any]:
    """Several labels at once, and how the person's file holds them (see `tools/runtime/label_sets.py`)."""
    task = job.task
    held = {"target_columns": task.target_columns or None, "label_separator": task.label_separator}
    return {"several": True, **{key: value for key, value in held.items() if value is not None}}


def plain_inputs(job: FitJob) -> list[dict[str, Any]]:
    """The task's input columns with their roles, for formats that read the values as they are."""
    return [{"name": name, "role": job.column_roles.get(name, "text")} for name in job.task.inputs]
