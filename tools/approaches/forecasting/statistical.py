"""Statistical forecasts of each series, weighed by the rolling windows: exponential smoothing, theta, loess, ARIMA, naive."""

from __future__ import annotations

import time
from typing import Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.forecasting.members import affordable, cost, members_for
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.trials import Trials, answers_by_others, trials_of
from tools.approaches.forecasting.weighing import Weights, weighed
from tools.approaches.forecasting.windows import Window, form_of, in_order, windows_expected, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import slowness

REQUIREMENTS = ["numpy", "pandas", "statsforecast", "statsmodels"]
PLANNED_SHARE = 0.4  # of the run's minutes: others want theirs
TIME_SHARE = 0.85  # of the candidate's minutes, without its start, that forecasts may take: a busy machine takes the rest
MOST_SECONDS = 150.0  # of forecasting all windows: more members than fit in it hardly ever paid
START_SECONDS = 3.0  # to import what fits the models
SAMPLE = 24  # series whose first forecasts show what each member costs here


class StatisticalEnsemble:
    """The weighted mean of the statistical forecasts that did best in the windows, fitted anew to each history."""

    name = "statistical-ensemble"
    rung: Rung = "baseline"
    title = "Statistical models, combined"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Always possible. Many series get fewer and cheaper members."""
        form = situation.series
        if form is None:
            return Infeasible("needs series, and none were found")
        slow = slowness(situation.machine.rates)
        names = members_for(form)
        passes = windows_expected(form) + 1
        budget = min(MOST_SECONDS, situation.minutes * 60 * PLANNED_SHARE)
        costs = {name: cost(name, form) * slow * form.count * passes for name in names}
        chosen = affordable(costs, budget)
        seconds = START_SECONDS * slow + sum(costs[name] for name in chosen)
        few = "the usual winner where series are few or short" if form.count < 20 else "strong for any number of series"
        reason = f"{few}: {len(chosen)} models, weighed by how they did in earlier windows"
        memory = 500 + situation.train_rows * form.horizon / max(1, form.median_length) * len(chosen) * 8 * 4 / 2**20
        return Feasible(reason, Estimate(minutes=seconds / 60, memory_mb=memory), worth=0.85)

    def fit(self, job: FitJob) -> Fitted:
        """Forecast the windows by each member that the minutes carry, weigh them, keep those that count."""
        patient_threads()
        windows, form = windows_of(job), form_of(job)
        names = _within_budget(job, windows)
        trials = _tried(job, windows, names)
        weights, points = weighed(trials)
        chosen = weights.listed(names)
        weights.write_own(job.folder, trials.names)
        spread = spread_of(trials, points, form.season)
        write(job, "forecast-statistical", REQUIREMENTS, members=chosen, combine=weights.combine, spread=spread)
        job.progress(1.0, "done")
        return Fitted(in_order(job, windows, answers_by_others(trials, points, form.season)), _settings(names, chosen, weights))


def _within_budget(job: FitJob, windows: list[Window]) -> list[str]:
    """The members that can forecast all windows in time, by what they take on some series of the last window.

    Processor time is measured, so that what else runs on the machine costs no member more than the minutes demand.
    """
    from tools.runtime.forecast_known import known_values, spans
    from tools.runtime.forecast_members import forecast

    form = form_of(job)
    names = members_for(form)
    seconds = max(0.0, job.minutes * 60 - START_SECONDS) * TIME_SHARE
    forecasts = sum(window.future["series"].nunique() for window in windows) + form.count
    if not windows or forecasts <= SAMPLE:
        return names
    known = known_values(windows[-1].history, form.season)
    series = [(name, rows.stop - rows.start) for name, rows in spans(windows[-1].future["series"].to_numpy()) if name in known]
    sample = series[:: max(1, len(series) // SAMPLE)][:SAMPLE]
    began, costs = time.monotonic(), {}
    processor = time.process_time()
    for number, name in enumerate(names):
        job.progress(0.02 + 0.08 * number / len(names), f"timing {name}")
        forecast(name, known[sample[0][0]], form.seasons, sample[0][1])  # the first call imports
        started, done = time.process_time(), 0
        for one, horizon in sample:
            forecast(name, known[one], form.seasons, horizon)
            done += 1
            if time.process_time() - started > seconds / 10 / len(names):
                break
        costs[name] = (time.process_time() - started) / done * forecasts
    waited = time.monotonic() - began
    share = min(1.0, (time.process_time() - processor) / max(waited, 1e-9))  # of a core that this process gets
    return affordable(costs, min(MOST_SECONDS, max(seconds - waited, seconds / 4) * share))


def _tried(job: FitJob, windows: list[Window], names: list[str]) -> Trials:
    from tools.runtime.forecast_members import forecast

    form = form_of(job)
    return trials_of(
        windows,
        names,
        form.season,
        lambda _, name, known, horizon: forecast(name, known, form.seasons, horizon),
        lambda done: job.progress(0.1 + 0.85 * done, "forecasting earlier windows"),
    )


def _settings(names: list[str], chosen: list[dict[str, Any]], weights: Weights) -> dict[str, Any]:
    members = {member["name"]: member["weight"] for member in chosen}
    return {"members": members, "combine": weights.combine, "weights_of_their_own": len(weights.own), "tried": names}
