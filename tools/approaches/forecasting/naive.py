"""The trivial forecasts: the last value, and the last season again. What does not beat them is not worth building."""

from __future__ import annotations

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.trials import answers_by_others, trials_of
from tools.approaches.forecasting.windows import form_of, in_order, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind

POINTS_PER_SECOND = 400_000  # measured, with the reading of the windows


class LastValue:
    """Every step is the last known value."""

    name = "last-value"
    rung: Rung = "baseline"
    title = "always the last value"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = True

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Always possible."""
        return Feasible("the bar that everything must clear", _estimate(situation), worth=1.0)

    def fit(self, job: FitJob) -> Fitted:
        """Nothing is learnt but how far it was off in the windows."""
        return _fit(job, 1)


class SeasonalNaive:
    """Every step is the value one season earlier."""

    name = "seasonal-naive"
    rung: Rung = "baseline"
    title = "the last season again"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = True

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a season."""
        form = situation.series
        if form is None or form.season < 2:
            return Infeasible("needs a season, and none was found in the series")
        return Feasible(f"what repeats every {form.season} steps, again", _estimate(situation), worth=1.0)

    def fit(self, job: FitJob) -> Fitted:
        """Nothing is learnt but how far it was off in the windows."""
        return _fit(job, form_of(job).season)


def _estimate(situation: Situation) -> Estimate:
    return Estimate(minutes=0.03 + situation.train_rows / POINTS_PER_SECOND / 60, memory_mb=300 + situation.train_rows / 5_000)


def _fit(job: FitJob, season: int) -> Fitted:
    from tools.runtime.forecast_naive import repeated

    windows, judged_by = windows_of(job), form_of(job).season
    trials = trials_of(windows, ["naive"], judged_by, lambda _, __, known, horizon: repeated(known, season, horizon))
    points = trials.opinions[0]
    parts = answers_by_others(trials, points, judged_by)
    write(job, "forecast-naive", ["numpy", "pandas"], season=season, spread=spread_of(trials, points, judged_by))
    job.progress(1.0, "done")
    return Fitted(in_order(job, windows, parts), {"repeats": f"the last {season} steps" if season > 1 else "the last value"})
