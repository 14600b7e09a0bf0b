"""Gradient boosting for tables, in bags where rows are few. Seconds to build, milliseconds to predict."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Rows, Situation
from tools.approaches.baseline.tables import (
    KINDS,
    LEAST_ROWS,
    Setting,
    apart,
    codes_of,
    drawn,
    loss_of,
    together,
    transform_of,
    weigh_columns,
    write_sklearn,
)
from tools.approaches.judging import Unseen, judged
from tools.approaches.table_effort import features_seconds
from tools.approaches.table_features import Features, make_features, schema_of
from tools.core.plan import Estimate, Rung
from tools.data.blocks import FOLDS
from tools.machine import patient_threads
from tools.rates import slowness
from tools.runtime.table_bag import dealt

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.baseline.estimators import Fit

LEAST_MEMBERS = 3  # of a bag that has any: fewer leave out too large a part of the rows
FIRST_SHARE = 0.4  # of the minutes: what the first setting's bag may take, and what settings are tried in
FEW, MANY = 5_000, 50_000  # rows: up to the first 8 members, then 5, above the second one
MOST_ROWS = 2_000_000  # that one model learns from
CHOICE_ROWS = 40_000  # of many rows, settings are compared on so many
STOPPING_ROWS = 20_000  # of many rows, so many at most tell when to stop
SETTINGS: tuple[Setting, ...] = (  # small trees first: they win on small and noisy data
    {"learning_rate": 0.05, "max_leaf_nodes": 8, "max_features": 0.5, "min_samples_leaf": 10, "l2_regularization": 1.0},
    {"learning_rate": 0.05, "max_leaf_nodes": 31, "max_features": 0.5},
    {"learning_rate": 0.1, "max_leaf_nodes": 4, "max_features": 0.5, "min_samples_leaf": 10},
    {"learning_rate": 0.05, "max_leaf_nodes": 16, "max_features": 0.5, "min_samples_leaf": 15, "l2_regularization": 5.0},
)
WIDE_ROWS = 10_000  # from here on larger trees are tried in place of the smallest ones
WIDE_SETTINGS: tuple[Setting, ...] = (
    SETTINGS[1],
    {"learning_rate": 0.05, "max_leaf_nodes": 64, "max_features": 0.5, "min_samples_leaf": 10},
    SETTINGS[0],
    SETTINGS[3],
)
LARGE_SETTINGS: tuple[Setting, ...] = (SETTINGS[1], {"learning_rate": 0.1, "max_leaf_nodes": 127, "max_features": 0.5})
START_SECONDS = 1.5  # beside the fits, what the smallest table takes
LEAST_SPARE = 1.5  # of the time of one setting: what it takes beyond learning, and what estimates err by
CELLS_PER_SECOND = {True: 300_000, False: 130_000}  # classes or not, a fit; measured on the eleven tables of a benchmark
CELL_BYTES = 330  # at the peak: rows, features and what is made of them; measured on a million rows of eleven columns


@dataclass(frozen=True)
class _Built:
    """features, fit: the final model. unseen: what was told of rows that were not learned from."""

    features: Features
    fit: Fit
    setting: Setting
    unseen: Unseen


class GradientBoosting:
    """scikit-learn's histogram gradient boosting; each member of a bag leaves out a fold and stops when its loss does."""

    name = "gradient-boosting"
    rung: Rung = "baseline"
    title = "gradient boosting"
    kinds = KINDS
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a handful of labelled rows. Time grows with rows, columns and classes."""
        rows = situation.train_rows
        if rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {rows}")
        columns, classes = max(1, len(situation.task.inputs)), len(situation.label_counts or {})
        members = FOLDS if situation.cross_validated else members_of(rows)  # the run's own folds are the bag's
        fits = len(SETTINGS) * members if rows <= MANY else 2
        slow = slowness(situation.machine.rates) / 60
        first = START_SECONDS + features_seconds(situation, rows)
        each = seconds_of_a_fit(rows, columns, classes)
        minutes = (first + fits * each) * slow
        fewest = members if situation.cross_validated else min(LEAST_MEMBERS, members)
        least = (first + LEAST_SPARE * fewest * each) * slow  # one setting alone is worth having
        memory = 400 + rows * columns * CELL_BYTES / 2**20
        reason = "usually the best single model for tables"
        if rows > MOST_ROWS:
            reason += f" (learns from {MOST_ROWS:,} rows drawn at random)"
        return Feasible(reason, Estimate(minutes=minutes, memory_mb=memory), worth=0.8, least_minutes=min(least, minutes))

    def fit(self, job: FitJob) -> Fitted:
        """Choose a setting, build the final model, write. Every validation row is answered by models that never saw it."""
        patient_threads()
        rows = len(job.train) + (len(job.validation) if job.folds is None else 0)
        built = _single(job) if rows > MANY else _rehearsed(job) if apart(job) else _bagged(job)
        predictions, extra = judged(job, built.unseen)
        write_sklearn(job, built.features, built.fit, extra)
        members = len(built.fit.estimators["members"])
        return Fitted(predictions, {**built.setting, "members": members, "rows": rows})


def settings_for(rows: int) -> tuple[Setting, ...]:
    """What is tried on so many rows, the most promising first."""
    return WIDE_SETTINGS if rows > WIDE_ROWS else SETTINGS


def seconds_of_a_fit(rows: int, columns: int, classes: int) -> float:
    """How long one model of a bag takes on the reference machine with two cores. classes: 0 for numbers."""
    trees, start = (classes, 0.1) if classes > 2 else (1, 0.05)  # at each step
    return trees * (start + min(rows, MOST_ROWS) * columns / CELLS_PER_SECOND[bool(classes)])


def members_of(rows: int, each: float = 0.0, seconds: float = 0.0) -> int:
    """How many members a bag of so many rows has; fewer where each takes so long that one setting would not be done in time."""
    most = 8 if rows <= FEW else 5 if rows <= MANY else 1
    return most if not each else min(most, max(LEAST_MEMBERS, int(FIRST_SHARE * seconds / each)))


def _bagged(job: FitJob) -> _Built:
    """One bag over all rows."""
    import numpy as np

    rows = job.train if job.folds is not None else together(job.train, job.validation)
    bag = _Bag(job, rows, _folds(job, rows))
    setting, fit, answers = bag.choose(settings_for(len(rows)))
    at = np.arange(len(job.validation)) + (0 if job.folds is not None else len(job.train))
    weigh_columns(job, rows.take(bag.folds[0].tolist()), bag.features, fit.of_member(0))
    return _Built(bag.features, fit, setting, Unseen(rows.target, answers, at))


def _rehearsed(job: FitJob) -> _Built:
    """A bag over the training rows answers for the validation rows; a second one over all, with its setting, is kept."""
    import numpy as np

    first = _Bag(job, job.train, _folds(job, job.train))
    setting, fit, _ = first.choose(settings_for(len(job.train)), job.validation)
    answers = fit.predict(first.features.of(job.validation.inputs), job.task.label_names)
    weigh_columns(job, job.validation, first.features, fit)
    rows = together(job.train, job.validation)
    final = _Bag(job, rows, _folds(job, rows))
    return _Built(
        final.features, final.fit(setting)[0], setting, Unseen(job.validation.target, answers, np.arange(len(answers)))
    )


def _single(job: FitJob) -> _Built:
    """One model on the training rows, which also answers for the validation rows; settings are compared on a part of them."""
    import numpy as np

    few = drawn(job.train, CHOICE_ROWS, job.seed)
    setting, _, _ = _Bag(job, few, [_stopping(few, job)]).choose(LARGE_SETTINGS, job.validation)
    rows = drawn(job.train, MOST_ROWS, job.seed)
    bag = _Bag(job, rows, [_stopping(rows, job)])
    fit, _ = bag.fit(setting)
    answers = fit.predict(bag.features.of(job.validation.inputs), job.task.label_names)
    weigh_columns(job, job.validation, bag.features, fit)
    return _Built(bag.features, fit, setting, Unseen(job.validation.target, answers, np.arange(len(answers))))


class _Bag:
    """Rows with their features and the folds that the members leave out."""

    def __init__(self, job: FitJob, rows: Rows, folds: list[np.ndarray]) -> None:
        self.job, self.rows, self.folds = job, rows, folds
        self.features: Features = make_features(rows.inputs, schema_of(job), job.seed)
        self.target = codes_of(rows, job)

    def fit(self, setting: Setting) -> tuple[Fit, np.ndarray]:
        """See `fit_bag`."""
        from tools.approaches.baseline.bagging import fit_bag

        job = self.job
        labels, transform = job.task.label_names, transform_of(job)
        return fit_bag(self.features.table, self.target, labels, setting, transform, self.folds, job.seed)

    def choose(self, settings: Sequence[Setting], others: Rows | None = None) -> tuple[Setting, Fit, np.ndarray]:
        """The setting with the least loss on its left-out rows (or on the others), its bag, and what that says of the rows."""
        deadline = time.monotonic() + self.job.minutes * 60 * FIRST_SHARE
        tried: list[tuple[float, Setting, Fit, np.ndarray]] = []
        for number, setting in enumerate(settings):
            if tried and time.monotonic() > deadline:
                break
            self.job.progress(0.7 * number / len(settings), f"setting {number + 1} of {len(settings)}")
            fit, answers = self.fit(setting)
            tried.append((self._loss(fit, answers, others), setting, fit, answers))
        _, setting, fit, answers = min(tried, key=lambda entry: entry[0])
        return setting, fit, answers

    def _loss(self, fit: Fit, answers: np.ndarray, others: Rows | None) -> float:
        if others is None:
            return loss_of(self.job, self.target, answers)
        told = fit.predict(self.features.of(others.inputs), self.job.task.label_names)
        return loss_of(self.job, codes_of(others, self.job), told)


def _folds(job: FitJob, rows: Rows) -> list[np.ndarray]:
    """The run's own folds, or rows dealt out so that each fold has its share of every class (or size)."""
    import numpy as np

    if job.folds is not None:
        return [np.asarray(fold) for fold in job.folds]
    each = seconds_of_a_fit(len(rows), len(job.task.inputs), len(job.task.label_names))
    return dealt(codes_of(rows, job), members_of(len(rows), each, 60 * job.minutes), job.seed)


def _stopping(rows: Rows, job: FitJob) -> np.ndarray:
    """Positions of a tenth of many rows, evenly over the target, that tell when to stop."""
    return dealt(codes_of(rows, job), max(10, len(rows) // STOPPING_ROWS), job.seed)[0]
