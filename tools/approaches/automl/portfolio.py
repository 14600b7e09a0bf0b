"""What AutoGluon is to train: which models, in how many folds, for how long. None of them needs torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.approaches.base import Situation
from tools.core.task import MetricSpec

TINY, MEDIUM, LARGE = 400, 10_000, 50_000  # rows; measured on titanic, telco_churn, adult and california_housing
LEAST_DRAWN = 50_000  # rows: fewer are never drawn, however short the time
ONE_CORE_ROWS = 10_000  # below, threads cost more than they bring
BOOST_CAP = 2_000  # trees: more than early stopping ever took here, so a bound on the time

# Many rows carry larger trees than LightGBM's 31 leaves: on california_housing they lift R2 from 0.845 to 0.850.
ROUGH = {"bagging_fraction": 0.8, "bagging_freq": 1, "min_data_in_leaf": 10}
WIDE_TREES = ROUGH | {"learning_rate": 0.04, "num_leaves": 64, "feature_fraction": 0.7, "ag_args": {"name_suffix": "Wide"}}
DEEP_TREES = ROUGH | {"learning_rate": 0.03, "num_leaves": 255, "feature_fraction": 0.5, "ag_args": {"name_suffix": "Deep"}}

# AutoGluon's names of eval metrics by ours. What judges the chosen class is trained by log loss: it is steadier.
METRIC_NAMES = {"average-precision": "average_precision", "roc-auc": "roc_auc", "mae": "mean_absolute_error"}
TWO_CLASSES_ONLY = frozenset({"average-precision", "roc-auc"})

MIXES = "would mix rows that belong together or follow in time in its own folds; with about 250 labelled rows it is possible"


@dataclass(frozen=True)
class Portfolio:
    """Arguments for `TabularPredictor.fit`. folds: of bagging, `repeats` times. cores: for each model."""

    hyperparameters: dict[str, Any]
    folds: int
    repeats: int
    cores: int


def portfolio(rows: int, classes: int, cores: int) -> Portfolio:
    """The models for so many rows and classes (0: numbers)."""
    boosting = {"num_boost_round": BOOST_CAP}
    small_trees = {**boosting, "learning_rate": 0.03, "num_leaves": 8, "lambda_l2": 1.0, "ag_args": {"name_suffix": "Small"}}
    extra_trees = {**boosting, "extra_trees": True, "ag_args": {"name_suffix": "XT"}}
    catboost: list[dict[str, Any]] = [{"iterations": BOOST_CAP}]
    hyperparameters: dict[str, Any] = {"CAT": catboost, "GBM": [small_trees, {**boosting}, extra_trees], "LR": {}}
    if rows <= MEDIUM:
        forest = {"max_leaf_nodes": 256, "min_samples_leaf": 3}
        hyperparameters |= {"XT": forest, "RF": forest, "XGB": {"n_estimators": BOOST_CAP}}
    elif rows <= LARGE:
        hyperparameters["GBM"] = [boosting | WIDE_TREES, small_trees, boosting | DEEP_TREES]
    else:
        hyperparameters = {"GBM": [boosting | WIDE_TREES], "CAT": catboost}
    if classes > 10:  # boosting grows a tree for each class and round
        hyperparameters["GBM"] = [{"num_boost_round": 300}]
        hyperparameters.pop("XGB", None)
    folds = 8 if rows <= MEDIUM else 5 if rows <= LARGE else 3
    return Portfolio(hyperparameters, folds, 2 if rows <= TINY else 1, 1 if rows <= ONE_CORE_ROWS else cores)


def mixes(situation: Situation) -> bool:
    """Whether rows must be kept apart by folds that AutoGluon does not know: it bags by its own."""
    return situation.cross_validated and bool(situation.task.group_column or situation.task.time_column)


def eval_metric(metric: MetricSpec, classes: int) -> str:
    """AutoGluon's eval metric for ours. classes: 0 for numbers."""
    if not classes:
        return METRIC_NAMES.get(metric.name, "root_mean_squared_error")
    if metric.name in TWO_CLASSES_ONLY and classes == 2:
        return METRIC_NAMES[metric.name]
    return "log_loss"


def rows_for(seconds: float, columns: int, classes: int) -> int:
    """How many rows, in whole ten thousands, the portfolio can learn from in so many seconds; it may be cut short by half."""
    rows = 5_000_000
    while rows > LEAST_DRAWN and seconds_needed(rows, columns, classes) > 2 * seconds:
        rows = max(LEAST_DRAWN, int(round(rows * 0.8, -4)))
    return rows


def seconds_needed(rows: int, columns: int, classes: int) -> float:
    """How long the portfolio takes on the reference machine with two cores when nothing stops it."""
    shape = portfolio(rows, classes, cores=2)
    work = rows * (columns + 5) * max(1, classes - 1 if classes > 2 else 1)
    return shape.folds * shape.repeats * (2.2 + work / 25_000)
