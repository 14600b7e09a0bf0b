"""statsforecast: seasonal naive, theta, exponential smoothing, ARIMA, and decomposition by several seasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.base import Fitted, Job, Peer
from bench.peers.series_table import answers, long_table

if TYPE_CHECKING:
    import pandas as pd

Choose = Callable[[Job], Any]


@dataclass(frozen=True)
class _Model:
    forecasts: pd.DataFrame

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self.forecasts

    def save(self, folder: Path) -> None:
        self.forecasts.to_parquet(folder / "forecasts.parquet")


def fitting(choose: Choose) -> Callable[[Job], Fitted]:
    """A fit with the model that `choose` gives for the job; it forecasts at once, as statsforecast does."""

    def fit(job: Job) -> Fitted:
        from statsforecast import StatsForecast

        frequency = 1 if job.dataset.frequency == "count" else str(job.dataset.frequency)
        forecaster = StatsForecast(models=[choose(job)], freq=frequency, n_jobs=job.cores)
        found = forecaster.forecast(df=long_table(job), h=int(job.dataset.horizon or 1))
        name = next(column for column in found.columns if column not in ("unique_id", "ds"))
        return _Model(answers(found, str(name)))

    return fit


def season(job: Job) -> int:
    """The shortest season."""
    return job.dataset.seasons[0] if job.dataset.seasons else 1


def seasonal_naive(job: Job) -> Any:
    """The last season again."""
    from statsforecast.models import SeasonalNaive

    return SeasonalNaive(season_length=season(job))


def theta(job: Job) -> Any:
    """The best of four theta models."""
    from statsforecast.models import AutoTheta

    return AutoTheta(season_length=season(job))


def smoothing(job: Job) -> Any:
    """The best of the family of exponential smoothing."""
    from statsforecast.models import AutoETS

    return AutoETS(season_length=season(job))


def arima(job: Job) -> Any:
    """The best of the family of ARIMA."""
    from statsforecast.models import AutoARIMA

    return AutoARIMA(season_length=season(job))


def several_seasons(job: Job) -> Any:
    """Decomposition by all seasons, the trend by exponential smoothing."""
    from statsforecast.models import MSTL, AutoETS

    return MSTL(season_length=list(job.dataset.seasons), trend_forecaster=AutoETS(model="ZZN"))


def _peer(name: str, title: str, setting: str, choose: Choose, small: bool = True) -> Peer:
    return Peer(
        name=f"statsforecast-{name}",
        title=f"statsforecast, {title}",
        setting=setting,
        kinds=("forecasting",),
        packages=("statsforecast",),
        imports=("statsforecast.models",),
        fit=fitting(choose),
        at_once=True,
        small=small,
    )


SEASONAL_NAIVE = _peer("seasonal-naive", "seasonal naive", "SeasonalNaive(season)", seasonal_naive)
THETA = _peer("theta", "theta", "AutoTheta(season)", theta)
ETS = _peer("ets", "exponential smoothing", "AutoETS(season)", smoothing)
ARIMA = _peer("arima", "ARIMA", "AutoARIMA(season)", arima, small=False)
MSTL = _peer("mstl", "several seasons", "MSTL(all seasons, AutoETS('ZZN') for the trend)", several_seasons)
