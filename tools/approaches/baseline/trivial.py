"""The trivial answer: always the most frequent class, or always the average. What does not beat it is not worth building."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Predictions, Rows, Situation
from tools.core.errors import DataError
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind

if TYPE_CHECKING:
    import numpy as np

MEDIAN_METRICS = frozenset({"mae", "mape", "smape"})  # the best constant for an absolute error is the median, not the mean
ESTIMATE = Estimate(minutes=0.02, memory_mb=300)  # a process that starts, counts and writes a file


class Bar:
    """What all trivial answers share: they need labelled rows and nothing else. needs: what is missing where there are none."""

    rung: Rung = "baseline"
    trivial = True
    needs = "labelled rows"

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs rows to count, nothing else."""
        if not situation.train_rows:
            return Infeasible(f"needs {self.needs}, and there are none")
        return Feasible("the bar that everything must clear", ESTIMATE, worth=1.0)


class Majority(Bar):
    """Class frequencies as probabilities, so the prediction is the most frequent class."""

    name = "majority"
    title = "always the most frequent class"
    kinds: frozenset[TaskKind] = frozenset({"text-classification", "tabular-classification"})

    def fit(self, job: FitJob) -> Fitted:
        """Count. Validation rows are predicted from the counts of the other rows."""
        import numpy as np

        labels = job.task.label_names
        validation = np.empty((len(job.validation), len(labels)))
        for others, positions in _parts(job):
            validation[positions] = _frequencies(others, labels)
        final = _frequencies(_all_targets(job), labels)
        _write(job, final.tolist())
        return Fitted(Predictions(probabilities=validation), {"answer": labels[int(final.argmax())]})


class Mean(Bar):
    """The mean of the target, or its median where the metric counts absolute errors."""

    name = "mean"
    title = "always the average"
    kinds: frozenset[TaskKind] = frozenset({"tabular-regression"})
    needs = "rows with a known number"

    def fit(self, job: FitJob) -> Fitted:
        """Average. Validation rows are predicted from the average of the other rows."""
        import numpy as np

        average = np.median if job.metric.name in MEDIAN_METRICS else np.mean
        validation = np.empty(len(job.validation))
        for others, positions in _parts(job):
            validation[positions] = average(others.astype(float))
        final = float(average(_all_targets(job).astype(float)))
        _write(job, final)
        return Fitted(Predictions(values=validation), {"answer": final})


def _parts(job: FitJob) -> list[tuple[np.ndarray, np.ndarray]]:
    """(targets to learn from, positions in `job.validation` to predict), one for each fold, or one in all."""
    import numpy as np

    target = job.train.target.to_numpy()
    if job.folds is None:
        return [(target, np.arange(len(job.validation)))]
    return [(np.delete(target, fold), np.asarray(fold)) for fold in job.folds]


def _all_targets(job: FitJob) -> np.ndarray:
    """Targets of train and validation together, each row once."""
    import numpy as np

    parts: Sequence[Rows] = [job.train] if job.folds is not None else [job.train, job.validation]
    return np.concatenate([rows.target.to_numpy() for rows in parts])


def _frequencies(target: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    import numpy as np

    counts = np.array([(target == label).sum() for label in labels], dtype=float)
    if not counts.sum():
        raise DataError(
            expected=f"training rows with one of the labels {list(labels)[:5]}",
            found="none",
            remedy="Check that the target column is the right one.",
        )
    frequencies: np.ndarray = counts / counts.sum()
    return frequencies


def _write(job: FitJob, constant: object) -> None:
    manifest.write(job, "constant", manifest.plain_inputs(job), ["numpy"], constant=constant)
    job.progress(1.0, "done")
