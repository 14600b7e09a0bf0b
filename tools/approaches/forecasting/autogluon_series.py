"""AutoGluon TimeSeries over statistical and tabular models, weighed by the rolling windows."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, LeftOut, Predictions, Situation
from tools.approaches.forecasting.autogluon_training import ETS_SHARE, TOGETHER, Training, ets_seconds, libraries
from tools.approaches.forecasting.members import cost
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.trials import answers_by_others
from tools.approaches.forecasting.weighing import weighed
from tools.approaches.forecasting.windows import form_of, in_order, windows_expected, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.data import SeriesForm
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.rates import slowness

TIME_SHARE = 0.7  # of the minutes that AutoGluon may train; opening, weighing and writing take the rest
TORCH_MB = 900  # what a prototype of it carries for nothing: AutoGluon imports torch, whatever its models are
START_SECONDS = 4.5  # to import and to save; measured like the rest on us_retail_sales, m3_monthly and m4_hourly
MODEL_SECONDS = 0.3  # of a tabular model, whatever it learns from
ROWS_PER_SECOND = 40_000  # that it learns from, features included
SERIES_PER_SECOND = 100.0  # that it forecasts
MOST_ROWS = 1_000_000  # that AutoGluon draws for it
GAIN = 0.99  # of the error of the best finished candidate: above, it is not worth what its prototype carries
AS_GOOD = (
    "not worth its size: scaled error {own:.3f} on the validation windows, {title} has {best:.3f}, and its prototype would "
    "carry torch (about {size:,} MB)"
)


class AutoGluonSeries:
    """AutoGluon's local and tabular models, each trained before every window; the weights are Fasttrack's own."""

    name = "autogluon-series"
    rung: Rung = "automl"
    title = "AutoML (AutoGluon TimeSeries)"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs a series of two horizons and some more. Its prototype carries torch, so the others are heard first."""
        form = situation.series
        least = 2 * form.horizon + 6 if form else 0
        if form is None or form.longest < least:
            return Infeasible(f"needs a series of at least {least:,} points")
        if find_spec("autogluon.timeseries") is None:
            return Infeasible("needs the package autogluon.timeseries; install it and plan again")
        budget = situation.minutes * 60 * TIME_SHARE
        seconds = min(_seconds(form, situation.train_rows, budget), budget) * slowness(situation.machine.rates)
        memory = 1400 + min(MOST_ROWS, situation.train_rows) * 60 * 8 * 2 / 2**20
        reason = f"its statistical and tree models, weighed; a prototype of about {TORCH_MB:,} MB, kept only where it is ahead"
        return Feasible(reason, Estimate(minutes=seconds / 60, memory_mb=memory), worth=0.6, least_minutes=1.0)

    def fit(self, job: FitJob) -> Fitted:
        """Train, hear what each model said of each window, weigh the models, keep those that count.

        Raises LeftOut where a finished candidate, which needs no torch, is as good.
        """
        patient_threads()
        windows, form = windows_of(job), form_of(job)
        job.progress(0.05, "training AutoGluon's models")
        training = Training(job, windows, job.minutes * 60 * TIME_SHARE)
        job.progress(0.8, "weighing them")
        trials = training.trials()
        weights, points = weighed(trials)
        found = in_order(job, windows, answers_by_others(trials, points, form.season))
        try:
            refuse_where_others_are_as_good(job, found)
        except LeftOut:
            training.discard()
            raise
        members = weights.listed(training.names)
        weights.write_own(job.folder, trials.names)
        names = [str(member["name"]) for member in members]
        training.keep(names, job.folder / "autogluon")
        told: dict[str, Any] = {"members": members, "combine": weights.combine, "column": training.column}
        spread = spread_of(trials, points, form.season)
        requirements = ["autogluon.timeseries", "numpy", "pandas", *libraries(names)]
        write(job, "forecast-autogluon", requirements, form.known, spread=spread, **told)
        job.progress(1.0, "done")
        named = {member["name"]: member["weight"] for member in members}
        return Fitted(found, {"members": named, "combine": weights.combine, "tried": training.names})


def refuse_where_others_are_as_good(job: FitJob, mine: Predictions) -> None:
    """Raises LeftOut where a finished candidate forecasts the windows as well: it needs no torch."""
    import numpy as np

    target = job.validation.target.to_numpy(dtype=float)
    for other in job.members()[:1]:  # the best comes first
        context, theirs = other.validation.context, other.validation.values
        if context is None or theirs is None or mine.values is None:
            return
        there = np.isfinite(target) & (context.scale > 0)
        own, best = (float(np.mean(np.abs(values - target)[there] / context.scale[there])) for values in (mine.values, theirs))
        if own > GAIN * best:
            raise LeftOut(AS_GOOD.format(own=own, title=other.title, best=best, size=TORCH_MB))


def _seconds(form: SeriesForm, rows: int, budget: float) -> float:
    """On the reference machine, for all windows and one forecast more."""
    passes = windows_expected(form)
    trees = 2 * passes * (min(rows, MOST_ROWS) / ROWS_PER_SECOND + form.count / SERIES_PER_SECOND + MODEL_SECONDS)
    ets, theta = ets_seconds(form, passes), cost("theta", form) * form.count * (passes + 1)
    local = theta + (ets if ets < ETS_SHARE * budget else 0.0)
    return START_SECONDS + trees + local / (1 if form.count < TOGETHER else 2)
