"""AutoGluon TimeSeries as its first page shows it; models whose weights would have to be fetched leave themselves out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer
from bench.peers.series_table import answers, long_table

if TYPE_CHECKING:
    import pandas as pd

COUNTED_FROM = "2000-01-01"
STANDS_FOR_COUNT = "h"  # it takes dates alone: counted time becomes hours


@dataclass(frozen=True)
class _Model:
    job: Job
    predictor: Any
    history: Any

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        found = self.predictor.predict(self.history).reset_index()
        return answers(found.rename(columns={"item_id": "unique_id", "timestamp": "ds"}), "mean")

    def save(self, folder: Path) -> None:
        shutil.copytree(self.predictor.path, folder / "predictor")


def fit(job: Job) -> Fitted:
    """Its default presets within the minutes, judged by MASE."""
    import pandas as pd
    from autogluon.timeseries import TimeSeriesDataFrame, TimeSeriesPredictor

    table = long_table(job)
    counted = job.dataset.frequency == "count"
    if counted:
        start = table.groupby("unique_id")["ds"].transform("min")
        table["ds"] = pd.Timestamp(COUNTED_FROM) + pd.to_timedelta(table["ds"] - start, unit="h")
    history = TimeSeriesDataFrame.from_data_frame(table, id_column="unique_id", timestamp_column="ds")
    predictor = TimeSeriesPredictor(
        prediction_length=int(job.dataset.horizon or 1), target="y", eval_metric="MASE", verbosity=0,
        freq=STANDS_FOR_COUNT if counted else job.dataset.frequency, path=str(job.place / "autogluon"),
        eval_metric_seasonal_period=job.dataset.seasons[0],
    )  # fmt: skip
    predictor.fit(history, time_limit=round(60 * job.minutes))
    return _Model(job, predictor, history)


AUTOGLUON_SERIES = Peer(
    name="autogluon-series",
    title="AutoGluon TimeSeries",
    setting="defaults (high_quality without what must be fetched), time_limit = the minutes, eval_metric MASE",
    kinds=("forecasting",),
    packages=("autogluon.timeseries",),
    imports=("autogluon.timeseries",),
    fit=fit,
    limit=2.0,
)
