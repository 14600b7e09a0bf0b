"""Bags of histogram gradient boosting: one for each fold, so that every row has an answer of a model that never saw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches.baseline.estimators import Fit, fit_block, learned, tree_blocks
from tools.runtime.table_bag import fit_member
from tools.runtime.table_features import Table
from tools.runtime.table_sklearn import said, side_by_side

if TYPE_CHECKING:
    import numpy as np

MOST_ITERATIONS = 1500
PATIENCE = 30  # trees without a smaller loss
THREADED_CELLS = 2_000_000  # fewer are done sooner by one thread than by two that wait for each other
SUPERVISED = "target"


def fit_bag(
    table: Table,
    target: np.ndarray,
    labels: Sequence[str],
    setting: dict[str, Any],
    transform: str | None,
    folds: Sequence[np.ndarray],
    seed: int,
) -> tuple[Fit, np.ndarray]:
    """(the bag, what it says of the rows: [n, labels] or [n]); each fold's rows are answered by the member that left it out.

    target: class positions, or numbers (no labels). folds: the positions that each member leaves out, and stops by; rows that
    are in none are answered by 0.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    fit = Fit(tree_blocks(table), {"members": []}, transform)
    classes, goal = bool(labels), learned(target, transform)
    shared = {
        number: fit_block(block, table, target, classes, fit.estimators, range(len(target)), seed)
        for number, block in enumerate(fit.blocks)
        if block["transformer"] != SUPERVISED
    }
    answers = np.zeros((len(target), len(labels)) if classes else len(target))
    for number, held in enumerate(folds):
        member: dict[str, Any] = {}
        learning = np.setdiff1d(np.arange(len(target)), held)
        features = side_by_side(
            [
                shared[place] if place in shared else fit_block(block, table, goal, classes, member, learning, seed)
                for place, block in enumerate(fit.blocks)
            ]
        )
        with threadpool_limits(1 if features.size < THREADED_CELLS else None):
            member["model"] = fit_member(_model(fit, features.shape[1], classes, setting, seed + number), features, goal, held)
        fit.estimators["members"].append(member)
        answers[held] = said(member["model"], features[held], len(labels), transform)
    return fit, answers


def _model(fit: Fit, width: int, classes: bool, setting: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    ordered = next((len(block["names"]) for block in fit.blocks if block["transformer"] == "ordinal"), 0)
    make = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return make(
        early_stopping=True,
        max_iter=MOST_ITERATIONS,
        n_iter_no_change=PATIENCE,
        categorical_features=[position < ordered for position in range(width)],  # they stand first
        random_state=seed,
        **setting,
    )
