"""Learning anew: each model of the average learns by itself, and they keep their weights."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from .model import FORMATS, Model


def learn(old: Model, folder: Path, history: Any, minutes: float) -> None:
    """Write a new model folder. history: the long table of all series. minutes: shared by the models."""
    predictor: Any = old.predictor
    for listed, member in zip(old.manifest["members"], predictor.members, strict=True):
        own = folder / "members" / listed["name"]
        own.mkdir(parents=True)
        learning = importlib.import_module(f".learning_{FORMATS[listed['format']]}", __package__)
        learning.learn(member, own, history, minutes / len(predictor.members))
    text = json.dumps(old.manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
