"""A series table: what forecasting peers get, `unique_id`, `ds`, `y`, ordered, without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.peers.base import Job

if TYPE_CHECKING:
    import pandas as pd


def long_table(job: Job) -> pd.DataFrame:
    """The training rows; a missing value is filled with the value before it (statistical models take no gaps).

    Where time is counted, `ds` counts from 1 in each series; otherwise it is a date, or made of columns year, month, day, hour.
    """
    import pandas as pd

    dataset = job.dataset
    table = pd.DataFrame({
        "unique_id": job.train[dataset.series].astype(str) if dataset.series else "series",
        "ds": times(job),
        "y": pd.to_numeric(job.train[dataset.target], errors="coerce"),
    })  # fmt: skip
    table = table.sort_values(["unique_id", "ds"], kind="stable")
    table["y"] = table.groupby("unique_id", sort=False)["y"].transform(lambda values: values.ffill().bfill())
    return table.reset_index(drop=True)


def times(job: Job) -> pd.Series:
    """When each row is."""
    import pandas as pd

    columns = list(job.dataset.time)
    if len(columns) > 1:
        return pd.to_datetime(job.train[columns])
    if job.dataset.frequency == "count":
        return job.train[columns[0]].astype(int)
    return pd.to_datetime(job.train[columns[0]])


def answers(forecast: pd.DataFrame, column: str) -> pd.DataFrame:
    """`series`, `step`, `prediction` from a frame with `unique_id`, `ds` and the forecasts in `column`."""
    import pandas as pd

    ordered = forecast.sort_values(["unique_id", "ds"], kind="stable")
    return pd.DataFrame({
        "series": ordered["unique_id"].astype(str).to_numpy(),
        "step": ordered.groupby("unique_id", sort=False).cumcount().to_numpy() + 1,
        "prediction": ordered[column].to_numpy(dtype=float),
    })  # fmt: skip
