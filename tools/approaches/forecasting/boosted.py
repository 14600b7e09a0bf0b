"""Boosted trees over lags: one model for all series, which sees the calendar and what is known in advance, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.trials import Trials, answers_by_others, crossed, stacked
from tools.approaches.forecasting.views import view_of
from tools.approaches.forecasting.windows import Window, form_of, in_order, long_table, windows_expected, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.data import SeriesForm
from tools.core.errors import DataError
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import measured_rates, slowness
from tools.runtime.forecast_learning import LEAST_ROWS, LagRows, View, boosted, lag_rows
from tools.runtime.forecast_trees import file_of, looks_ahead

if TYPE_CHECKING:
    import numpy as np

REQUIREMENTS = ["lightgbm", "numpy", "pandas"]
ROUNDS = (50, 100, 200, 400, 800)  # numbers of trees that are compared in the windows
MOST_ROWS = 150_000  # measured on m4_hourly: 60,000 rows already give the same error
LEAST_POINTS = 24
FEW_SERIES, FEW_SEASONS = 3, 60  # up to so many series of so many seasons together, few windows tell which trees are better
# For these, the mean of trees that see all lags and of others that see few: on 36 series of m3_monthly, each alone, and on 9
# stretches of three longer ones it left 3 and 4 % less error than the number of trees and lags that did best in the windows.
FEW_ROUNDS = (100,)
PLAIN_WINDOW = 8  # points that count as a season where nothing repeats
ANEW_SECONDS = 1.0  # of one core, up to which a prototype learns anew from newer values at every forecast
GROWTH = 3  # times as many values as now it learns from so; a history that is longer still would keep people waiting
ROWS_PER_SECOND = 28_000  # of 800 trees on two cores of the reference machine, features included, where a season is long
SHORT_SEASON, QUICKER = 12, 2.5  # up to so many steps the lags are few: so many times the rows


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
        passes = (windows_expected(form) + 1) * (0.5 if _few_tell(form) else 1)
        seconds = (1 + passes * (rows / _pace(form) + form.count * form.horizon / 20_000)) * slowness(situation.machine.rates)
        rich = bool(form.known) or situation.train_rows > 5_000
        reason = "learns from all series at once" if form.count > 1 else "learns from every moment of the past"
        reason += ", and from what is known in advance" if form.known else ", and from the calendar"
        memory = 450 + rows * 60 * 8 * 3 / 2**20 + situation.train_rows * 8 * 10 / 2**20
        return Feasible(reason, Estimate(minutes=seconds / 60, memory_mb=memory), worth=0.85 if rich else 0.7)

    def fit(self, job: FitJob) -> Fitted:
        """Train before each window and forecast it; train on everything, with as many trees as did best."""
        patient_threads()
        windows, form = windows_of(job), form_of(job)
        everything = long_table(job.train)
        views, tried = views_for(form, view_of(everything, form)), rounds_for(form)
        staged = [self._window(job, window, views, tried, number, len(windows)) for number, window in enumerate(windows)]
        trials = stacked(staged)
        points, best = _chosen(trials)
        rounds, spread = tried[best], spread_of(trials, points, form.season)
        job.progress(0.85, "learning from everything")
        rows = [lag_rows(everything, form.seasons, form.horizon, view, _most(job), job.seed) for view in views]
        if min(len(one.target) for one in rows) < LEAST_ROWS:
            raise DataError(expected="series with some history", found="none", remedy="Give longer series.")
        job.folder.mkdir(parents=True, exist_ok=True)
        for view, one in zip(views, rows, strict=True):
            boosted(one, rounds, job.cores, job.seed).save_model(str(job.folder / file_of(view.few)))
        view = views[0]
        ahead = [column["name"] for column in view.covariates if column["ahead"]]
        seen: dict[str, Any] = {"calendar": view.calendar, "covariates": view.covariates, "few": [one.few for one in views]}
        write(job, "forecast-trees", REQUIREMENTS, ahead, **seen, **_recipe(rows, rounds, job), spread=spread)
        job.progress(1.0, "done")
        told: dict[str, Any] = {"trees": rounds * len(views), "rows": len(rows[0].target), "calendar": view.calendar}
        told["covariates"] = [column["name"] for column in view.covariates]
        return Fitted(in_order(job, windows, answers_by_others(trials, points, form.season)), told)

    def _window(self, job: FitJob, window: Window, views: Sequence[View], tried: Sequence[int], number: int, of: int) -> Trials:
        """The window's forecasts, one "member" for each number of trees."""
        import numpy as np

        from tools.approaches.forecasting.trials import trials_of
        from tools.runtime.forecast_known import spans

        job.progress(0.05 + 0.8 * number / of, f"window {number + 1} of {of}")
        said = np.mean([_said(job, window, view, tried) for view in views], axis=0)
        begins = {name: rows.start for name, rows in spans(window.future["series"].to_numpy())}
        return trials_of(
            [window],
            [str(place) for place in range(len(tried))],
            form_of(job).season,
            lambda name, member, _, horizon: said[int(member), begins[name] : begins[name] + horizon],
        )


