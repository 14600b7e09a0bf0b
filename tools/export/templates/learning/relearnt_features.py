"""Features of a table, fitted to new rows by the old recipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model
from .relearnt_labels import write_json
from .rows import coerce
from .table_features import Table, as_texts, categories_of, expand


def new_features(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The rows' features, to learn from; recipe and text condensers are written into the folder."""
    predictor: Any = old.predictor
    columns = coerce(rows, old.manifest["inputs"])
    recipe = [_recounted(step, columns) for step in predictor.recipe]
    condensers = {name: _refitted(one, as_texts(columns[name])) for name, one in predictor.condensers.items()}
    write_json(folder / "recipe.json", recipe)
    if condensers:
        import joblib

        joblib.dump(condensers, folder / "condensers.joblib", compress=3)
    table = expand(columns, recipe, condensers)
    for step in recipe:  # a row must not count itself, as a new row will not be counted
        if step["how"] == "frequency":
            counted = f"{step['column']}:frequency"
            table.numbers[counted] = (table.numbers[counted] - 1).clip(min=0)
    return table


def _recounted(step: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How often values occur is counted again; the other steps stay."""
    if step["how"] != "frequency":
        return dict(step)
    counts = Counter(value for value in categories_of(columns[step["column"]]) if value is not None)
    return {**step, "counts": dict(counts)}


def _refitted(condenser: Any, texts: list[str]) -> Any:
    """The same steps on the new texts; as they were where the new texts are too few for them."""
    from sklearn.base import clone

    try:
        return clone(condenser).fit(texts)
    except ValueError:
        return condenser
