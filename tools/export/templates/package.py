"""The model of this prototype: `load()` opens it, `Model.predict(rows)` answers a list of dicts, one dict a row."""

from __future__ import annotations

from pathlib import Path

from .model import Model
from .model import load as load_folder

FOLDER = Path(__file__).resolve().parent.parent

__all__ = ["FOLDER", "Model", "load"]


def load(folder: str | Path | None = None) -> Model:
    """Open the model of this prototype, or the one in another folder (for example one that retrain.py made)."""
    return load_folder(FOLDER / "model" if folder is None else folder)
