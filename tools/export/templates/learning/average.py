"""Learning anew: each model of the average learns by itself, and they keep their weights."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import FORMATS, Model
from .relearnt_labels import new_manifest, write_json


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers. minutes: shared by the models."""
    predictor: Any = old.predictor
    for listed, member in zip(old.manifest["members"], predictor.members, strict=True):
        own = folder / "members" / listed["name"]
        own.mkdir(parents=True)
        learning = importlib.import_module(f".learning_{FORMATS[listed['format']]}", __package__)
        learning.learn(member, own, rows, target, minutes / len(predictor.members))
    write_json(folder / "manifest.json", new_manifest(old, target))
