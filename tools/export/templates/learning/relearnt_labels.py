"""Targets as a model learns them, and the manifest that follows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .label_sets import HALF, matrix
from .model import Model


def new_manifest(old: Model, target: Sequence[Any]) -> dict[str, Any]:
    """The old manifest; labels that are new come last, so that the others keep their places."""
    manifest = dict(old.manifest)
    if old.several:
        names = {name for written in target for name in json.loads(written)}
        manifest["labels"] = [*old.labels, *sorted(names - set(old.labels))]
        if manifest.get("thresholds"):
            manifest["thresholds"] = manifest["thresholds"] + [HALF] * (len(manifest["labels"]) - len(old.labels))
    elif old.labels:
        manifest["labels"] = [*old.labels, *sorted(set(target) - set(old.labels))]
        if len(manifest["labels"]) != 2:
            manifest.pop("threshold", None)
        if len(manifest["labels"]) != len(old.labels):
            manifest.pop("leaning", None)
    return manifest


def forget_calibration(manifest: dict[str, Any], name: str) -> None:
    """It was fitted to the old model's probabilities; a cut or a leaning was chosen on what it made of them, so that goes, too."""
    if manifest.pop(name, None) is not None:
        manifest.pop("threshold", None)
        manifest.pop("leaning", None)


def codes(target: Sequence[Any], manifest: Mapping[str, Any]) -> np.ndarray:
    """Positions of labels, bool [n, labels] where a row may have several, or numbers as the estimator learns them."""
    if manifest.get("several"):
        return matrix(target, manifest["labels"])
    if manifest.get("labels"):
        position = {label: at for at, label in enumerate(manifest["labels"])}
        return np.array([position[label] for label in target])
    values = np.asarray(target, dtype=float)
    return np.log1p(np.clip(values, 0, None)) if manifest.get("transform") == "log1p" else values


def write_json(path: Path, content: Any) -> None:
    """As the other files of a model folder are written."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
