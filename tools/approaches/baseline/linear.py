"""A linear model for tables. Seconds to build, milliseconds to predict."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Rows, Situation
from tools.approaches.baseline.tables import (
    KINDS,
    LEAST_ROWS,
    Setting,
    codes_of,
    drawn,
    loss_of,
    parts_of,
    together,
    transform_of,
    weigh_columns,
    write_sklearn,
)
from tools.approaches.judging import judged_choice
from tools.approaches.table_effort import condensed_columns, features_seconds
from tools.approaches.table_features import Features, make_features, schema_of
from tools.core.plan import Estimate, Rung
from tools.machine import patient_threads
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.baseline.estimators import Fit

ENOUGH_ROWS = 100_000  # more do not change a line: they are left out, and that is said
CHOICE_ROWS = 30_000  # strengths are compared on so many
START_SECONDS = 1.2  # what the smallest table takes
VALUES_OF_NAMES = 2  # a column of names weighs as much as so many more: each value has a weight of its own
CELLS_PER_SECOND = {True: 150_000, False: 300_000}  # classes or not; measured on the twelve tables of a benchmark


class Linear:
    """Logistic or ridge regression on scaled numbers, curves through them, and one column for each category value."""

    name = "linear"
    rung: Rung = "baseline"
    title = "a linear model"
    kinds = KINDS
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a handful of labelled rows. Time grows with rows, columns and classes."""
        rows = situation.train_rows
        if rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {rows}")
        columns, classes = max(1, len(situation.task.inputs)), len(situation.label_counts or {})
        wide = columns + VALUES_OF_NAMES * condensed_columns(situation)
        cells = min(rows, ENOUGH_ROWS) * wide * max(1, classes - 1)
        fits = 6 if situation.cross_validated else 2
        seconds = START_SECONDS + fits * cells / CELLS_PER_SECOND[bool(classes)] + rows * columns / 2_000_000
        seconds += fits * features_seconds(situation, min(rows, ENOUGH_ROWS))
        memory = 400 + min(rows, ENOUGH_ROWS) * columns * 8 * 12 / 2**20 + rows * columns * 60 / 2**20
        reason = "simple, quick and easy to explain"
        if rows > ENOUGH_ROWS:
            reason += f" (learns from {ENOUGH_ROWS:,} rows drawn at random: more do not change a line)"
        return Feasible(reason, Estimate(minutes=seconds / 60 * slowness(situation.machine.rates), memory_mb=memory), worth=0.7)

    def fit(self, job: FitJob) -> Fitted:
        """Choose a strength on validation, refit, write. Every validation row is predicted by a model that never saw it."""
        patient_threads()
        strength, validation = self._choose(job)
        job.progress(0.8, "refitting on all rows")
        rows = job.train if job.folds is not None else together(drawn(job.train, ENOUGH_ROWS, job.seed), job.validation)
        features = make_features(rows.inputs, schema_of(job), job.seed)
        final = _fit(features, codes_of(rows, job), strength, job)
        predictions, extra = judged_choice(job, validation, calibrating=True)
        write_sklearn(job, features, final, extra)
        return Fitted(predictions, {"strength": strength, "rows": len(rows)})

    def _choose(self, job: FitJob) -> tuple[float, np.ndarray]:
        """The strength with the least loss over all validation rows, and its predictions for those rows."""
        import numpy as np

        deadline = time.monotonic() + job.minutes * 60 * 0.5
        labels, schema = job.task.label_names, schema_of(job)
        parts = [_Part(drawn(rows, CHOICE_ROWS, job.seed), at, job, schema) for rows, at in parts_of(job)]
        target = codes_of(job.validation, job)
        tried: list[tuple[float, float, np.ndarray]] = []
        strengths = (1.0, 10.0, 0.1, 100.0) if labels else (1.0, 10.0, 100.0, 0.1)
        first: Fit | None = None
        for number, strength in enumerate(strengths):
            if tried and time.monotonic() > deadline:
                break
            job.progress(0.7 * number / len(strengths), f"strength {number + 1} of {len(strengths)}")
            answers = np.empty((len(job.validation), len(labels)) if labels else len(job.validation))
            for part in parts:
                fit = _fit(part.features, codes_of(part.rows, job), strength, job)
                answers[list(part.at)] = fit.predict(part.table, labels)
                first = first or fit
            tried.append((loss_of(job, target, answers), strength, answers))
        if first is not None:
            weigh_columns(job, job.validation.take(list(parts[0].at)), parts[0].features, first)
        _, strength, answers = min(tried, key=lambda entry: entry[0])
        return strength, answers


class _Part:
    """Rows to learn from with their features, and the features of the validation rows at `at`."""

    def __init__(self, rows: Rows, at: Sequence[int], job: FitJob, schema: list[Setting]) -> None:
        self.rows, self.at = rows, at
        self.features: Features = make_features(rows.inputs, schema, job.seed)
        self.table = self.features.of(job.validation.take(at).inputs)


def _fit(features: Features, target: np.ndarray, strength: float, job: FitJob) -> Fit:
    from tools.approaches.baseline.estimators import fit_linear

    return fit_linear(features.table, target, job.task.is_classification, strength, transform_of(job), job.seed)
