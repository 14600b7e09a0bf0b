"""Forecasts are judged on time: the last steps of each series are locked, and rolling windows before them choose."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from tools.core.data import SeriesForm, Split
from tools.core.errors import DataError
from tools.core.task import TaskSpec
from tools.data.long_tables import Files
from tools.data.series import everything, final_window, history

if TYPE_CHECKING:
    import pandas as pd

LEAST = 3  # points that a series must have before a window
MOST_WINDOWS = 4
MOST_POINTS = 2_000_000  # rows of all validation windows together


def split_of(task: TaskSpec, attachments: Files, form: SeriesForm, seed: int = 0) -> Split:
    """The locked window, the rolling windows before it (the earliest first, each `horizon` steps, not overlapping), the rest.

    Where the series are too short for a window of the whole horizon, one shorter window chooses. Raises DataError where no
    series is longer than the horizon.
    """
    before = history(task, attachments, form)
    table = everything(task, attachments, form)
    test = final_window(table, len(before), form, LEAST)
    if not len(test):
        raise too_short(form, int(before.groupby("series").size().max()))
    learnt = before[~before.index.isin(test)]
    windows = _windows(learnt, form)
    validation = sorted(row for window in windows for row in window)
    given = len(table) > len(before)
    ids = [learnt.index.tolist(), windows, sorted(test.tolist())]
    return Split(
        train=learnt.index.tolist(),
        validation=validation,
        windows=windows,
        test=sorted(test.tolist()),
        test_source="test-file" if given else "held-out",
        how=_how(form, table, test, windows, given),
        seed=seed,
        data_hash=_hash(task, attachments, form, ids),
    )


def too_short(form: SeriesForm, longest: int) -> DataError:
    """That no series is long enough to be forecast and judged over the horizon. longest: points of the longest one."""
    return DataError(
        expected=f"a series of at least {form.horizon + LEAST:,} points, to forecast {form.horizon:,} steps and judge them",
        found=f"{longest:,} in the longest of {form.count:,} series" if form.count > 1 else f"{longest:,} points",
        remedy="Give a longer history, or forecast fewer steps ahead (--horizon).",
        code="too-few-rows",
    )


def _windows(learnt: pd.DataFrame, form: SeriesForm) -> list[list[int]]:
    """Row ids of each window; a series is in a window where enough of its history lies before it."""
    series = learnt["series"].to_numpy()
    starts = np.flatnonzero(np.r_[True, series[1:] != series[:-1]])
    lengths = np.diff(np.r_[starts, len(series)])
    left = np.repeat(lengths, lengths) - (
        np.arange(len(series)) - np.repeat(starts, lengths)
    )  # rows to the end, itself included
    whole = np.repeat(lengths, lengths)
    usual = int(np.median(lengths))
    span, count = shape(usual, len(lengths), form)
    fewest = min(max(LEAST, form.season + 1), max(LEAST, usual - span))
    ids = learnt.index.to_numpy()
    found = []
    for back in range(count, 0, -1):
        chosen = (left <= back * span) & (left > (back - 1) * span) & (whole - back * span >= fewest)
        if chosen.any():
            found.append(ids[chosen].tolist())
    return found


def shape(usual: int, series: int, form: SeriesForm) -> tuple[int, int]:
    """(steps of a window, how many): as many as leave the usual series two seasons and a horizon to learn from.

    usual: points of the usual series before the locked window. series: how many there are.
    """
    need = max(LEAST, 2 * form.season + 1, min(form.horizon, usual // 2))
    count = (usual - need) // form.horizon
    if count >= 1:
        affordable = max(1, MOST_POINTS // max(1, series * form.horizon))
        return form.horizon, min(count, MOST_WINDOWS, affordable)
    return max(1, min(form.horizon, usual - max(LEAST, min(need, 2 * usual // 3)))), 1


def _how(form: SeriesForm, table: pd.DataFrame, test: np.ndarray, windows: list[list[int]], given: bool) -> str:
    """The split in words, for the report."""
    judged = table.loc[test, "series"].nunique()
    steps = f"{form.horizon:,} step{'s' if form.horizon > 1 else ''}"
    of = "" if form.count == 1 else f" of each of {judged:,} series"
    words = f"the first {steps}{of} in the test file are locked" if given else f"the last {steps}{of} are locked until the end"
    left_out = form.count - judged
    if left_out:
        words += f" ({left_out:,} series are too short to be judged on)"
    shown = f"{len(windows)} rolling windows before them choose" if len(windows) > 1 else "one window before them chooses"
    return f"{words}; {shown} among the candidates" if windows else words


def _hash(task: TaskSpec, attachments: Files, form: SeriesForm, ids: object) -> str:
    asked = [sorted(attachments.items()), task.target or task.target_columns, form.model_dump(mode="json"), ids]
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()
