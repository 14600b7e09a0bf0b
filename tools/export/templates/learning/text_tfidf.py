"""Learning anew: the same counts and the same linear model, fitted to the new texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import Model
from .relearnt_labels import codes, new_manifest, write_json
from .relearnt_ngrams import new_calibration, new_ngrams
from .text_ngrams import write as write_ngrams
from .text_rows import joined


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome)."""
    manifest = new_manifest(old, target)
    texts = joined(rows, manifest["inputs"])
    write_ngrams(folder, new_ngrams(old.predictor.ngrams, texts, codes(target, manifest)))
    manifest["calibration"] = new_calibration(manifest["calibration"], len(manifest["labels"]))
    write_json(folder / "manifest.json", manifest)
