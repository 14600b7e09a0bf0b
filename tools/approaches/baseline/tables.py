"""Strong and simple models for tables: a linear model, and gradient boosting. Seconds to build, milliseconds to predict."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Predictions, Rows, Situation
from tools.approaches.importance import write_importance
from tools.approaches.intervals import error_interval, with_interval
from tools.approaches.table_features import Features, make_features, schema_of
from tools.approaches.thresholds import best_threshold, chosen
from tools.core.errors import DataError
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.baseline.estimators import Fit

KINDS: frozenset[TaskKind] = frozenset({"tabular-classification", "tabular-regression"})
REQUIREMENTS = ["joblib", "numpy", "scikit-learn", "scipy", "threadpoolctl"]
LEAST_ROWS = 10
RELATIVE_ERRORS = frozenset({"rmsle", "mape"})  # metrics of ratios: learn the logarithm
Setting = dict[str, Any]


class _TableBaseline(ABC):
    """Tries a few settings on train, keeps the best on validation, refits it on both."""

    rung: Rung = "baseline"
    kinds = KINDS
    trivial = False
    name: str
    title: str
    reason: str
    worth: float

    @abstractmethod
    def settings(self, classes: bool, rows: int) -> list[Setting]:
        """What to try, the likeliest first."""

    @abstractmethod
    def build(self, features: Features, target: np.ndarray, classes: bool, setting: Setting, job: FitJob) -> Fit:
        """Fit with one setting. target: class positions, or numbers."""

    def refit_setting(self, setting: Setting, fits: Sequence[Fit]) -> Setting:
        """The setting for the final model, which learns from more rows than `fits` did."""
        return setting

    @abstractmethod
    def cells_per_second(self, classes: bool) -> float:
        """Training cells (rows x columns x classes) a second on the reference machine, all settings together."""

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a handful of labelled rows. Time grows with rows, columns and classes."""
        if situation.train_rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {situation.train_rows}")
        columns = max(1, len(situation.task.inputs))
        classes = len(situation.label_counts or {})
        cells = situation.train_rows * columns * max(1, classes - 1)
        fits = 6 if situation.cross_validated else 2
        seconds = 4 + fits * cells / self.cells_per_second(bool(classes))
        memory = 400 + situation.train_rows * columns * 8 * 12 / 2**20
        minutes = seconds / 60 * slowness(situation.machine.rates)
        return Feasible(self.reason, Estimate(minutes=minutes, memory_mb=memory), worth=self.worth)

    def fit(self, job: FitJob) -> Fitted:
        """Choose, refit, write. Every validation row is predicted by a model that never saw it."""
        patient_threads()
        setting, fits, validation = self._choose(job)
        job.progress(0.8, "refitting on all rows")
        rows = job.train if job.folds is not None else together(job.train, job.validation)
        features = make_features(rows.inputs, schema_of(job), job.seed)
        final = self.build(features, codes_of(rows, job), job.task.is_classification, self.refit_setting(setting, fits), job)
        predictions, extra = judged_choice(job, validation)
        write_sklearn(job, features, final, extra)
        return Fitted(predictions, setting)

    def _choose(self, job: FitJob) -> tuple[Setting, list[Fit], np.ndarray]:
        """The setting with the least loss over all validation rows, its fits, and its predictions for those rows."""
        import numpy as np

        deadline = time.monotonic() + job.minutes * 60 * 0.5
        classes, schema = job.task.is_classification, schema_of(job)
        parts = [(rows, positions, make_features(rows.inputs, schema, job.seed)) for rows, positions in parts_of(job)]
        tables = [features.of(job.validation.take(positions).inputs) for _, positions, features in parts]
        tried: list[tuple[float, Setting, list[Fit], np.ndarray]] = []
        settings = self.settings(classes, len(job.train))
        for number, setting in enumerate(settings):
            if tried and time.monotonic() > deadline:
                break
            job.progress(0.7 * number / len(settings), f"setting {number + 1} of {len(settings)}")
            fits = [self.build(features, codes_of(rows, job), classes, setting, job) for rows, _, features in parts]
            shape = (len(job.validation), len(job.task.label_names)) if classes else (len(job.validation),)
            validation = np.empty(shape)
            for fit, table, (_, positions, _) in zip(fits, tables, parts, strict=True):
                validation[positions] = fit.predict(table, job.task.label_names)
            tried.append((_loss(job, validation), setting, fits, validation))
        _, setting, fits, validation = min(tried, key=lambda entry: entry[0])
        if job.folds is None:
            self._weigh_columns(job, parts[0][2], fits[0])
        return setting, fits, validation

    def _weigh_columns(self, job: FitJob, features: Features, fit: Fit) -> None:
        job.progress(0.75, "weighing the columns")
        labels = job.task.label_names
        write_importance(
            job.folder,
            job.validation,
            labels,
            lambda inputs: fit.predict(features.of(inputs), labels),
            seconds=5,
            seed=job.seed,
        )


