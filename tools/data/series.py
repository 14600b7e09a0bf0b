"""The series of a forecasting task: what form they have, and their rows in one long table."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tools.core.data import FileProfile, FileRole, SeriesForm
from tools.core.errors import DataError, TaskError
from tools.core.task import TaskSpec
from tools.data.loading import describe, schema
from tools.data.long_tables import Files, answered, joined, long, rhythm_for, table_of
from tools.data.timing import Timing, timing_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

WRITTEN = ("decimal", "thousands", "strip", "quotes", "missing_tokens")
KEPT = 4  # tables in memory: planning, splitting and building look at the same one


def form_of(task: TaskSpec, attachments: Files) -> SeriesForm:
    """The form of a forecasting task's series; `SeriesForm` says what that is.

    attachments: ids by role, as in a plan; a validation file continues the training file, a given test file tells the horizon
    where the task does not. Raises TaskError (no time column, no horizon, no target) and DataError (unreadable times).
    """
    return _form(_key(task, attachments)).model_copy(deep=True)


def history(task: TaskSpec, attachments: Files, form: SeriesForm) -> pd.DataFrame:
    """The long table of the training file (and of a validation file): see `tools/runtime/series.py`. Not to be changed."""
    return _history(_key(task, attachments), form.model_dump_json())


def everything(task: TaskSpec, attachments: Files, form: SeriesForm) -> pd.DataFrame:
    """`history`, and the rows of a given test file behind each series; ordered by series and time, not to be changed.

    Its index is the row id: 0..n-1 are the rows of `history`, what follows them are rows of the test file (and the steps
    between both). Rows of series that the history does not have are left out.
    """
    if "test" not in attachments or not answered(task, attachments["test"]):
        return history(task, attachments, form)
    return _everything(_key(task, attachments), form.model_dump_json())


def final_window(table: pd.DataFrame, history_rows: int, form: SeriesForm, least: int) -> np.ndarray:
    """Row ids of the locked window: of each series the first `horizon` rows that come after the history; else its last ones.

    table: of `everything`. Series with fewer than `least` points before the window are not judged on.
    """
    import numpy as np

    codes = _codes(table)
    ids = table.index.to_numpy()
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    lengths = np.diff(np.r_[starts, len(codes)])
    place = np.arange(len(codes)) - np.repeat(starts, lengths)
    given = ids >= history_rows
    if given.any():
        known = np.repeat(np.add.reduceat(~given, starts), lengths)
        chosen = given & (place < known + form.horizon) & (known >= least)
    else:
        length = np.repeat(lengths, lengths)
        chosen = (place >= length - form.horizon) & (length - form.horizon >= least)
    found: np.ndarray = ids[chosen]
    return found


def _key(task: TaskSpec, attachments: Files) -> str:
    """What form and table depend on, as JSON."""
    fields = {
        "kind", "inputs", "target", "target_columns", "horizon", "time_column", "series_columns", "known_columns", "frequency",
        "excluded_columns",
    }  # fmt: skip
    files = {role: attachments[role] for role in ("train", "validation", "test") if role in attachments}
    return json.dumps([task.model_dump(include=fields), files], sort_keys=True)


def _opened(key: str) -> tuple[TaskSpec, dict[FileRole, str]]:
    fields, files = json.loads(key)
    return TaskSpec.model_validate(fields), files


@lru_cache(maxsize=2 * KEPT)
def _form(key: str) -> SeriesForm:
    task, files = _opened(key)
    file = describe(_training(files))
    timing = _timing(task, file)
    values = [] if task.target is not None else list(task.target_columns)
    if task.target is None and not values:
        raise TaskError(
            expected="a column to forecast, or in a wide table the columns that are a series each",
            found="neither",
            remedy="Name the column with the numbers (--target).",
            code="no-target",
        )
    form = SeriesForm(
        time_column=timing.column, time_parts=timing.parts, series_columns=list(task.series_columns), value_columns=values,
        target=task.target,
    )  # fmt: skip
    covariates = _covariates(task, file, timing)
    form.formats = {**_formats(files["train"], [*covariates, *form.series_columns, *task.answer_columns]), **timing.formats}
    rhythm = rhythm_for(table_of(files, [*timing.columns, *form.series_columns]), timing, form, task)
    form.frequency, form.step, form.offset = rhythm.frequency, rhythm.step, rhythm.offset
    form.known = [name for name in covariates if name in task.known_columns]
    form.past = [name for name in covariates if name not in task.known_columns]
    return _measured(task, files, form)


def _measured(task: TaskSpec, files: Files, form: SeriesForm) -> SeriesForm:
    """What the long table tells: what is constant in a series, the horizon, seasons and lengths."""
    import numpy as np

    from tools.data.seasons import seasons_of

    table = long(task, files, form)
    codes = _codes(table)
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    form.static = [name for name in (*form.known, *form.past) if len(starts) > 1 and _is_static(table[name], codes)]
    form.known = [name for name in form.known if name not in form.static]
    form.past = [name for name in form.past if name not in form.static]
    form.horizon = task.horizon or _steps_given(task, files, form)
    lengths = np.diff(np.r_[starts, len(codes)])
    before = lengths if "test" in files and answered(task, files["test"]) else np.maximum(lengths - form.horizon, 0)
    form.count = len(starts)
    form.shortest, form.median_length, form.longest = int(before.min()), int(np.median(before)), int(before.max())
    values = table["target"].to_numpy()
    parts = [values[start : start + max(long, 2)] for start, long in zip(starts, before, strict=True)]
    form.seasons = seasons_of(parts, form.frequency, form.step, _hint(task, form))
    return form


@lru_cache(maxsize=KEPT)
def _history(key: str, form: str) -> pd.DataFrame:
    task, files = _opened(key)
    return long(task, files, SeriesForm.model_validate_json(form))


@lru_cache(maxsize=KEPT)
def _everything(key: str, form_json: str) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    task, files = _opened(key)
    form = SeriesForm.model_validate_json(form_json)
    before = _history(key, form_json)
    ends = before.groupby("series", sort=False)["time"].max()
    given = long(task, {"train": files["test"]}, form)
    later = given[given["time"].to_numpy() > given["series"].map(ends).to_numpy()]  # False where a series is not known
    if not len(later):
        raise DataError(
            expected=f"rows in the test file that come after those of {describe(files['train']).file}",
            found=f"{len(given):,} rows, none of them later than the end of a series that is learnt from",
            remedy="Give the rows that follow, or leave the test file out: then the last steps of each series are the test.",
            code="no-later-rows",
        )
    together = pd.concat([before, later[before.columns]], ignore_index=True)
    whole = joined(together, form)
    old = pd.MultiIndex.from_frame(before[["series", "time"]])
    place = old.get_indexer(pd.MultiIndex.from_frame(whole[["series", "time"]]))
    place[place < 0] = len(before) + np.arange(int((place < 0).sum()))
    whole.index = pd.Index(place)
    return whole


def _training(files: Files) -> str:
    if "train" in files:
        return files["train"]
    raise DataError(
        expected="a table with the values so far",
        found="none",
        remedy="Attach a file with a column of times and a column of numbers.",
        code="no-history",
    )


def _timing(task: TaskSpec, file: FileProfile) -> Timing:
    timing = timing_of(file, task.time_column)
    if timing is None:
        named = f"{task.time_column!r}, which holds no times" if task.time_column else "none that tells when"
        raise TaskError(
            expected=f"a column of {file.file} that tells the time of each row (dates, or steps that are counted)",
            found=named,
            remedy="Name that column, or add one.",
            code="no-time-column",
        )
    return timing


def _hint(task: TaskSpec, form: SeriesForm) -> str | None:
    """The frequency that was said of times that are counted; its seasons are tried."""
    return task.frequency if form.frequency is None and task.frequency and task.frequency[0].isalpha() else None


def _covariates(task: TaskSpec, file: FileProfile, timing: Timing) -> list[str]:
    """Input columns that are neither time nor id nor target, and hold numbers or a few words."""
    skipped = {*timing.columns, *task.series_columns, *task.answer_columns, *task.excluded_columns}
    named = [column for name in task.inputs if name not in skipped and (column := file.column(name)) is not None]
    return [column.name for column in named if column.role in ("number", "category")]


def _formats(attachment: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Column -> `type` (number or text) and how its numbers are written."""
    found = {}
    for entry in schema(attachment):
        if entry["name"] in names:
            kept = {key: entry[key] for key in WRITTEN if entry.get(key) not in (None, "", False)}
            found[str(entry["name"])] = {"type": "number" if entry["kind"] in ("integer", "number") else "text", **kept}
    return found


def _steps_given(task: TaskSpec, files: Files, form: SeriesForm) -> int:
    """The horizon that a given test file tells: the steps of its longest series."""
    if "test" in files and answered(task, files["test"]):
        given = long(task, {"train": files["test"]}, form)
        return int(given.groupby("series", sort=False).size().max())
    raise TaskError(
        expected="how many steps ahead to forecast",
        found="no horizon",
        remedy="Say how far ahead (--horizon).",
        code="no-horizon",
    )


def _is_static(column: pd.Series, codes: np.ndarray) -> bool:
    """Whether each series has one value of it."""
    return bool((column.groupby(codes).nunique() <= 1).all())


def _codes(table: pd.DataFrame) -> np.ndarray:
    import pandas as pd

    return pd.factorize(table["series"])[0]
