"""A new AutoGluon predictor, of the libraries that are installed here."""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

KINDS = {"GBM": "lightgbm", "CAT": "catboost", "XGB": "xgboost", "RF": "sklearn", "XT": "sklearn", "LR": "sklearn"}
FOLDS = 5


def new_predictor(old: Any, table: Any, learned: np.ndarray, classes: bool, folder: Path, minutes: float) -> None:
    """Train for so many minutes and write what predicts into the folder. old: the predictor so far; table: features."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve the other cores
    from autogluon.tabular import TabularPredictor

    data = table.assign(target=learned)
    kind = "regression" if not classes else "binary" if len(np.unique(learned)) == 2 else "multiclass"
    metric = old.eval_metric.name if kind == old.problem_type else None
    with tempfile.TemporaryDirectory() as place:
        predictor = TabularPredictor("target", problem_type=kind, eval_metric=metric, path=place, verbosity=0)
        predictor.fit(
            data,
            time_limit=minutes * 60,
            hyperparameters={name: {} for name, library in KINDS.items() if find_spec(library)},
            num_bag_folds=max(2, min(FOLDS, len(data) // 10)),
            num_bag_sets=1,
            num_stack_levels=0,
            dynamic_stacking=False,
            calibrate_decision_threshold=False,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},  # the other needs ray
            num_gpus=0,
        )
        predictor.clone_for_deployment(str(folder))
