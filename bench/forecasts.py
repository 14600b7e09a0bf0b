"""Scores of forecasts: MASE, sMAPE, and OWA against the Naive2 reference (Makridakis, Spiliotis, Assimakopoulos 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.datasets import Dataset
from bench.scoring import Judged

if TYPE_CHECKING:
    import pandas as pd

    from bench.material import Material

ENOUGH_SERIES = 10  # with fewer, steps are resampled for the interval, not series
SEASONAL_Z = 1.645  # a season counts where its autocorrelation passes the 90 % test


@dataclass(frozen=True)
class Series:
    """One series: what was known, and what came. Missing points are nan."""

    name: str
    history: np.ndarray
    future: np.ndarray


def series_of(material: Material) -> list[Series]:
    """The series in the order of the test file."""
    dataset = material.dataset
    train, test = _numbers(dataset, dataset.read(material.train, True)), _numbers(dataset, dataset.read(material.truth, True))
    history = {str(name): rows["y"].to_numpy(dtype=float) for name, rows in train.groupby("series", sort=False)}
    return [
        Series(str(name), history[str(name)], rows["y"].to_numpy(dtype=float))
        for name, rows in test.groupby("series", sort=False)
    ]


def _numbers(dataset: Dataset, frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    names = frame[dataset.series].astype(str) if dataset.series else pd.Series("series", index=frame.index)
    return pd.DataFrame({"series": names, "y": pd.to_numeric(frame[dataset.target], errors="coerce")})


def by_series(answers: pd.DataFrame, series: list[Series]) -> dict[str, np.ndarray]:
    """Forecasts of each series in the order of its steps. Raises ValueError where a series or a step is missing."""
    found = {
        str(name): rows.sort_values("step")["prediction"].to_numpy(dtype=float)
        for name, rows in answers.groupby(answers["series"].astype(str))
    }
    for one in series:
        there = found.get(one.name)
        if there is None or len(there) < len(one.future) or not np.isfinite(there[: len(one.future)]).all():
            length = 0 if there is None else int(np.isfinite(there).sum())
            raise ValueError(f"Expected {len(one.future)} forecasts of series {one.name!r}. Found {length}. See its log.")
    return {one.name: found[one.name][: len(one.future)] for one in series}


def scale(history: np.ndarray, season: int) -> float:
    """Mean absolute error of the seasonal naive forecast within the history, what MASE divides by."""
    steps = np.abs(history[season:] - history[:-season]) if len(history) > season else np.abs(np.diff(history))
    return float(np.nanmean(steps))


def errors(metric: str, series: Series, forecast: np.ndarray, season: int) -> np.ndarray:
    """The error of each step: scaled (mase), or in percent of the mean of both (smape)."""
    off: np.ndarray = np.abs(series.future - forecast)
    by: np.ndarray = np.abs(series.future) + np.abs(forecast)
    return np.asarray(off / scale(series.history, season) if metric == "mase" else 200 * off / by)


def judge_forecast(metric: str, series: list[Series], answers: pd.DataFrame, season: int) -> Judged:
    """metric: mase or smape. The mean over series, each the mean over its steps."""
    found = by_series(answers, series)
    each = [errors(metric, one, found[one.name], season) for one in series]
    units = np.array([np.nanmean(one) for one in each]) if len(series) >= ENOUGH_SERIES else np.concatenate(each)
    return Judged(metric, len(units), lambda drawn: float(np.nanmean(units[drawn])))


def owa(series: list[Series], answers: pd.DataFrame, naive2: pd.DataFrame, season: int) -> float:
    """Mean of sMAPE and MASE, each relative to Naive2's: below 1 is better than Naive2."""
    ratios = [
        judge_forecast(metric, series, answers, season).value / judge_forecast(metric, series, naive2, season).value
        for metric in ("smape", "mase")
    ]
    return float(np.mean(ratios))


def reference(material: Material, series: list[Series]) -> pd.DataFrame:
    """Naive2 forecasts: the dataset's own file where it has one, else computed."""
    import pandas as pd

    dataset = material.dataset
    if dataset.naive2 is not None:
        frame = _numbers(dataset, dataset.read(dataset.folder / dataset.naive2, True))
        steps = frame.groupby("series", sort=False).cumcount() + 1
        return pd.DataFrame({"series": frame["series"], "step": steps, "prediction": frame["y"]})
    season = dataset.seasons[0] if dataset.seasons else 1
    parts = [naive2(one.history, season, len(one.future)) for one in series]
    return pd.DataFrame({
        "series": [one.name for one in series for _ in one.future],
        "step": np.concatenate([np.arange(len(part)) + 1 for part in parts]),
        "prediction": np.concatenate(parts),
    })  # fmt: skip


def naive2(history: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last value, after a multiplicative season was taken out where the series passes the test for one."""
    known = history[np.isfinite(history)]
    if season < 2 or len(known) < 3 * season or (known <= 0).any() or not is_seasonal(known, season):
        return np.full(horizon, known[-1])
    from statsmodels.tsa.seasonal import seasonal_decompose

    indices = seasonal_decompose(known, model="multiplicative", period=season).seasonal
    return np.asarray(known[-1] / indices[-1] * np.resize(indices[len(known) % season : len(known) % season + season], horizon))


def is_seasonal(known: np.ndarray, season: int) -> bool:
    """The test of the M competitions on the autocorrelation at the season's lag."""
    from statsmodels.tsa.stattools import acf

    found = acf(known, nlags=season, fft=False)
    limit = SEASONAL_Z * np.sqrt((1 + 2 * np.sum(found[1:season] ** 2)) / len(known))
    return bool(abs(found[season]) > limit)
