"""What the simple models for tables share: which rows they learn from, what they are chosen by, how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import FitJob, Rows
from tools.approaches.importance import write_importance
from tools.approaches.table_features import Features
from tools.core.errors import DataError
from tools.core.task import TaskKind

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.baseline.estimators import Fit

KINDS: frozenset[TaskKind] = frozenset({"tabular-classification", "tabular-regression"})
REQUIREMENTS = ["joblib", "numpy", "scikit-learn", "scipy", "threadpoolctl"]
LEAST_ROWS = 10
RELATIVE_ERRORS = frozenset({"rmsle", "mape"})  # metrics of ratios: learn the logarithm
Setting = dict[str, Any]


def parts_of(job: FitJob) -> list[tuple[Rows, Sequence[int]]]:
    """(rows to learn from, positions in `job.validation` to predict): one for each fold, or one in all."""
    if job.folds is None:
        return [(job.train, range(len(job.validation)))]
    everything = set(range(len(job.train)))
    return [(job.train.take(sorted(everything - set(fold))), list(fold)) for fold in job.folds]


def apart(job: FitJob) -> bool:
    """Whether rows belong together or follow in time, and folds drawn at random would mix what must be kept apart."""
    return job.folds is None and (job.task.group_column is not None or job.task.time_column is not None)


def drawn(rows: Rows, most: int, seed: int) -> Rows:
    """At most so many of the rows, drawn at random."""
    import numpy as np

    if len(rows) <= most:
        return rows
    return rows.take(np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False)).tolist())


def weigh_columns(job: FitJob, rows: Rows, features: Features, fit: Fit, seconds: float = 5.0) -> None:
    """Write importance.json, judged on these rows, which the model should not have seen."""
    labels = job.task.label_names
    job.progress(0.75, "weighing the columns")
    predict = lambda inputs: fit.predict(features.of(inputs), labels)  # noqa: E731
    write_importance(job.folder, rows, labels, predict, seconds=seconds, seed=job.seed)


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
    unknown = sorted(set(rows.target.unique()) - set(position))
    if unknown:
        raise DataError(
            expected=f"training rows with the labels {job.task.label_names[:10]}",
            found=f"rows with {unknown[:10]}",
            remedy="Add these labels to the task, or leave their rows out.",
        )
    return np.asarray(rows.target.map(position).to_numpy(dtype=int))


def transform_of(job: FitJob) -> str | None:
    """`log1p` where the metric is about ratios and no target is negative, so that logarithms are learned."""
    if job.metric.name not in RELATIVE_ERRORS or job.task.is_classification:
        return None
    return "log1p" if float(job.train.target.min()) >= 0 and float(job.validation.target.min()) >= 0 else None


def loss_of(job: FitJob, target: np.ndarray, answers: np.ndarray) -> float:
    """What settings are chosen by: log loss, or squared error (of logarithms where those were learned). target: `codes_of`."""
    import numpy as np

    if job.task.is_classification:
        return float(-np.log(np.clip(answers[np.arange(len(target)), target], 1e-6, 1.0)).mean())
    if transform_of(job):
        return float(np.mean((np.log1p(target) - np.log1p(np.clip(answers, 0, None))) ** 2))
    return float(np.mean((target - answers) ** 2))
