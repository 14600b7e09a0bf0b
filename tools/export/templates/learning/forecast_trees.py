"""Learning anew: new trees by the old ones' recipe, and how far they may be off.

Where learning takes but a moment, each end of the history is forecast by trees that have not seen it; elsewhere by the old ones.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from . import relearnt_spread
from .forecast_trees import file_of
from .model import Model, load


def learn(old: Model, folder: Path, history: Any, minutes: float) -> None:
    """Write a new model folder. history: the long table of all series. Raises ValueError where it is too short."""
    predictor, cores = old.predictor, os.cpu_count() or 1
    trees = predictor.learnt(history, cores)
    if trees is None:
        raise ValueError("Expected series that are long enough to learn from. Found none. Give a longer history.")

    def by_fresh_trees(past: Any, future: Any) -> Any:
        return predictor.forecast_by(predictor.learnt(past, cores) or predictor.trees, past, future)

    relearnt_spread.learn(old, folder, history, minutes, by_fresh_trees if predictor.anew else None)
    for few, booster in trees.items():
        booster.save_model(str(folder / file_of(few)))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["recipe"]["points"] = int(history["target"].notna().sum())
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    load(folder)