class Linear(_TableBaseline):
    """Logistic or ridge regression on scaled numbers, curves through them, and one column for each category value."""

    name = "linear"
    title = "a linear model"
    reason = "simple, quick and easy to explain"
    worth = 0.7

    def settings(self, classes: bool, rows: int) -> list[Setting]:
        """Strengths of the regularisation."""
        return [{"strength": strength} for strength in ((1.0, 10.0, 0.1, 100.0) if classes else (1.0, 10.0, 100.0, 0.1))]

    def build(self, features: Features, target: np.ndarray, classes: bool, setting: Setting, job: FitJob) -> Fit:
        """See `fit_linear`."""
        from tools.approaches.baseline.estimators import fit_linear

        return fit_linear(features.table, target, classes, setting["strength"], transform_of(job), job.seed)

    def cells_per_second(self, classes: bool) -> float:
        """Four settings; measured on adult and california_housing."""
        return 150_000 if classes else 1_000_000


class GradientBoosting(_TableBaseline):
    """scikit-learn's histogram gradient boosting."""

    name = "gradient-boosting"
    title = "gradient boosting"
    reason = "usually the best single model for tables"
    worth = 0.8

    def settings(self, classes: bool, rows: int) -> list[Setting]:
        """Small trees first: they win on small and noisy data."""
        small = {"learning_rate": 0.05, "max_leaf_nodes": 8, "l2_regularization": 1.0}
        large = {
            "learning_rate": 0.05,
            "max_leaf_nodes": 31,
            "max_features": 0.5,
        }  # half the features a split: R2 0.843 for 0.839
        return [small, large] if rows >= 100 else [{**small, "min_samples_leaf": 5}]

    def build(self, features: Features, target: np.ndarray, classes: bool, setting: Setting, job: FitJob) -> Fit:
        """See `fit_boosting`."""
        from tools.approaches.baseline.estimators import fit_boosting

        return fit_boosting(features.table, target, classes, setting, transform_of(job), job.seed)

    def refit_setting(self, setting: Setting, fits: Sequence[Fit]) -> Setting:
        """As many trees as early stopping found, and a tenth more for the rows that come in addition."""
        iterations = [int(fit.estimators["model"].n_iter_) for fit in fits]
        return {**setting, "max_iter": max(20, round(1.1 * sum(iterations) / len(iterations)))}

    def cells_per_second(self, classes: bool) -> float:
        """Two settings; measured on adult and california_housing."""
        return 60_000


def parts_of(job: FitJob) -> list[tuple[Rows, Sequence[int]]]:
    """(rows to learn from, positions in `job.validation` to predict): one for each fold, or one in all."""
    if job.folds is None:
        return [(job.train, range(len(job.validation)))]
    everything = set(range(len(job.train)))
    return [(job.train.take(sorted(everything - set(fold))), list(fold)) for fold in job.folds]


def judged_choice(job: FitJob, validation: np.ndarray) -> tuple[Predictions, dict[str, Any]]:
    """Predictions for the validation rows, and what follows for the manifest: a threshold, or an interval."""
    if job.task.is_classification:
        threshold = best_threshold(job.task, job.metric, job.validation.target, validation)
        return Predictions(probabilities=validation, choice=chosen(validation, threshold)), {"threshold": threshold}
    interval = error_interval(job.validation.target.to_numpy(dtype=float), validation)
    return with_interval(validation, interval), {"interval": interval}


def write_sklearn(job: FitJob, features: Features, fit: Fit, extra: dict[str, Any]) -> None:
    """The model folder of format `table-sklearn`."""
    import joblib

    features.save(job.folder)
    joblib.dump(fit.estimators, job.folder / "estimators.joblib", compress=3)
    manifest.write(job, "table-sklearn", features.schema, REQUIREMENTS, blocks=fit.blocks, transform=fit.transform, **extra)
    job.progress(1.0, "done")


def together(first: Rows, second: Rows) -> Rows:
    """The rows of both, in this order."""
    import pandas as pd

    return Rows(pd.concat([first.inputs, second.inputs]), pd.concat([first.target, second.target]))


def codes_of(rows: Rows, job: FitJob) -> np.ndarray:
    """Targets as positions of labels, or as numbers."""
    import numpy as np

    if not job.task.is_classification:
        return rows.target.to_numpy(dtype=float)
    position = {label: number for number, label in enumerate(job.task.label_names)}
    unknown = sorted(set(rows.target) - set(position))
    if unknown:
        raise DataError(
            expected=f"training rows with the labels {job.task.label_names[:10]}",
            found=f"rows with {unknown[:10]}",
            remedy="Add these labels to the task, or leave their rows out.",
        )
    return np.array([position[label] for label in rows.target])


def transform_of(job: FitJob) -> str | None:
    """`log1p` where the metric is about ratios and no target is negative, so that logarithms are learned."""
    if job.metric.name not in RELATIVE_ERRORS or job.task.is_classification:
        return None
    return "log1p" if float(job.train.target.min()) >= 0 and float(job.validation.target.min()) >= 0 else None


def _loss(job: FitJob, validation: np.ndarray) -> float:
    """What settings are chosen by: log loss, or squared error (of logarithms where those were learned)."""
    import numpy as np

    target = codes_of(job.validation, job)
    if job.task.is_classification:
        return float(-np.log(np.clip(validation[np.arange(len(target)), target], 1e-6, 1.0)).mean())
    if transform_of(job):
        return float(np.mean((np.log1p(target) - np.log1p(np.clip(validation, 0, None))) ** 2))
    return float(np.mean((target - validation) ** 2))
