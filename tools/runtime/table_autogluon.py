"""Tables with AutoGluon: the recipe's features into a trimmed predictor, the folder `autogluon`.

Manifest keys: `inputs` (see rows.py), `calibration` (see table_answers.py), and `transform`: "log1p" where the predictor
learned log(1 + target). The predictor's classes are positions in `labels`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .rows import coerce
from .table_answers import calibrated
from .table_features import Table, expand, load_condensers, load_recipe

if TYPE_CHECKING:
    import pandas as pd


class Predictor:
    """Opens recipe.json, condensers.joblib (where texts were condensed) and the predictor, and keeps its models in memory."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take minutes on busy cores
        self.manifest = manifest
        self.recipe, self.condensers = load_recipe(folder), load_condensers(folder)
        self.predictor = open_predictor(folder / "autogluon")

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels] for classes, [n] for numbers."""
        table = expand(coerce(rows, self.manifest["inputs"]), self.recipe, self.condensers)
        labels = self.manifest.get("labels")
        if not labels:
            values = np.asarray(self.predictor.predict(frame(table)), dtype=float)
            return np.expm1(values) if self.manifest.get("transform") == "log1p" else values
        scores = by_label(self.predictor.predict_proba(frame(table)), len(labels))
        return calibrated(scores, self.manifest.get("calibration"))


def open_predictor(folder: Path) -> Any:
    """The trimmed predictor with all its models in memory. It is checked nowhere whether Python's patch version differs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries that it may import and does not need
        from autogluon.tabular import TabularPredictor

        predictor = TabularPredictor.load(str(folder), verbosity=0, require_version_match=False, require_py_version_match=False)
        predictor.persist(models="all", max_memory=None)
    return predictor


def frame(table: Table) -> pd.DataFrame:
    """The features as AutoGluon gets them. Names are positions: column names of people hold marks that LightGBM refuses."""
    import pandas as pd

    numbers = {f"n{position}": values for position, values in enumerate(table.numbers.values())}
    categories = {f"c{position}": values for position, values in enumerate(table.categories.values())}
    return pd.DataFrame({**numbers, **{name: pd.Series(values, dtype=object) for name, values in categories.items()}})


def by_label(scores: pd.DataFrame, labels: int) -> np.ndarray:
    """float [n, labels] from a frame whose columns are positions of labels; a label that is not among them gets 0."""
    result = np.zeros((len(scores), labels))
    result[:, [int(column) for column in scores.columns]] = scores.to_numpy(dtype=float)
    return result


def tempered(scores: np.ndarray, temperature: float | None) -> np.ndarray:
    """Temperature scaling of probabilities [n, labels]."""
    if temperature is None:
        return scores
    powered = np.clip(scores, 1e-12, 1.0) ** (1.0 / temperature)
    flattened: np.ndarray = powered / powered.sum(axis=1, keepdims=True)
    return flattened
