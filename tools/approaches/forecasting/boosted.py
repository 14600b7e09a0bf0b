"""Boosted trees over lags: one model for all series, which sees the calendar and what is known in advance, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.forecasting.lag_rows import LagRows, View, lag_rows, view_of
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.statistical import windows_expected
from tools.approaches.forecasting.trials import Trials, answers_by_others, crossed, stacked
from tools.approaches.forecasting.windows import Window, form_of, in_order, long_table, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.data import SeriesForm
from tools.core.errors import DataError
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

REQUIREMENTS = ["lightgbm", "numpy", "pandas"]
ROUNDS = (50, 100, 200, 400, 800)  # numbers of trees that are compared in the windows
MOST_ROWS = 150_000  # measured on m4_hourly: 60,000 rows already give the same error
LEAST_POINTS = 24
FEW_POINTS = 3_000  # below, small trees
LEAF_MOMENTS = 7  # a leaf holds so many values at least, times the moments from which each is seen
FEW_SERIES, FEW_SEASONS = 3, 60  # up to so many series of so many seasons together, few lags may do better
PLAIN_WINDOW = 8  # points that count as a season where nothing repeats
ROWS_PER_SECOND = 12_000  # of 800 trees on two cores of the reference machine, features included


Setting = tuple[View, int]  # what trees see, and how many of them there are


class BoostedLags:
    """LightGBM on absolute errors, for all steps of the horizon at once, each seen from many moments of the past."""

    name = "boosted-lags"
    rung: Rung = "baseline"
    title = "Boosted trees over lags"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs some history. Shines with many series, long ones, or columns that are known in advance."""
        form = situation.series
        if form is None or form.longest < max(LEAST_POINTS, form.horizon + 4):
            return Infeasible(f"needs at least {max(LEAST_POINTS, form.horizon + 4 if form else 0)} points of a series")
        rows = min(MOST_ROWS, situation.train_rows * min(form.horizon, 24))
        passes = (windows_expected(form.median_length, form.horizon) + 1) * (1.5 if _few_may_do(form) else 1)
        seconds = 3 + passes * (rows / ROWS_PER_SECOND + form.count * form.horizon / 20_000) * slowness(situation.machine.rates)
        rich = bool(form.known) or situation.train_rows > 5_000
        reason = "learns from all series at once" if form.count > 1 else "learns from every moment of the past"
        reason += ", and from what is known in advance" if form.known else ", and from the calendar"
        memory = 450 + rows * 60 * 8 * 3 / 2**20 + situation.train_rows * 8 * 10 / 2**20
        return Feasible(reason, Estimate(minutes=seconds / 60, memory_mb=memory), worth=0.85 if rich else 0.7)

    def fit(self, job: FitJob) -> Fitted:
        """Train before each window and forecast it; train on everything with the settings that did best."""
        patient_threads()
        windows, form = windows_of(job), form_of(job)
        everything = long_table(job.train)
        view = view_of(everything, form)
        settings = settings_for(form, view)
        staged = [self._window(job, window, settings, number, len(windows)) for number, window in enumerate(windows)]
        trials = stacked(staged)
        points, best = _chosen(trials)
        (view, rounds), spread = settings[best], spread_of(trials, points, form.season)
        job.progress(0.85, "learning from everything")
        rows = lag_rows(everything, form, view, _most(job), job.seed)
        if len(rows.target) < 2:
            raise DataError(expected="series with some history", found="none", remedy="Give longer series.")
        booster = _boost(rows, rounds, job)
        job.folder.mkdir(parents=True, exist_ok=True)
        from tools.runtime.forecast_trees import FILE

        booster.save_model(str(job.folder / FILE))
        ahead = [column["name"] for column in view.covariates if column["ahead"]]
        seen: dict[str, Any] = {"calendar": view.calendar, "covariates": view.covariates, "few": view.few}
        write(job, "forecast-trees", REQUIREMENTS, ahead, **seen, spread=spread)
        job.progress(1.0, "done")
        told = {"trees": rounds, "rows": len(rows.target), "few_lags": view.few, "calendar": view.calendar}
        told["covariates"] = [column["name"] for column in view.covariates]
        return Fitted(in_order(job, windows, answers_by_others(trials, points, form.season)), told)

    def _window(self, job: FitJob, window: Window, settings: Sequence[Setting], number: int, of: int) -> Trials:
        """The window's forecasts, one "member" for each setting."""
        import numpy as np

        from tools.approaches.forecasting.trials import trials_of
        from tools.runtime.forecast_known import spans

        job.progress(0.05 + 0.8 * number / of, f"window {number + 1} of {of}")
        said = np.full((len(settings), len(window.future)), np.nan)
        for few in sorted({view.few for view, _ in settings}):
            places = [place for place, (view, _) in enumerate(settings) if view.few == few]
            said[places] = _said(job, window, settings[places[0]][0], [settings[place][1] for place in places])
        begins = {name: rows.start for name, rows in spans(window.future["series"].to_numpy())}
        return trials_of(
            [window],
            [str(place) for place in range(len(settings))],
            form_of(job).season,
            lambda name, member, _, horizon: said[int(member), begins[name] : begins[name] + horizon],
        )


