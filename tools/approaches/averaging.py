"""The average of finished candidates: safer than picking one of them where few rows tell which is best."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import Feasible, FitJob, Fitted, Infeasible, LeftOut, Member, Predictions, Situation
from tools.approaches.weights import How, Stakes, held_out, learn_weights
from tools.core.plan import Estimate, Rung
from tools.core.task import TaskKind
from tools.rates import slowness

if TYPE_CHECKING:
    import numpy as np

NAME = "average"
FORMAT = "average"
MOST_MEMBERS = 4
FIRST = 0  # of the members: the best by the plan's metric
SLOWER = 1.5  # than its slowest member, an average may be
QUICK_MS = 1.0  # a row; an average that answers within it is quick whatever its members take
LEAST_ROWS = 20  # of all that are labelled; with fewer a choice among candidates is a guess, and so are weights
START_SECONDS = 6.0
TEXTS_PER_SECOND, ROWS_PER_SECOND = 100.0, 2_000.0
COPIED = ("series", "levels")  # of the members' manifests: what they all forecast
HOW: dict[str, How] = {"mae": "absolute", "mape": "relative", "rmsle": "logarithm"}
NOTHING_TO_AVERAGE = "there is nothing to average: {count} of the other candidates is finished, measured and quick enough"


class Averaging:
    """A weighted average of probabilities, numbers or quantiles; weights by greedy selection on validation rows."""

    name = NAME
    rung: Rung = "automl"
    title = "an average of the best of these"
    kinds: frozenset[TaskKind] = frozenset(
        {
            "text-classification",
            "multilabel-text-classification",
            "tabular-classification",
            "tabular-regression",
            "forecasting",
        }
    )
    trivial = False

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Needs labelled rows; whether there is something to average is for the plan to see."""
        if situation.train_rows < LEAST_ROWS:
            return Infeasible(f"needs at least {LEAST_ROWS} labelled rows, and there are {situation.train_rows}")
        pace = TEXTS_PER_SECOND if situation.task.modality == "text" else ROWS_PER_SECOND
        seconds = START_SECONDS + situation.test_rows / pace
        minutes = seconds / 60 * slowness(situation.machine.rates)
        return Feasible("safer than picking one where several are close", Estimate(minutes=minutes, memory_mb=1500), worth=0.6)

    def fit(self, job: FitJob) -> Fitted:
        """Learn weights, judge them on rows that they were not learned from, put the members' models side by side."""
        members = quick_enough(job)
        if len(members) < 2:
            raise LeftOut(NOTHING_TO_AVERAGE.format(count=len(members) or "none"))
        job.progress(0.1, "weighing the candidates")
        table = _Table(job, members)
        weights = learn_weights(table.stakes, FIRST, job.seed, MOST_MEMBERS)
        taken = [at for at in (-weights).argsort() if weights[at] > 0]
        if len(taken) < 2:
            raise LeftOut(f"averaging adds nothing here: {members[taken[0]].title} alone is as good on the validation rows")
        judged = table.judged(weights)
        job.progress(0.4, "putting the models side by side")
        parts = [(members[at], float(weights[at])) for at in taken]
        predictions = _write(job, parts, judged)
        _weigh_columns(job)
        return Fitted(predictions, {"members": {member.name: round(weight, 3) for member, weight in parts}})


@dataclass
class _Table:
    """The members' predictions as numbers to average, and the rows whose truth is known."""

    job: FitJob
    members: Sequence[Member]

    def __post_init__(self) -> None:
        import numpy as np

        self.answers = np.stack([_answers(member.validation) for member in self.members])
        self.group = _groups(self.members[0].validation, len(self.job.validation))
        self.stakes = self._stakes()

    def judged(self, final: np.ndarray) -> np.ndarray:
        """What the average says of the validation rows, each by weights that were learned without it [n, ...]."""
        import numpy as np

        found = np.tensordot(final, self.answers, axes=1)  # of rows whose truth is not known
        for groups, weights in held_out(self.stakes, FIRST, self.job.seed, MOST_MEMBERS):
            rows = np.isin(self.group, groups)
            found[rows] = np.tensordot(weights, self.answers[:, rows], axes=1)
        return np.asarray(found)

    def _stakes(self) -> Stakes:
        import numpy as np

        target, task = self.job.validation.target, self.job.task
        known = np.flatnonzero(target.notna())
        one = np.ones(len(known))
        if task.is_several:
            from tools.runtime.label_sets import matrix

            truth = matrix(target.iloc[known].tolist(), task.label_names)
            right = np.where(truth, self.answers[:, known], 1 - self.answers[:, known]).reshape(len(self.members), -1)
            each = np.repeat(self.group[known], truth.shape[1])
            return Stakes(right, "probability", np.ones(len(each)), np.ones(len(each)), each)
        if task.is_classification:
            place = {label: at for at, label in enumerate(task.label_names)}
            codes = np.array([place.get(label, -1) for label in target.iloc[known]])
            known, codes = known[codes >= 0], codes[codes >= 0]
            right = self.answers[:, known, codes]
            return Stakes(right, "probability", np.ones(len(known)), np.ones(len(known)), self.group[known])
        numbers = target.iloc[known].to_numpy(dtype=float)
        points = self.answers[:, known, 0] if self.answers.ndim == 3 else self.answers[:, known]
        how, scale = self._error()
        return Stakes(points, how, numbers, one if scale is None else scale[known], self.group[known])

    def _error(self) -> tuple[How, np.ndarray | None]:
        """How an error counts, and what it is divided by: as the metric does it."""
        import numpy as np

        name, context = self.job.metric.name, self.members[0].validation.context
        if not self.job.task.is_forecasting:
            return HOW.get(name, "squared"), None
        if context is None:
            return "absolute", None
        scale = np.sqrt(context.squared_scale) if name == "rmsse" else context.scale
        usable = np.isfinite(scale) & (scale > 0)
        return "squared" if name == "rmsse" else "absolute", np.where(usable, scale, np.inf)  # a flat series tells nothing


