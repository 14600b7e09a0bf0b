"""What a person should know of series before they are forecast: too short, with gaps, with copies, with unreadable times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.data import FileProfile, FileRole, Problem, SeriesForm
from tools.core.task import TaskSpec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FEW_POINTS = 40  # of the usual series before the locked window: a forecast from fewer is hardly more than a guess
FEW_SEASONS = 2
GAPS = 0.01  # share of steps without a value
COPIES = 0.005  # share of rows that share series and time with another
NAMED = 3


def of_series(main: FileProfile, task: TaskSpec, test: FileProfile | None) -> list[Problem]:
    """Problems of the series of a forecast. Raises TaskError and DataError where there is nothing to forecast."""
    from tools.data.series import form_of, history

    files: dict[FileRole, str] = {"train": main.attachment}
    if test is not None:
        files["test"] = test.attachment
    asked = task if task.horizon or test is not None else task.model_copy(update={"horizon": 1})
    form = form_of(asked, files)
    table = history(asked, files, form)
    lengths = table.groupby("series", sort=False).size()
    held = form.horizon if test is None else 0
    return [*_short(main, form, lengths, held), *_gaps(main, form, table), *_rows(main, asked, form)]


def _short(main: FileProfile, form: SeriesForm, lengths: pd.Series, held: int) -> list[Problem]:
    """Series that are too short: for the horizon, for their season, or at all."""
    from tools.data.windows import LEAST

    short = lengths[lengths < held + LEAST]
    if len(short):
        these = f"{len(short):,} of {len(lengths):,} series have" if len(lengths) > 1 else f"{main.file} has"
        message = f"{these} fewer than {held + LEAST:,} points: too few to forecast {form.horizon:,} steps and to judge them."
        named = "; ".join(f"{name or 'the series'}: {count:,} points" for name, count in short.head(NAMED).items())
        return [Problem(code="too-few-rows", message=message, evidence=named)]
    usual = form.median_length
    whose = "The usual series has" if form.count > 1 else f"{main.file} has"
    evidence = f"points before the locked window: {form.shortest:,} to {form.longest:,}, median {usual:,}"
    if usual < FEW_POINTS:
        message = f"{whose} only {usual:,} points to learn from. Any forecast from so few is hardly more than a guess."
        return [Problem(code="too-few-rows", message=message, evidence=evidence)]
    if form.seasons and usual < FEW_SEASONS * form.season:
        message = f"{whose} only {usual / form.season:.1f} seasons of {form.season:,} steps; two or more tell what repeats."
        return [Problem(code="too-few-rows", message=message, evidence=evidence)]
    if usual < form.horizon:
        message = f"{whose} {usual:,} points to learn from, fewer than the {form.horizon:,} steps that are forecast."
        return [Problem(code="too-few-rows", message=message, evidence=evidence)]
    return []


def _gaps(main: FileProfile, form: SeriesForm, table: pd.DataFrame) -> list[Problem]:
    """Steps without a value, between the first and the last of a series."""
    missing = table["target"].isna().to_numpy()
    if not missing.any() or missing.mean() < GAPS:
        return []
    first = table[missing].iloc[0]
    what = f"in {table['series'][missing].nunique():,} of {form.count:,} series" if form.count > 1 else f"in {main.file}"
    message = f"{int(missing.sum()):,} of {len(table):,} steps have no value ({what}); they are bridged, and not judged on."
    where = f"the longest gap is {_longest_run(missing):,} steps; the first one is at {first['time']}"
    where += f" in {first['series']}" if form.count > 1 else ""
    return [Problem(code="missing-target", message=message, evidence=where)]


def _longest_run(missing: np.ndarray) -> int:
    import numpy as np

    edges = np.flatnonzero(np.diff(np.r_[False, missing, False].astype(int)))
    return int((edges[1::2] - edges[::2]).max())


def _rows(main: FileProfile, task: TaskSpec, form: SeriesForm) -> list[Problem]:
    """Rows without a readable time, and rows that share their step with another."""
    import numpy as np

    from tools.data.long_tables import series_numbers, table_of
    from tools.runtime.moments import read_times, time_columns
    from tools.runtime.steps import ordinals

    described = form.model_dump()
    table = table_of({"train": main.attachment}, [*time_columns(described), *form.series_columns])
    times, there = read_times(table, described)
    found = []
    if not there.all():
        row = int(np.flatnonzero(~there)[0]) + 1
        message = f"{int((~there).sum()):,} of {len(table):,} rows have no time that can be read; they are left out."
        found.append(Problem(code="rows-dropped", message=message, evidence=f"{main.file}: row {row} is the first of them"))
    steps = ordinals(times[there], form.frequency, form.offset) // form.step
    pairs = np.stack([series_numbers(table, form.series_columns)[there], steps], axis=1)
    extra = len(pairs) - len(np.unique(pairs, axis=0))
    if extra > COPIES * len(pairs):
        why = "their times follow no rule, so they are gathered" if form.offset is None else "they occur more than once"
        every = f"{form.step if form.step > 1 else ''}{form.frequency}" if form.frequency else "step"
        message = f"{extra:,} of {len(pairs):,} rows share their step ({every}) with another: {why}, and their mean is taken."
        found.append(
            Problem(code="duplicates", message=message, evidence=f"{main.file}: {len(pairs) - extra:,} steps are left")
        )
    return found
