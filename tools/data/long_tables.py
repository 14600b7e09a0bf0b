"""Files of series, read: their times, their rhythm, and one long table of all their rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tools.core.data import FileProfile, FileRole, SeriesForm
from tools.core.errors import DataError
from tools.core.task import TaskSpec
from tools.data.loading import describe, read
from tools.data.rhythm import Rhythm, rhythm_of
from tools.data.timing import Timing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Files = Mapping[FileRole, str]


def time_values(table: pd.DataFrame, timing: Timing) -> tuple[np.ndarray, np.ndarray]:
    """Times as `tools.runtime.moments.read_times` reads them by what the profile told of the columns."""
    from tools.runtime.moments import read_times

    return read_times(table, _of_timing(timing) | {"frequency": None if timing.counted else "D"})


def rhythm_in(file: FileProfile, timing: Timing, ids: Sequence[str]) -> Rhythm | None:
    """How far apart the rows of a table's series are; None where no time can be read. The latest ones are kept in memory."""
    key = json.dumps([timing.column, timing.parts, timing.formats, timing.counted])
    return _rhythm_in(file.attachment, key, tuple(ids))


@lru_cache(maxsize=16)
def _rhythm_in(attachment: str, key: str, ids: tuple[str, ...]) -> Rhythm | None:
    timing = Timing(*json.loads(key))
    table = read(attachment, list(dict.fromkeys([*timing.columns, *ids]))).to_pandas()
    times, there = time_values(table, timing)
    return rhythm_of(series_numbers(table, ids)[there], times[there]) if there.any() else None


def series_numbers(table: pd.DataFrame, ids: Sequence[str]) -> np.ndarray:
    """int [n]: the series of each row."""
    import numpy as np

    if not ids:
        return np.zeros(len(table), dtype=int)
    found: np.ndarray = table.groupby(list(ids), sort=False, dropna=False).ngroup().to_numpy()
    return found


def joined(table: pd.DataFrame, form: SeriesForm) -> pd.DataFrame:
    """A long table with the steps between its parts filled in."""
    from tools.runtime.regular import regular
    from tools.runtime.steps import moments, ordinals

    steps = ordinals(table["time"].to_numpy(), form.frequency)
    columns = {name: table[name].to_numpy() for name in table.columns if name not in ("series", "time")}
    found = regular(table["series"].to_numpy(), steps, columns, form.step, known=None)
    found.insert(1, "time", moments(found.pop("step").to_numpy(), form.frequency))
    return found


def long(task: TaskSpec, files: Files, form: SeriesForm) -> pd.DataFrame:
    """The long table of the training and validation file. Raises DataError where it cannot be made."""
    from tools.runtime.moments import time_columns
    from tools.runtime.series import long_table

    described = form.model_dump()
    covariates = [*form.known, *form.past, *form.static]
    table = table_of(files, [*time_columns(described), *form.series_columns, *task.answer_columns, *covariates])
    try:
        return long_table(table, described)
    except ValueError as problem:
        expected, found, remedy = _said(str(problem))
        raise DataError(expected=expected, found=found, remedy=remedy, code="not-a-series") from problem


def _said(message: str) -> tuple[str, str, str]:
    """The parts of `Expected ... Found ... remedy`."""
    expected, _, rest = message.removeprefix("Expected ").partition(". Found ")
    found, _, remedy = rest.partition(". ")
    return expected, found, remedy


def table_of(files: Files, columns: list[str]) -> pd.DataFrame:
    """These columns of the training file, then of the validation file, as pandas; those that a file lacks are missing."""
    import pandas as pd

    frames = []
    for role in ("train", "validation"):
        if role in files:
            there = {column.name for column in describe(files[role]).columns}
            wanted = [name for name in dict.fromkeys(columns) if name in there]
            frames.append(read(files[role], wanted).to_pandas())
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _of_timing(timing: Timing) -> dict[str, Any]:
    return {"time_column": timing.column, "time_parts": timing.parts, "formats": timing.formats}


def rhythm_for(table: pd.DataFrame, timing: Timing, form: SeriesForm, task: TaskSpec) -> Rhythm:
    """The rhythm of a table's series. Raises DataError where no time can be read."""
    times, there = time_values(table, timing)
    if not there.any():
        raise DataError(
            expected=f"times in {', '.join(timing.columns)}",
            found=f"none in {len(table):,} rows",
            remedy="Write them as 2024-01-31 or 2024-01-31 14:00.",
            code="no-times",
        )
    codes = series_numbers(table, form.series_columns)
    return rhythm_of(codes[there], times[there], None if timing.counted else task.frequency)


def answered(task: TaskSpec, attachment: str) -> bool:
    """Whether a file holds the values that are forecast."""
    file = describe(attachment)
    columns = [file.column(name) for name in task.answer_columns]
    return bool(columns) and all(column is not None and column.missing < column.rows for column in columns)
