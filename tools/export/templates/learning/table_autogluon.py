"""Learning anew: the same features, and a new AutoGluon predictor of the libraries that are installed here."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .model import Model
from .relearnt_features import new_features
from .relearnt_labels import codes, new_manifest, write_json
from .table_autogluon import frame

KINDS = {"GBM": "lightgbm", "CAT": "catboost", "XGB": "xgboost", "RF": "sklearn", "XT": "sklearn"}
FOLDS = 5


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Write a new model folder. target: labels (new ones are welcome), or numbers. minutes: how long AutoGluon may train."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait starve the other cores
    from autogluon.tabular import TabularPredictor

    manifest = new_manifest(old, target)
    manifest.pop("temperature", None)  # it was fitted to the old predictor's probabilities
    data = frame(new_features(old, folder, rows))
    data["target"] = codes(target, manifest)
    kind = "regression" if not old.labels else "binary" if len(set(target)) == 2 else "multiclass"
    with tempfile.TemporaryDirectory() as place:
        predictor = TabularPredictor(
            "target", problem_type=kind, eval_metric=old.predictor.predictor.eval_metric.name if kind == old_kind(old) else None,
            path=place, verbosity=0,
        )  # fmt: skip
        predictor.fit(
            data, time_limit=minutes * 60, hyperparameters={name: {} for name, library in KINDS.items() if find_spec(library)},
            num_bag_folds=max(2, min(FOLDS, len(data) // 10)), num_bag_sets=1, num_stack_levels=0, dynamic_stacking=False,
            calibrate_decision_threshold=False, ag_args_ensemble={"fold_fitting_strategy": "sequential_local"}, num_gpus=0,
        )  # fmt: skip
        predictor.clone_for_deployment(str(folder / "autogluon"))
    write_json(folder / "manifest.json", manifest)


def old_kind(old: Model) -> str:
    """regression, binary or multiclass."""
    return str(old.predictor.predictor.problem_type)
