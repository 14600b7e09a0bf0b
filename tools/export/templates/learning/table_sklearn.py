"""Learning anew: the same features and the same kind of model with the same settings, fitted to the new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .relearnt_features import new_features
from .relearnt_labels import codes, new_manifest, write_json
from .table_bag import dealt, fit_member
from .table_features import Table
from .table_sklearn import block_values, side_by_side


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers."""
    import joblib
    from sklearn.base import clone

    manifest, estimators = new_manifest(old, target), old.predictor.estimators
    learned, table = codes(target, manifest), new_features(old, folder, rows)
    fitted: dict[str, Any] = {"members": []}
    shared = [
        _block(block, table, estimators, fitted, learned, old.labels) if _is_in(block, estimators) else None
        for block in manifest["blocks"]
    ]
    bag = len(estimators["members"]) > 1
    folds = dealt(learned, len(estimators["members"]), 0) if bag else [np.array([], dtype=int)]
    for member, held in zip(estimators["members"], folds, strict=True):
        fresh: dict[str, Any] = {}
        parts = [
            _block(block, table, member, fresh, learned, old.labels, held) if known is None else known
            for block, known in zip(manifest["blocks"], shared, strict=True)
        ]
        features = side_by_side(parts)
        model = _for_width(clone(member["model"]), features.shape[1])
        fresh["model"] = fit_member(model, features, learned, held) if bag else model.fit(features, learned)
        fitted["members"].append(fresh)
    if manifest.get("labels") != old.manifest.get("labels"):
        manifest.pop("calibration", None)  # it shifts the probabilities of the old labels
    joblib.dump(fitted, folder / "estimators.joblib", compress=3)
    write_json(folder / "manifest.json", manifest)


def _is_in(block: Mapping[str, Any], transformers: Mapping[str, Any]) -> bool:
    return not block["transformer"] or block["transformer"] in transformers


def _block(
    block: Mapping[str, Any],
    table: Table,
    old: Mapping[str, Any],
    new: dict[str, Any],
    learned: np.ndarray,
    labels: Sequence[str],
    held: Sequence[int] | np.ndarray = (),
) -> Any:
    """The block's features of all rows; its transformer, fitted anew to all rows but `held`, goes into `new`."""
    from sklearn.base import clone

    values, name = block_values(table, block), block["transformer"]
    if not name:
        return values
    learning = np.setdiff1d(np.arange(len(learned)), np.asarray(held, dtype=int))
    new[name] = _for_target(clone(old[name]), labels, learned[learning])
    if len(learning) == len(learned):
        return new[name].fit_transform(values, learned)
    own = new[name].fit_transform(values[learning], learned[learning])
    found = np.asarray(new[name].transform(values), dtype=float)
    found[learning] = own
    return found


def _for_target(transformer: Any, classes: Sequence[str], learned: np.ndarray) -> Any:
    """An encoder of targets is told what kind of target there is now."""
    if classes and "target_type" in transformer.get_params():
        counts = np.unique(learned, return_counts=True)[1]
        kind = "binary" if len(counts) == 2 else "multiclass"
        transformer.set_params(target_type=kind, cv=max(2, min(5, int(counts.max()))))  # no more parts than rows of a class
    return transformer


def _for_width(model: Any, width: int) -> Any:
    """Which features are categories: the first ones, as before, however many follow."""
    marked = model.get_params().get("categorical_features")
    if isinstance(marked, list):
        model.set_params(categorical_features=[at < sum(marked) for at in range(width)])
    return model
