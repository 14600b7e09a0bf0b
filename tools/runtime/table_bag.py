"""Bags of models: each learns from all rows but a fold, and stops when that fold's loss does; their answers are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

UNSTOPPED = 120  # trees where no row can tell when to stop


def dealt(target: np.ndarray, folds: int, seed: int) -> list[np.ndarray]:
    """Positions of each fold: rows in the order of their target, dealt out in turn: a share of each to every fold."""
    order = np.random.default_rng(seed).permutation(len(target))
    order = order[np.argsort(target[order], kind="stable")]
    return [np.sort(order[fold::folds]) for fold in range(folds)]


def fit_member(model: Any, features: Any, target: np.ndarray, held: np.ndarray) -> Any:
    """Fit a histogram gradient boosting to all rows but `held` (positions), which tell it when to stop."""
    learning = np.setdiff1d(np.arange(len(target)), held)
    if hasattr(model, "predict_proba"):
        held = held[np.isin(target[held], np.unique(target[learning]))]  # a class that it has not seen tells nothing
    if len(held) < 2:
        return model.set_params(early_stopping=False, max_iter=UNSTOPPED).fit(features[learning], target[learning])
    model.set_params(early_stopping=True)  # a copy of a model that nothing stopped, when it learns anew
    return model.fit(features[learning], target[learning], X_val=features[held], y_val=target[held])


def mean_of(answers: Sequence[np.ndarray]) -> np.ndarray:
    """The members' answers, averaged."""
    return np.asarray(sum(answers) / len(answers))
