"""Learning anew: the encoder and the counts stay as they are, a new AutoGluon predictor learns to read them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import Model
from .relearnt_autogluon import new_predictor
from .relearnt_labels import codes, forget_calibration, new_manifest, write_json
from .text_autogluon import condensed, frame
from .text_rows import joined, spelled


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome). minutes: how long AutoGluon may train."""
    manifest, predictor = new_manifest(old, target), old.predictor
    forget_calibration(manifest, "temperature")
    texts = joined(rows, manifest["inputs"])
    vectors = predictor.encoder.encode([spelled(text) for text in texts])
    table = frame(vectors, condensed(predictor.condensers, texts))
    new_predictor(predictor.predictor, table, codes(target, manifest), True, folder / "autogluon", minutes)
    for name in ("encoder.onnx", "tokenizer.json", "condensers.joblib"):
        shutil.copyfile(old.folder / name, folder / name)
    write_json(folder / "manifest.json", manifest)
