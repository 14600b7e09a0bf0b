"""Learning anew: the same features and the same kind of model with the same settings, fitted to the new rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .rows import coerce
from .table_features import as_texts, categories_of, expand
from .table_sklearn import block_values, side_by_side


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any]) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers."""
    import joblib
    from sklearn.base import clone

    manifest, predictor = dict(old.manifest), old.predictor
    columns = coerce(rows, manifest["inputs"])
    if old.labels:
        manifest["labels"] = [*old.labels, *sorted(set(target) - set(old.labels))]
        if len(manifest["labels"]) != 2:
            manifest.pop("threshold", None)
    codes = _codes(target, manifest)
    recipe = [_recounted(step, columns) for step in predictor.recipe]
    condensers = {name: clone(one).fit(as_texts(columns[name])) for name, one in predictor.condensers.items()}
    table = expand(columns, recipe, condensers)
    fitted, parts = {}, []
    for block in manifest["blocks"]:
        values, name = block_values(table, block), block["transformer"]
        if name is not None:
            fitted[name] = _for_target(clone(predictor.estimators[name]), old.labels, codes)
            values = fitted[name].fit_transform(values, codes)
        parts.append(values)
    features = side_by_side(parts)
    fitted["model"] = _for_width(clone(predictor.estimators["model"]), features.shape[1]).fit(features, codes)
    joblib.dump(fitted, folder / "estimators.joblib", compress=3)
    if condensers:
        joblib.dump(condensers, folder / "condensers.joblib", compress=3)
    for name, content in (("recipe.json", recipe), ("manifest.json", manifest)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _codes(target: Sequence[Any], manifest: Mapping[str, Any]) -> np.ndarray:
    """Positions of labels, or numbers as the estimator learns them."""
    if manifest.get("labels"):
        position = {label: at for at, label in enumerate(manifest["labels"])}
        return np.array([position[label] for label in target])
    values = np.asarray(target, dtype=float)
    return np.log1p(np.clip(values, 0, None)) if manifest.get("transform") == "log1p" else values


def _recounted(step: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How often values occur is counted again; the other steps stay."""
    if step["how"] != "frequency":
        return dict(step)
    counts = Counter(value for value in categories_of(columns[step["column"]]) if value is not None)
    return {**step, "counts": dict(counts)}


def _for_target(transformer: Any, classes: Sequence[str], codes: np.ndarray) -> Any:
    """An encoder of targets is told what kind of target there is now."""
    if classes and "target_type" in transformer.get_params():
        transformer.set_params(target_type="binary" if len(np.unique(codes)) == 2 else "multiclass")
    return transformer


def _for_width(model: Any, width: int) -> Any:
    """Which features are categories: the first ones, as before, however many follow."""
    marked = model.get_params().get("categorical_features")
    if isinstance(marked, list):
        model.set_params(categorical_features=[at < sum(marked) for at in range(width)])
    return model
