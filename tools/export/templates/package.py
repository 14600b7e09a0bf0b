"""The model of this prototype: `load()` opens it, `Model.predict(rows)` answers a list of dicts, one dict a row."""

from __future__ import annotations

import os
from pathlib import Path

from .model import Model
from .model import load as load_folder

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve each other on a busy machine

FOLDER = Path(__file__).resolve().parent.parent

__all__ = ["FOLDER", "Model", "load"]


def load(folder: str | Path | None = None) -> Model:
    """Open the model of this prototype, or the one in another folder (for example one that retrain.py made)."""
    return load_folder(FOLDER / "model" if folder is None else folder)
