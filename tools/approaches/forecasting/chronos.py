"""Chronos-Bolt as it is, from the local cache of models or fetched with an approved plan: nothing is trained."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import Any

from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, Situation
from tools.approaches.forecasting.spread import spread_of
from tools.approaches.forecasting.trials import Trials, answers_by_others, stacked, trials_of
from tools.approaches.forecasting.windows import Window, form_of, in_order, windows_expected, windows_of
from tools.approaches.forecasting.writing import write
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.machine import patient_threads
from tools.models import hub
from tools.models.catalogue import CATALOGUE
from tools.rates import slowness

MODEL = next(entry for entry in CATALOGUE if entry.use == "forecasting")
REQUIREMENTS = ["chronos-forecasting", "numpy", "pandas", "torch"]
FILES = ("config.json", MODEL.weights)
SERIES_PER_SECOND = 16.0  # of 2,048 values; measured on a random model of its size
START_SECONDS = 8.0  # to import torch and to open it
CONTEXT = 2_048  # values that it reads; see `tools/runtime/forecast_chronos.py`
STEPS = 64  # that it gives at once
FURTHER = 7.5  # times as long as the first take as many more, as it goes on from each of its quantiles


class ChronosBolt:
    """A hub model, used where it lies in the local cache, or where a download may be made and is approved with the plan."""

    name = "chronos-bolt"
    rung: Rung = "zero-shot"
    title = "Chronos-Bolt, a pre-trained forecaster"
    kinds: frozenset[TaskKind] = frozenset({"forecasting"})
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs the model and its library."""
        form = situation.series
        if form is None:
            return Infeasible("needs series, and none were found")
        if find_spec("chronos") is None:
            return Infeasible("needs the package chronos-forecasting; install it and plan again")
        present = hub.cached(MODEL) is not None
        if not present and situation.machine.offline:
            return Infeasible(
                f"needs {MODEL.where} ({MODEL.megabytes:.0f} MB), which is not in the local cache, "
                "and connections are forbidden"
            )
        forecasts = form.count * (windows_expected(form) + 1)
        blocks = 1 + FURTHER * ((form.horizon - 1) // STEPS)
        each = (min(form.median_length, CONTEXT) / CONTEXT + 0.2) * blocks / SERIES_PER_SECOND
        minutes = (START_SECONDS + forecasts * each) / 60 * slowness(situation.machine.rates)
        leaves = () if present else ("the Hugging Face hub: the request for the model, nothing of your data",)
        download = 0.0 if present else MODEL.megabytes
        reason = (
            f"knows many kinds of series beforehand and learns nothing here; {MODEL.megabytes:.0f} MB of weights, and torch"
        )
        estimate = Estimate(minutes=minutes, download_mb=download, memory_mb=1500)
        return Feasible(reason, estimate, worth=0.8, leaves_machine=leaves)

    def fit(self, job: FitJob) -> Fitted:
        """Copy the model, forecast the windows, learn how far it may be off."""
        from tools.runtime.forecast_chronos import FOLDER, open_pipeline

        patient_threads()
        windows, form = windows_of(job), form_of(job)
        job.progress(0.02, "opening the pre-trained model")
        source, target = hub.fetched(MODEL), job.folder / FOLDER
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(source / name, target / name)
        pipeline, staged = open_pipeline(target), []
        for number, window in enumerate(windows):
            job.progress(0.1 + 0.85 * number / len(windows), f"forecasting window {number + 1} of {len(windows)}")
            staged.append(_of_window(pipeline, window, form.season))
        trials = stacked(staged)
        points = trials.opinions[0]
        write(job, "forecast-chronos", REQUIREMENTS, spread=spread_of(trials, points, form.season))
        job.progress(1.0, "done")
        return Fitted(in_order(job, windows, answers_by_others(trials, points, form.season)), {"model": MODEL.where})


def _of_window(pipeline: Any, window: Window, season: int) -> Trials:
    """What the model says of the window."""
    from tools.runtime.forecast_chronos import medians
    from tools.runtime.forecast_known import known_values, spans

    known = known_values(window.history, season)
    wanted = [(name, rows.stop - rows.start) for name, rows in spans(window.future["series"].to_numpy())]
    told = medians(pipeline, [known[name] for name, _ in wanted], [steps for _, steps in wanted])
    said = {name: points for (name, _), points in zip(wanted, told, strict=True)}
    return trials_of([window], [MODEL.name], season, lambda name, *_: said[name])