def quick_enough(job: FitJob) -> list[Member]:
    """The best by the plan's metric first, then those beside which it still answers quickly enough.

    Together they keep within the person's limit; where nobody asked for quality first, they take little longer than the slowest
    of them alone, so that no second encoder reads every text.
    """
    most = job.task.constraints.max_latency_ms
    kept: list[Member] = []
    for member in job.members():
        together = [*kept, member]
        within = most is None or sum(one.milliseconds for one in together) <= most
        each = [one.among_many for one in together]
        light = sum(each) <= max(SLOWER * max(each), QUICK_MS)
        if within and (light or job.task.constraints.priority == "quality"):
            kept.append(member)
    return kept


def _answers(found: Predictions) -> np.ndarray:
    """[n, labels], [n], or for forecasts [n, 1 + levels]."""
    import numpy as np

    if found.probabilities is not None:
        return np.asarray(found.probabilities, dtype=float)
    values = np.asarray(found.values, dtype=float)
    return values if found.quantiles is None else np.column_stack([values, found.quantiles])


def _groups(found: Predictions, rows: int) -> np.ndarray:
    """Which validation rows are held out together: each by itself; of forecasts a series, or a window of the only one."""
    import numpy as np

    if found.context is None:
        return np.arange(rows)
    series = np.asarray(found.context.series)
    return series if len(np.unique(series)) > 1 else np.asarray(found.context.window)


def _write(job: FitJob, parts: list[tuple[Member, float]], judged: np.ndarray) -> Predictions:
    """The model folder of format `average`; gives what it says of the validation rows."""
    manifests = []
    for member, _ in parts:
        folder = job.folder / "members" / member.name
        shutil.copytree(member.folder, folder, copy_function=_link)
        manifests.append(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    inputs = {column["name"]: column for one in reversed(manifests) for column in one["inputs"]}
    predictions, extra = _choice(job, judged)
    listed = [
        {"name": member.name, "title": member.title, "weight": round(weight, 6), "format": one["format"]}
        for (member, weight), one in zip(parts, manifests, strict=True)
    ]
    needed = sorted({name for one in manifests for name in [*one["requirements"], "numpy"]})
    extra |= {key: manifests[0].get(key) for key in COPIED}
    order = [inputs[name] for name in [*job.task.inputs, *inputs] if name in inputs]
    columns = list({column["name"]: column for column in order}.values())
    manifest.write(job, FORMAT, columns, needed, members=listed, **extra)
    return predictions


def _choice(job: FitJob, judged: np.ndarray) -> tuple[Predictions, dict[str, Any]]:
    """The judged answers, and what follows for the manifest: thresholds, an interval."""
    if job.task.is_forecasting:
        values, quantiles = judged[:, 0], judged[:, 1:]
        return Predictions(values=values, low=quantiles[:, 0], high=quantiles[:, -1], quantiles=quantiles), {}
    if job.task.is_several:
        from tools.approaches.several.label_set_job import open_job
        from tools.runtime import label_sets

        choice = open_job(job).choice(judged)
        return Predictions(probabilities=judged, chosen=label_sets.chosen(judged, choice)), choice
    from tools.approaches.judging import judged_choice

    return judged_choice(job, judged)


def _weigh_columns(job: FitJob) -> None:
    """Write importance.json for tables, as the other approaches do."""
    if job.task.kind not in ("tabular-classification", "tabular-regression"):
        return
    from tools.approaches.importance import write_importance
    from tools.data.plain_rows import records
    from tools.runtime import load

    job.progress(0.7, "weighing the columns")
    model = load(job.folder)
    labels = job.task.label_names
    write_importance(job.folder, job.validation, labels, lambda inputs: model.raw(records(inputs)), seconds=5, seed=job.seed)


def _link(source: str, target: str) -> str:
    """One file on the disk for both folders where that is possible; models are written once and never changed."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, target)
    return str(Path(target))