def views_for(form: SeriesForm, view: View) -> list[View]:
    """What trees see: one view, or for few short series another with few lags beside it."""
    return [view, replace(view, few=True)] if _few_tell(form) else [view]


def rounds_for(form: SeriesForm) -> tuple[int, ...]:
    """The numbers of trees that are compared in the windows."""
    return FEW_ROUNDS if _few_tell(form) else ROUNDS


def _few_tell(form: SeriesForm) -> bool:
    """Whether the series hold so few seasons that a choice by their windows is mostly luck."""
    points = form.count * form.median_length
    return form.count <= FEW_SERIES and points <= FEW_SEASONS * max(form.season, PLAIN_WINDOW)


def _said(job: FitJob, window: Window, view: View, rounds: Sequence[int]) -> np.ndarray:
    """Float [rounds, rows of the window]: what so many trees say, trained on what comes before it."""
    import numpy as np

    from tools.runtime.forecast_known import known_values

    form = form_of(job)
    rows = lag_rows(window.history, form.seasons, form.horizon, view, _most(job), job.seed)
    known = known_values(window.history, form.season)
    seen, where = looks_ahead(known, window.history, window.future, form.seasons, view.calendar, view.covariates, view.few)
    said = np.full((len(rounds), len(window.future)), np.nan)
    if not len(where):
        return said
    said[:, where] = seen.base
    if len(rows.target) >= LEAST_ROWS:
        booster = boosted(rows, max(rounds), job.cores, job.seed)
        for place, number in enumerate(rounds):
            said[place, where] += seen.unit * booster.predict(seen.features, num_iteration=number, num_threads=job.cores)
    return said


def _pace(form: SeriesForm) -> float:
    """Rows a second on the reference machine, features included."""
    return ROWS_PER_SECOND * (QUICKER if max(form.seasons, default=1) <= SHORT_SEASON else 1.0)


def _most(job: FitJob) -> int:
    """How many rows the minutes carry: all fits together take about half of them."""
    fits = len(job.windows or []) + 1
    return int(max(5_000, min(MOST_ROWS, job.minutes * 60 * 0.5 / fits * _pace(form_of(job)) / slowness(measured_rates()))))


def _recipe(rows: Sequence[LagRows], rounds: int, job: FitJob) -> dict[str, Any]:
    """How the trees are learnt, as in the manifest, and up to how many values a prototype does so at every forecast."""
    seconds, points = job.cores * sum(len(one.target) for one in rows) / ROWS_PER_SECOND * rounds / max(ROUNDS), rows[0].points
    recipe = {"points": points, "rounds": rounds, "most": _most(job), "seed": job.seed}
    return {"recipe": recipe, "anew": GROWTH * points if seconds <= ANEW_SECONDS else 0}


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
        return min(1, len(trials.opinions) - 1)
    errors = np.abs(trials.opinions - trials.target)[:, known] / trials.scale[known]
    return int(errors.mean(axis=1).argmin())
