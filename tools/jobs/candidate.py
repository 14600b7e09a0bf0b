"""One candidate in a process of its own: rows in, model folder, predictions and result out. `result.json` is written last.

Run by the worker as `python -P -m tools.jobs.candidate RUN NAME --minutes M --dollars D --pipe FD --worker PID`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import offline, quiet
from tools.approaches.base import LeftOut
from tools.core.data import DataProfile
from tools.core.evaluation import CandidateResult, Evaluation
from tools.core.plan import Candidate
from tools.jobs.reasons import reason_of
from tools.jobs.run import Run, write_atomically
from tools.jobs.spending import Ledger, spent
from tools.jobs.tether import Tether, tie

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.base import Fitted, Predictions, Rows
    from tools.jobs.material import Material
    from tools.jobs.predictions import Part, Predicted
    from tools.runtime.model import Model

NOT_MEASURED = "not measured: no labelled rows"
NOT_TESTED = "not measured on test rows: the test rows have no labels"
SINGLE_ROWS = 20  # asked one by one, to time an answer as a server would give it
STARTED = time.monotonic()


def build(run: Run, candidate: Candidate, minutes: float, dollars: float, tether: Tether) -> CandidateResult:
    """Fit, load what was written as a prototype would, score the test rows once, write the predictions and the result.

    minutes, dollars: what this attempt may use; dollars are spent by asking a language model only.
    """
    from tools.jobs.material import material

    folder = run.candidate(candidate.name)
    given, ledger = material(run), Ledger(run.folder, candidate.name)
    tether.say("fitting")
    began = time.monotonic()
    try:
        fitted = _fit(run, candidate, given, minutes, dollars, ledger, tether)
    except LeftOut as left_out:
        return _left_out(run, candidate, str(left_out), time.monotonic() - began, tether)
    fit_seconds = time.monotonic() - began
    tether.say("scoring")
    began = time.monotonic()
    ledger.settle(fitted.usage.dollars if fitted.usage else 0.0)
    scored = _score(run, folder, given, fitted, dollars - ledger.base, ledger)
    score_seconds = time.monotonic() - began
    result = CandidateResult(
        name=candidate.name,
        approach=candidate.approach,
        title=candidate.title,
        status="done",
        fit_seconds=round(fit_seconds, 3),
        score_seconds=round(score_seconds, 3),
        size_mb=round(_megabytes(folder / "model"), 3),
        dollars=round(spent(run.folder, candidate.name), 6),
        estimate=candidate.estimate,
        settings=json.loads(json.dumps(fitted.settings | scored.pop("settings"), default=str)),
        **scored,
    )
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    write_atomically(folder / "result.json", result)
    tether.say("finished")
    return result


def _left_out(run: Run, candidate: Candidate, reason: str, seconds: float, tether: Tether) -> CandidateResult:
    """The row of a candidate that gave up, with its reason. Nothing of it is kept but its log."""
    folder = run.candidate(candidate.name)
    result = CandidateResult(
        name=candidate.name,
        approach=candidate.approach,
        title=candidate.title,
        status="skipped",
        fit_seconds=round(seconds, 3),
        dollars=round(spent(run.folder, candidate.name), 6),
        estimate=candidate.estimate,
        reason=reason,
    )
    for part in ("model", "model.training", "scratch"):
        shutil.rmtree(folder / part, ignore_errors=True)
    write_atomically(folder / "result.json", result)
    tether.say("finished")
    return result


def _fit(
    run: Run, candidate: Candidate, given: Material, minutes: float, dollars: float, ledger: Ledger, tether: Tether
) -> Fitted:
    from tools.approaches import approach_named
    from tools.approaches.base import FitJob
    from tools.data.loading import schema
    from tools.jobs import rivals
    from tools.jobs.material import column_roles
    from tools.machine import patient_threads, usable_cores

    patient_threads()
    profile, training = run.profile, run.plan.attachments.get("train")
    job = FitJob(
        task=run.plan.task,
        metric=run.plan.metric,
        train=given.train,
        validation=given.validation,
        folds=given.folds,
        folder=run.candidate(candidate.name) / "model",
        minutes=minutes,
        progress=tether.progress,
        cores=usable_cores(),
        column_roles=column_roles(run.plan, profile) if profile else {},
        column_formats={column["name"]: column for column in schema(training)} if training else {},
        language_model=run.plan.language_model,
        dollars=dollars,
        paid=spent(run.folder, candidate.name),
        test_rows=len(given.test),
        spending=ledger.note,
        series=given.series,
        windows=given.windows,
        standing=rivals.standing(run, candidate),
        members=partial(rivals.members, run, candidate, given.validation),
    )
    return approach_named(candidate.name).fit(job)


def _score(run: Run, folder: Path, given: Material, fitted: Fitted, dollars: float, ledger: Ledger) -> dict[str, Any]:
    """Evaluations of both parts, the predictions file and the times of an answer, as fields of the result."""
    from tools.data.plain_rows import records
    from tools.jobs import asked, predictions
    from tools.runtime import load

    if given.series is not None:
        from tools.jobs.forecasts import score

        return score(run, folder, given, fitted)
    model = load(folder / "model")
    asks = asked.opened(model, run.plan.language_model, dollars, ledger)
    parts: dict[Part, Predicted] = {}
    evaluations: dict[str, Evaluation | None] = {"validation": None, "test": None}
    if fitted.validation is not None and len(given.validation):
        parts["validation"] = _predicted(model, given.validation, fitted.validation)
        evaluations["validation"] = _evaluation(run, given.validation, fitted.validation)
    single = _milliseconds_of_one(model, given, run)  # before the test rows: it also warms the model up
    per_row, unanswered = None, None
    if len(given.test):
        rows = records(given.test.inputs)
        began = time.perf_counter()
        found = _raw(model, rows)
        per_row = (time.perf_counter() - began) * 1000 / len(rows)
        if asks is not None:
            unanswered, per_row = asks.check(len(rows)), asks.row_ms(per_row)
        parts["test"] = _predicted(model, given.test, found)
        evaluations["test"] = _evaluation(run, given.test, found) if given.judged else None
    predictions.write(folder, model.labels, parts)
    return {
        **evaluations,
        "predict_ms_per_row": round(per_row if per_row is not None else single, 4),
        "reason": unanswered if evaluations["test"] else NOT_TESTED if evaluations["validation"] else NOT_MEASURED,
        "settings": {"predict_ms_single": round(single, 4), **(asks.told(fitted.usage) if asks else {})},
    }


def _evaluation(run: Run, rows: Rows, found: Predictions) -> Evaluation | None:
    from tools.scoring import evaluate

    if not rows.target.notna().any():
        return None
    return evaluate(run.plan.task, run.plan.metric, list(rows.target), found)


def _raw(model: Model, rows: list[dict[str, Any]]) -> Predictions:
    """The model's own answers, unrounded. low and high as the prototype gives them."""
    import numpy as np

    from tools.approaches.base import Predictions
    from tools.approaches.thresholds import chosen, leant
    from tools.runtime import label_sets
    from tools.runtime.table_answers import bounds

    raw = np.asarray(model.raw(rows), dtype=float)
    if not np.isfinite(raw).all():
        raise ValueError(
            f"Expected finite predictions. Found {int((~np.isfinite(raw)).sum())} that are not. Mend the approach."
        )
    if model.several:
        return Predictions(probabilities=raw, chosen=label_sets.chosen(raw, model.manifest))
    if model.labels:
        threshold, leaning = model.manifest.get("threshold"), model.manifest.get("leaning")
        return Predictions(probabilities=raw, choice=leant(raw, leaning) if threshold is None else chosen(raw, threshold))
    interval = model.manifest.get("interval")
    if not interval:
        return Predictions(values=raw)
    low, high = bounds(raw, interval)
    return Predictions(values=raw, low=low, high=high)


