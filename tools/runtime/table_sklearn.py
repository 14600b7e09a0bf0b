"""Tables with scikit-learn: the recipe's features, encoded block by block, into one estimator or a bag of them.

Manifest keys: `inputs` (see rows.py), `blocks`, `transform`: "log1p" where the estimators learned log(1 + target), and
`calibration` (see table_answers.py). A block: {"source": "numbers" | "categories", "names": [...], "transformer": name | null}.
estimators.joblib holds a dict: transformers by name, and "members": a list of dicts with "model" and the transformers that
learned from that member's rows only. All are scikit-learn's own classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .rows import coerce
from .table_answers import calibrated
from .table_bag import mean_of
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
        labels = self.manifest.get("labels")
        found = answer(table, self.manifest["blocks"], self.estimators, labels, self.manifest.get("transform"))
        return calibrated(found, self.manifest.get("calibration")) if labels else found


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
    """[n, labels] or [n]. The estimators' classes are positions in `labels`; a label that none saw gets probability 0."""
    from threadpoolctl import threadpool_limits

    values = [block_values(table, block) for block in blocks]
    shared = [
        None if block["transformer"] and block["transformer"] not in estimators else _encoded(one, block, estimators)
        for one, block in zip(values, blocks, strict=True)
    ]
    found = []
    with threadpool_limits(1):  # threads cost more than they bring for a batch of rows
        for member in estimators["members"]:
            parts = [
                _encoded(one, block, member) if known is None else known
                for one, block, known in zip(values, blocks, shared, strict=True)
            ]
            found.append(said(member["model"], side_by_side(parts), len(labels or []), transform))
    return mean_of(found)


def said(model: Any, features: Any, labels: int, transform: str | None) -> np.ndarray:
    """One model's answers: [n, labels], or [n] where there are no labels. A label that it never saw gets probability 0."""
    if not labels:
        numbers = np.asarray(model.predict(features), dtype=float)
        return np.expm1(numbers) if transform == "log1p" else numbers
    scores, known = np.zeros((features.shape[0], labels)), np.asarray(model.classes_, dtype=int)
    # Boosting that saw a single class tells of two.
    scores[:, known] = model.predict_proba(features) if len(known) > 1 else 1.0
    return scores


def _encoded(values: np.ndarray, block: Mapping[str, Any], transformers: Mapping[str, Any]) -> Any:
    return transformers[block["transformer"]].transform(values) if block["transformer"] else values
