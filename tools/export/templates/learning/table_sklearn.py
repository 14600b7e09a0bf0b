"""Learning anew: the same features and the same kind of model with the same settings, fitted to the new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .relearnt_features import new_features
from .relearnt_labels import codes, new_manifest, write_json
from .table_sklearn import block_values, side_by_side


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers."""
    import joblib
    from sklearn.base import clone

    manifest, estimators = new_manifest(old, target), old.predictor.estimators
    learned, table = codes(target, manifest), new_features(old, folder, rows)
    fitted, parts = {}, []
    for block in manifest["blocks"]:
        values, name = block_values(table, block), block["transformer"]
        if name is not None:
            fitted[name] = _for_target(clone(estimators[name]), old.labels, learned)
            values = fitted[name].fit_transform(values, learned)
        parts.append(values)
    features = side_by_side(parts)
    fitted["model"] = _for_width(clone(estimators["model"]), features.shape[1]).fit(features, learned)
    joblib.dump(fitted, folder / "estimators.joblib", compress=3)
    write_json(folder / "manifest.json", manifest)


def _for_target(transformer: Any, classes: Sequence[str], learned: np.ndarray) -> Any:
    """An encoder of targets is told what kind of target there is now."""
    if classes and "target_type" in transformer.get_params():
        transformer.set_params(target_type="binary" if len(np.unique(learned)) == 2 else "multiclass")
    return transformer


def _for_width(model: Any, width: int) -> Any:
    """Which features are categories: the first ones, as before, however many follow."""
    marked = model.get_params().get("categorical_features")
    if isinstance(marked, list):
        model.set_params(categorical_features=[at < sum(marked) for at in range(width)])
    return model
