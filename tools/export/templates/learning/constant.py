"""Learning anew: the rows are counted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .relearnt_labels import codes, new_manifest, write_json


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers."""
    manifest = new_manifest(old, target)
    learned = codes(target, manifest)
    if old.several:
        manifest["constant"] = learned.mean(axis=0).tolist()
    elif old.labels:
        counts = np.bincount(learned, minlength=len(manifest["labels"]))
        manifest["constant"] = (counts / counts.sum()).tolist()
    else:
        manifest["constant"] = float(learned.mean())
    write_json(folder / "manifest.json", manifest)