def _predicted(model: Model, rows: Rows, found: Predictions) -> Predicted:
    from tools.jobs.predictions import Predicted

    return Predicted([int(row) for row in rows.inputs.index], list(rows.target), _answers(model, found), found)


def _answers(model: Model, found: Predictions) -> list[Any]:
    """The label, the written label set or the number that a person would be told, as `Model.predict` decides it."""
    from tools.runtime import label_sets

    if found.probabilities is None:
        return [] if found.values is None else found.values.tolist()
    if found.chosen is not None:
        return [label_sets.written(_picked(model.labels, row), model.labels) for row in found.chosen]
    best = found.probabilities.argmax(axis=1) if found.choice is None else found.choice
    return [model.labels[int(position)] for position in best]


def _picked(labels: list[str], given: np.ndarray) -> list[str]:
    return [label for label, here in zip(labels, given, strict=True) if here]


def _milliseconds_of_one(model: Model, given: Material, run: Run) -> float:
    """Median time of an answer to a single row. Never asks a test row again; without any row, words of the task will do."""
    import statistics

    from tools.data.plain_rows import records

    words = [label.description or label.name for label in run.plan.task.labels or []] or [run.plan.task.words]
    rows = records(given.train.inputs.iloc[:SINGLE_ROWS]) or [dict.fromkeys(run.plan.task.inputs, text) for text in words]
    if model.manifest["format"] == "prompted":  # the rows that its prototype is tested on: exporting must ask nothing new
        from tools.export.golden import made_up

        model.raw(made_up(run.plan.task, run.profile or DataProfile(), model.manifest["inputs"]))
        return float(model.predictor.milliseconds or 0.0)  # type: ignore[attr-defined]
    model.raw(rows[:1])  # the first answer also loads things
    times = []
    for row in rows[:SINGLE_ROWS]:
        began = time.perf_counter()
        model.raw([row])
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> int:
    """Entry point of the child process. Exit code 1: failed, and the worker was told why."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--dollars", type=float, default=0.0)
    parser.add_argument("--pipe", type=int, required=True)
    parser.add_argument("--worker", type=int, required=True)
    options = parser.parse_args()
    quiet.enforce()
    tether = tie(options.pipe, options.worker)
    offline.enforce()
    try:
        run = Run(options.run)
        candidate = next(one for one in run.building if one.name == options.name)
        scratch = run.candidate(candidate.name) / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        os.chdir(scratch)  # libraries leave folders where they stand
        build(run, candidate, options.minutes, options.dollars, tether)
    except Exception as error:  # noqa: BLE001 - whatever a library raises is a row with its reason, not the end of the run
        traceback.print_exc()
        tether.say("failed", reason=reason_of(error))
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads and atexit handlers of libraries must not hold up a finished candidate
