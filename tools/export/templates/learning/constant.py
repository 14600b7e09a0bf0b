"""Learning anew: the rows are counted again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any]) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers."""
    manifest = dict(old.manifest)
    if old.labels:
        labels = [*old.labels, *sorted(set(target) - set(old.labels))]
        counts = np.array([sum(one == label for one in target) for label in labels], dtype=float)
        manifest.update(labels=labels, constant=(counts / counts.sum()).tolist())
    else:
        manifest["constant"] = float(np.mean(np.asarray(target, dtype=float)))
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
