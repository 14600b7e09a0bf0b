"""Tables with scikit-learn: the recipe's features, encoded block by block, into one estimator.

Manifest keys: `inputs` (see rows.py), `blocks`, and `transform`: "log1p" where the estimator learned log(1 + target).
A block is {"source": "numbers" | "categories", "names": [...], "transformer": name or null}. estimators.joblib holds a dict:
the transformers by name, and "model". Both hold scikit-learn's own classes only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .rows import coerce
from .table_features import Table, expand, load_condensers, load_recipe


class Predictor:
    """Opens recipe.json, condensers.joblib (where texts were condensed) and estimators.joblib."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        import joblib

        self.manifest = manifest
        self.recipe, self.condensers = load_recipe(folder), load_condensers(folder)
        self.estimators: dict[str, Any] = joblib.load(folder / "estimators.joblib")

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels] for classes, [n] for numbers."""
        table = expand(coerce(rows, self.manifest["inputs"]), self.recipe, self.condensers)
        return answer(
            table, self.manifest["blocks"], self.estimators, self.manifest.get("labels"), self.manifest.get("transform")
        )


def block_values(table: Table, block: Mapping[str, Any]) -> np.ndarray:
    """What goes into the block's transformer: float or object [n, names]."""
    return table.number_matrix(block["names"]) if block["source"] == "numbers" else table.category_matrix(block["names"])


def side_by_side(parts: Sequence[Any]) -> Any:
    """One float matrix [n, features], sparse where a part is."""
    if any(hasattr(part, "tocsr") for part in parts):
        from scipy.sparse import csr_matrix, hstack

        return hstack([csr_matrix(part) for part in parts], format="csr")
    return np.hstack(parts)


def answer(
    table: Table,
    blocks: Sequence[Mapping[str, Any]],
    estimators: Mapping[str, Any],
    labels: Sequence[str] | None,
    transform: str | None,
) -> np.ndarray:
    """[n, labels] or [n]. The estimator's classes are positions in `labels`; a label that it never saw gets probability 0."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    features, model = side_by_side([_block(table, block, estimators) for block in blocks]), estimators["model"]
    if not labels:
        with threadpool_limits(1):  # threads cost more than they bring for a batch of rows
            values = np.asarray(model.predict(features), dtype=float)
        return np.expm1(values) if transform == "log1p" else values
    scores = np.zeros((features.shape[0], len(labels)))
    with threadpool_limits(1):
        scores[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(features)
    return scores


def _block(table: Table, block: Mapping[str, Any], transformers: Mapping[str, Any]) -> Any:
    values = block_values(table, block)
    return transformers[block["transformer"]].transform(values) if block["transformer"] else values
