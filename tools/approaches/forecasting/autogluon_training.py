"""AutoGluon's models of series, trained before each rolling window: what they say of the windows, and what is kept of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches.base import LEVELS, FitJob, LeftOut
from tools.approaches.forecasting.members import cost
from tools.approaches.forecasting.trials import Trials, stacked, trials_of
from tools.approaches.forecasting.windows import Window, form_of, long_table
from tools.core.data import SeriesForm

if TYPE_CHECKING:
    import numpy as np

METRICS = {"mase": "MASE", "smape": "SMAPE", "rmsse": "RMSSE", "wql": "WQL", "mae": "MAE", "rmse": "RMSE", "mape": "MAPE"}
BY_MEAN = ("rmsse", "rmse")  # metrics that a mean serves best; the others are served by a median
LIBRARIES = {"Tabular": ("lightgbm", "mlforecast"), "ETS": ("statsforecast",), "Theta": ("statsforecast",)}
ETS_SHARE = 0.3  # of the seconds that exponential smoothing may take
TOGETHER = 20  # series from which on several processes forecast: to start them takes seconds
USUAL_LAGS = 12  # that trees see where dates tell nothing
CYCLES = 3  # of each season, of which they then see the same phase
KEPT = ("models", "learner.pkl", "predictor.pkl", "version.txt")  # the rest are the person's rows, logs and old forecasts


def models_for(form: SeriesForm, windows: int, seconds: float, cores: int) -> dict[str, dict[str, Any]]:
    """AutoGluon's name of a model -> its settings: local ones with the season, trees over lags. None fetches weights."""
    season = form.season
    local = {"seasonal_period": season, "n_jobs": 1 if form.count < TOGETHER else cores}
    trees: dict[str, Any] = {}
    if form.frequency is None or form.step != 1:
        own = {season * back + near for season in form.seasons for back in range(1, CYCLES + 1) for near in (-1, 0, 1)}
        trees = {"lags": sorted({*range(1, USUAL_LAGS + 1), *own} - {0}), "date_features": []}
    chosen: dict[str, dict[str, Any]] = {"SeasonalNaive": dict(local)}
    if ets_seconds(form, windows) < ETS_SHARE * seconds:
        chosen["AutoETS"] = dict(local)
    chosen["DynamicOptimizedTheta"] = dict(local)
    chosen["RecursiveTabular"] = {**trees, "differences": [season]}
    chosen["DirectTabular"] = dict(trees)
    return chosen


def ets_seconds(form: SeriesForm, windows: int) -> float:
    """What exponential smoothing takes on the reference machine, for all windows and one forecast more."""
    return cost("ets", form) * form.count * (windows + 1)


class Training:
    """One predictor without an ensemble of its own. names: its models. column: of its answers, the one that the metric wants.

    Raises LeftOut where AutoGluon can learn from no series, or has no time.
    """

    def __init__(self, job: FitJob, windows: Sequence[Window], seconds: float) -> None:
        from autogluon.timeseries import TimeSeriesPredictor

        from tools.runtime.forecast_autogluon import frame_of, frequency_of

        self.windows, self.form = windows, form_of(job)
        self.given = self.form.model_dump(mode="json")
        self.folder = job.folder.with_name(f"{job.folder.name}.training")
        self.discard()
        self.span = max(_longest(window) for window in windows)
        self.column = "mean" if job.metric.name in BY_MEAN else "0.5"
        self.predictor: Any = TimeSeriesPredictor(
            target="target",
            prediction_length=self.span,
            freq=frequency_of(self.given),
            eval_metric=METRICS.get(job.metric.name, "MASE"),
            eval_metric_seasonal_period=self.form.season,
            known_covariates_names=[f"k{place}" for place in range(len(self.form.known))],
            quantile_levels=list(LEVELS),
            path=str(self.folder),
            verbosity=0,
            log_to_file=False,
        )
        table = long_table(job.train)
        frame = frame_of(table, self.given)
        self.places = frame.index.to_frame(index=False).assign(series=table["series"], time=table["time"])
        try:
            self.predictor.fit(
                frame,
                time_limit=max(10, round(seconds)),
                hyperparameters=models_for(self.form, len(windows), seconds, job.cores),
                num_val_windows=len(windows),
                val_step_size=self.span,
                enable_ensemble=False,
                random_seed=job.seed,
            )
        except ValueError as error:
            raise LeftOut(f"AutoGluon cannot learn from these series: {error}") from error
        self.names: list[str] = self.predictor.model_names()
        if not self.names:
            raise LeftOut("AutoGluon trained no model in its time; give it more minutes")

    def trials(self) -> Trials:
        """What each model says of each window, trained before it; of series too short for AutoGluon, the last season."""
        import numpy as np
        import pandas as pd

        told: dict[str, list[Any]] = self.predictor.backtest_predictions(model=self.names)
        missing = len(self.windows) - len(told[self.names[0]])  # the earliest ones, where AutoGluon found the series too short
        parts = []
        for number, window in enumerate(self.windows):
            at = window.future[["series", "time"]].merge(self.places, on=["series", "time"], how="left")
            index = pd.MultiIndex.from_frame(at[["item_id", "timestamp"]])
            said = {name: np.full(len(at), np.nan) for name in self.names}
            if number >= missing:
                said = {name: told[name][number - missing][self.column].reindex(index).to_numpy(float) for name in self.names}
            parts.append(self._of_window(window, said))
        return stacked(parts)

    def _of_window(self, window: Window, said: dict[str, np.ndarray]) -> Trials:
        import numpy as np

        from tools.runtime.forecast_known import spans
        from tools.runtime.forecast_naive import repeated

        begins = {name: rows.start for name, rows in spans(window.future["series"].to_numpy())}

        def opinion(series: str, model: str, past: np.ndarray, horizon: int) -> np.ndarray:
            found = said[model][begins[series] : begins[series] + horizon]
            return np.where(np.isfinite(found), found, repeated(past, self.form.season, horizon))

        return trials_of([window], self.names, self.form.season, opinion)

    def keep(self, names: Sequence[str], folder: Path) -> None:
        """Write these models to a folder, without the rows that they were trained on; remove the training's files."""
        for name in KEPT:
            source = self.folder / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=lambda place, found: _unneeded(Path(place), found, names))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, folder / name)
        self.discard()

    def discard(self) -> None:
        """Remove the training's files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _longest(window: Window) -> int:
    """Steps of the window itself, the most of all series."""
    return int(window.future["series"][window.places >= 0].value_counts().max())


def _unneeded(place: Path, found: Sequence[str], names: Sequence[str]) -> set[str]:
    """Of a folder, what is not copied: other models, and old forecasts."""
    if place.name == "models":
        return {one for one in found if (place / one).is_dir() and one not in names}
    return {one for one in found if one == "utils"}


def libraries(names: Sequence[str]) -> list[str]:
    """Distributions that these models need beyond AutoGluon's own, sorted."""
    return sorted({library for part, needed in LIBRARIES.items() for library in needed if any(part in name for name in names)})
