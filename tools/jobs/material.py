"""What a candidate learns from and is judged on: the run's split, read as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.approaches.base import Rows
from tools.core.data import DataProfile, FileProfile, SeriesForm
from tools.core.plan import Plan
from tools.core.task import TaskSpec
from tools.jobs.run import Run


@dataclass(frozen=True)
class Material:
    """train, validation, folds, series, windows: as in `FitJob`.

    test: the locked rows; its target is null where it is not known. everything: of forecasts, the rows of all parts.
    """

    train: Rows
    validation: Rows
    folds: list[list[int]] | None
    test: Rows
    series: SeriesForm | None = None
    windows: list[list[int]] | None = None
    everything: Rows | None = None

    @property
    def judged(self) -> bool:
        """Whether there is a test row whose target is known."""
        return bool(self.test.target.notna().any())


def material(run: Run) -> Material:
    """Load the rows of a prepared run. Empty tables with the input columns where there are none."""
    from tools.data.splitting import rows

    plan, split = run.plan, run.split
    task, training = plan.task, plan.attachments.get("train")
    if task.is_forecasting:
        return _of_series(run)
    if split is None or training is None:
        nothing = _no_rows(task)
        return Material(nothing, nothing, None, _test_rows(run))
    train = rows(task, training, split.train)
    if split.folds is None:
        validating = plan.attachments.get("validation", training)
        return Material(train, rows(task, validating, split.validation), None, _test_rows(run))
    place = {row_id: position for position, row_id in enumerate(split.train)}
    folds = [[place[row_id] for row_id in fold] for fold in split.folds]
    return Material(train, train, folds, _test_rows(run))


def _of_series(run: Run) -> Material:
    """What comes before the locked window to learn from, its last windows to choose by, and the locked window."""
    from tools.data.series import form_of
    from tools.data.splitting import series_rows

    split, task = run.split, run.plan.task
    assert split is not None  # forecasting has no way without rows
    attachments: Any = run.plan.attachments
    form = form_of(task, attachments)
    everything = series_rows(task, attachments, form)
    where = {int(row_id): position for position, row_id in enumerate(everything.inputs.index)}
    train = everything.take([where[row_id] for row_id in split.train])
    place = {row_id: position for position, row_id in enumerate(split.train)}
    return Material(
        train=train,
        validation=everything.take([where[row_id] for row_id in split.validation]),
        folds=None,
        test=everything.take([where[row_id] for row_id in split.test]),
        series=form,
        windows=[[place[row_id] for row_id in window] for window in split.windows or []],
        everything=everything,
    )


def column_roles(plan: Plan, profile: DataProfile) -> dict[str, str]:
    """Column -> role in the table that is learnt from; empty where there is no file."""
    table = learning_table(plan, profile)
    return {column.name: str(column.role) for column in table.columns} if table else {}


def learning_table(plan: Plan, profile: DataProfile) -> FileProfile | None:
    """The profile of the file that the plan learns from (or, without labels, would be used on)."""
    attachment = plan.attachments.get("train") or plan.attachments.get("unlabelled")
    return next((file for file in profile.files if file.attachment == attachment), None)


def _test_rows(run: Run) -> Rows:
    from tools.data.splitting import rows

    split, attachments = run.split, run.plan.attachments
    if split is None or not split.test:
        return _no_rows(run.plan.task)
    return rows(run.plan.task, attachments["test" if split.test_source == "test-file" else "train"], split.test)


def _no_rows(task: TaskSpec) -> Rows:
    import pandas as pd

    return Rows(pd.DataFrame(columns=task.inputs, dtype=object), pd.Series([], dtype=object))