def settings_for(form: SeriesForm, view: View) -> list[Setting]:
    """What is compared in the windows: numbers of trees, and for few short series also few lags."""
    views = [view]
    if _few_may_do(form):
        views.append(replace(view, few=True))
    return [(one, rounds) for one in views for rounds in ROUNDS]


def _few_may_do(form: SeriesForm) -> bool:
    """Whether the series hold so few seasons that few lags may do better."""
    points = form.count * form.median_length
    return form.count <= FEW_SERIES and points <= FEW_SEASONS * max(form.season, PLAIN_WINDOW)


def _said(job: FitJob, window: Window, view: View, rounds: Sequence[int]) -> np.ndarray:
    """Float [rounds, rows of the window]: what so many trees say, trained on what comes before it."""
    import numpy as np

    from tools.runtime.forecast_known import known_values
    from tools.runtime.forecast_trees import looks_ahead

    form = form_of(job)
    rows = lag_rows(window.history, form, view, _most(job), job.seed)
    known = known_values(window.history, form.season)
    seen, where = looks_ahead(known, window.history, window.future, form.seasons, view.calendar, view.covariates, view.few)
    said = np.full((len(rounds), len(window.future)), np.nan)
    if not len(where):
        return said
    said[:, where] = seen.base
    if len(rows.target) >= 2:
        booster = _boost(rows, max(rounds), job)
        for place, number in enumerate(rounds):
            said[place, where] += seen.unit * booster.predict(seen.features, num_iteration=number, num_threads=job.cores)
    return said


def _most(job: FitJob) -> int:
    """How many rows the minutes carry: all fits together take about half of them."""
    fits = len(job.windows or []) + 1
    return int(max(5_000, min(MOST_ROWS, job.minutes * 60 * 0.5 / fits * ROWS_PER_SECOND)))


def _boost(rows: LagRows, rounds: int, job: FitJob) -> Any:
    import lightgbm

    seen_from = len(rows.target) / max(1, rows.points)  # moments from which a value is seen: such rows hang together
    least = round(max(20, LEAF_MOMENTS * seen_from))
    settings = {
        "objective": "regression_l1",  # what MASE counts; on m4_hourly and m3_monthly ahead of Huber's and squared errors
        "learning_rate": 0.05,
        "num_leaves": 8 if rows.points < FEW_POINTS else 31,
        "min_data_in_leaf": max(1, min(least, len(rows.target) // 10)),
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "num_threads": job.cores,
        "seed": job.seed,
        "deterministic": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows.features, rows.target), num_boost_round=rounds)


def _chosen(trials: Trials) -> tuple[np.ndarray, int]:
    """Each row's forecast by the setting that did best elsewhere, and the place of the one that did best on all."""
    import numpy as np

    points = np.empty(len(trials.target))
    for learn, judge in crossed(trials):
        points[judge] = trials.opinions[_best(trials.take(learn)), judge]
    return points, _best(trials)


def _best(trials: Trials) -> int:
    import numpy as np

    known = trials.choosing()
    if not known.any():
        return 1
    errors = np.abs(trials.opinions - trials.target)[:, known] / trials.scale[known]
    return int(errors.mean(axis=1).argmin())
