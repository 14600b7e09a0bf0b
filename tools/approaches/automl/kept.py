"""What a trimmed AutoGluon predictor consists of, and which libraries it needs to predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LIBRARIES = {"LGBModel": "lightgbm", "CatBoostModel": "catboost", "XGBoostModel": "xgboost-cpu"}


def kept_models(predictor: Any) -> dict[str, str]:
    """Name -> AutoGluon's name of its type (of one model, where it is a bag), without the one that weighs the others."""
    info = predictor.info()["model_info"]
    kinds = {
        name: str(entry.get("bagged_info", {}).get("child_model_type") or entry["model_type"]) for name, entry in info.items()
    }
    return {name: kind for name, kind in kinds.items() if not name.startswith("WeightedEnsemble")}


def needed_distributions(models: Mapping[str, str]) -> list[str]:
    """Distributions that predicting with these models needs."""
    libraries = sorted({LIBRARIES[kind] for kind in models.values() if kind in LIBRARIES})
    return ["autogluon.tabular", "joblib", "numpy", "pandas", "scikit-learn", *libraries]
