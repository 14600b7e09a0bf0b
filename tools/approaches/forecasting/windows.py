"""The rolling windows of a job, each as a forecast sees it: the history before it, and what is known of it in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.approaches.base import LEVELS, FitJob, Predictions, Rows
from tools.core.data import SeriesForm
from tools.core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Window:
    """One window. history, future: long tables as predictors take them; a history ends with the last known value of its series.

    So where values are missing just before the window, `future` begins with these steps. target: float [len(future)], NaN where
    missing and before the window. places: int [len(future)], positions of its rows in `job.validation`, -1 before the window.
    """

    history: pd.DataFrame
    future: pd.DataFrame
    target: np.ndarray
    places: np.ndarray


def form_of(job: FitJob) -> SeriesForm:
    """The form of the job's series. Raises DataError where it has none."""
    if job.series is None:
        raise DataError(expected="the form of the series", found="none", remedy="Plan the forecast again.")
    return job.series


def windows_expected(form: SeriesForm) -> int:
    """How many rolling windows a usual series has, as `tools.data.windows` parts it."""
    from tools.data.windows import shape

    return shape(form.median_length, form.count, form)[1]


def long_table(rows: Rows) -> pd.DataFrame:
    """Rows as a long table: `series`, `time`, `target`, then the covariates; its index is 0..n-1."""
    table = rows.inputs.reset_index(drop=True)
    table.insert(2, "target", rows.target.to_numpy(dtype=float))
    return table


def windows_of(job: FitJob) -> list[Window]:
    """The windows, the earliest first. Rows are ordered by series, then time."""
    import numpy as np

    table = long_table(job.train)
    place = {row_id: position for position, row_id in enumerate(job.validation.inputs.index)}
    places = np.array([place.get(row_id, -1) for row_id in job.train.inputs.index], dtype=int)
    chosen = [np.sort(np.asarray(positions, dtype=int)) for positions in job.windows or []]
    return [_window(table, positions, places, form_of(job)) for positions in chosen if len(positions)]


def _window(table: pd.DataFrame, positions: np.ndarray, places: np.ndarray, form: SeriesForm) -> Window:
    """positions: of the window's rows in `table`, ascending. places: int [len(table)]."""
    import numpy as np

    codes, rows = table["series"].factorize()[0], np.arange(len(table))
    first, last = np.full(codes.max() + 1, -1), np.full(codes.max() + 1, -1)
    first[codes[positions[::-1]]] = positions[::-1]  # what is written last stays: the earliest row of each series
    last[codes[positions]] = positions
    before = rows[table["target"].notna().to_numpy() & (rows < first[codes])]
    known = np.full(codes.max() + 1, -1)
    known[codes[before]] = before
    ahead = (rows > known[codes]) & (rows <= last[codes]) & (known[codes] >= 0)
    inside = np.zeros(len(table), dtype=bool)
    inside[positions] = True
    wanted = table[ahead].reset_index(drop=True)
    return Window(
        history=table[rows <= known[codes]].reset_index(drop=True),
        future=future_of(wanted, form),
        target=np.where(inside[ahead], wanted["target"].to_numpy(dtype=float), np.nan),
        places=np.where(inside[ahead], places[ahead], -1),
    )


def future_of(rows: pd.DataFrame, form: SeriesForm) -> pd.DataFrame:
    """Of rows of a long table, what is known in advance: `series`, `time` and the known covariates."""
    return rows[["series", "time", *(name for name in form.known if name in rows.columns)]]


def in_order(job: FitJob, windows: Sequence[Window], answers: Sequence[np.ndarray]) -> Predictions:
    """Predictions in the order of `job.validation` from one array [rows, 1 + levels] a window."""
    import numpy as np

    found = np.full((len(job.validation), 1 + len(LEVELS)), np.nan)
    for window, answer in zip(windows, answers, strict=True):
        found[window.places[window.places >= 0]] = answer[window.places >= 0]
    quantiles = found[:, 1:]
    return Predictions(values=found[:, 0], low=quantiles[:, 0], high=quantiles[:, -1], quantiles=quantiles)
