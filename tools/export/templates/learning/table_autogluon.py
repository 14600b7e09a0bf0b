"""Learning anew: the same features, and a new AutoGluon predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import Model
from .relearnt_autogluon import new_predictor
from .relearnt_features import new_features
from .relearnt_labels import codes, forget_calibration, new_manifest, write_json
from .table_autogluon import frame


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers. minutes: how long AutoGluon may train."""
    manifest = new_manifest(old, target)
    forget_calibration(manifest, "calibration")
    table = frame(new_features(old, folder, rows))
    new_predictor(old.predictor.predictor, table, codes(target, manifest), bool(old.labels), folder / "autogluon", minutes)
    write_json(folder / "manifest.json", manifest)
