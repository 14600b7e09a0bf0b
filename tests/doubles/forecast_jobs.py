"""Jobs that forecast: made series with their last windows, as an approach gets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tools.approaches.base import FitJob, Machine, Rows, Situation
from tools.core.data import DataProfile, SeriesForm
from tools.core.task import MetricSpec, TaskSpec


def wave(length: int, season: int = 7, rise: float = 0.05, unrest: float = 0.5, seed: int = 0) -> np.ndarray:
    """Float [length]: a season on a slow rise, with a little unrest."""
    step, random = np.arange(length), np.random.default_rng(seed)
    made: np.ndarray = 40 + rise * step + 8 * np.sin(2 * np.pi * step / season) + unrest * random.normal(size=length)
    return made


def table(series: Mapping[str, np.ndarray], covariates: Mapping[str, Callable[[int], Any]] | None = None) -> pd.DataFrame:
    """A long table, day by day from the first of 2024. covariates: name -> what it is on the n-th day."""
    parts = []
    for name, values in series.items():
        times = pd.date_range("2024-01-01", periods=len(values), freq="D").as_unit("ns")
        more = {column: [made(day) for day in range(len(values))] for column, made in (covariates or {}).items()}
        parts.append(pd.DataFrame({"series": name, "time": times, "target": values, **more}))
    return pd.concat(parts, ignore_index=True)


def form(frame: pd.DataFrame, horizon: int = 7, season: int = 7, known: Sequence[str] = ()) -> SeriesForm:
    """The form of such a table; covariates that are not known ahead are known of the past."""
    lengths = frame.groupby("series").size()
    return SeriesForm(
        time_column="day",
        series_columns=["shop"],
        target="sales",
        frequency="D",
        seasons=[season] if season > 1 else [],
        horizon=horizon,
        known=list(known),
        past=[name for name in frame.columns[3:] if name not in known],
        count=len(lengths),
        shortest=int(lengths.min()),
        median_length=int(lengths.median()),
        longest=int(lengths.max()),
    )


def job(
    frame: pd.DataFrame, folder: Path, described: SeriesForm | None = None, windows: int = 2, minutes: float = 1.0
) -> FitJob:
    """A job over all rows of a long table, the last `windows` horizons of each series being its windows."""
    described = described or form(frame)
    left = frame.groupby("series").cumcount(ascending=False).to_numpy()
    places = [
        np.flatnonzero((left >= back * described.horizon) & (left < (back + 1) * described.horizon)).tolist()
        for back in reversed(range(windows))
    ]
    rows = Rows(frame.drop(columns="target"), frame["target"])
    return FitJob(
        task=TaskSpec(kind="forecasting", modality="series", target="sales", horizon=described.horizon),
        metric=MetricSpec(name="mase"),
        train=rows,
        validation=rows.take(sorted(row for window in places for row in window)),
        folds=None,
        folder=folder,
        minutes=minutes,
        progress=lambda share, phase: None,
        cores=1,
        series=described,
        windows=places,
    )


def ahead(frame: pd.DataFrame, steps: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(history, future with its truth): the last steps of each series cut off."""
    left = frame.groupby("series").cumcount(ascending=False)
    return frame[left >= steps].reset_index(drop=True), frame[left < steps].reset_index(drop=True)


def hidden(given: FitJob) -> FitJob:
    """The job with other values in its last window: what was said of that window may not change by it."""
    assert given.windows is not None
    target = given.train.target.copy()
    target.iloc[given.windows[-1]] = 1e6
    return replace(given, train=Rows(given.train.inputs, target), folder=given.folder.with_name("hidden"))


def situation(offline: bool = True, **fields: int) -> Situation:
    """Of a plan for series by the day. fields: of their form; a week ahead where nothing else is said."""
    described = SeriesForm(**{"time_column": "day", "horizon": 7, "seasons": [7], **fields})
    task = TaskSpec(kind="forecasting", target="sales", horizon=described.horizon)
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=8000, gpu=False, offline=offline)
    rows = described.count * described.median_length
    return Situation(task, DataProfile(), machine, rows, 7, None, 10, False, series=described)
