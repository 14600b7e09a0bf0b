"""What the report says of the chosen candidate: its predictions on the judged rows, looked at closely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.comparing import figure
from tools.jobs import predictions as stored
from tools.jobs.predictions import Part
from tools.jobs.run import Run
from tools.report import forecast_plots, plots
from tools.report.class_facts import ClassFacts, class_facts
from tools.report.forecast_facts import ForecastFacts, forecast_facts
from tools.report.mistakes import Mistake, farthest, quotes, sure_and_wrong
from tools.report.number_facts import NumberFacts, number_facts
from tools.report.set_facts import SetFacts, set_facts, spoken, surely_wrong

if TYPE_CHECKING:
    import numpy as np

    from tools.core.evaluation import CandidateResult

MOST_CONFUSIONS = 15


@dataclass(frozen=True)
class Facts:
    """part: which rows were looked at. classes, sets, numbers or forecasts: one of them. drawings: name -> SVG."""

    part: Part
    rows: int
    classes: ClassFacts | None = None
    sets: SetFacts | None = None
    numbers: NumberFacts | None = None
    forecasts: ForecastFacts | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    wrong: int = 0
    drawings: dict[str, str] = field(default_factory=dict)


def facts(run: Run, chosen: CandidateResult, folder: Path) -> Facts | None:
    """Look at the test rows, or at the validation rows where no test row has a known target; None where neither has.

    Plots are saved as PNG into `folder`.
    """
    part: Part = "test" if chosen.test is not None else "validation"
    if (chosen.test or chosen.validation) is None:
        return None
    candidate = run.candidate(chosen.name)
    if run.plan.task.is_forecasting:
        return _of_forecasts(run, chosen.name, part, folder)
    row_ids, target, predicted = stored.read(candidate, part)
    answers = stored.answers(candidate, part)
    known = [place for place, truth in enumerate(target) if truth is not None and truth == truth]
    row_ids, target = [row_ids[place] for place in known], [target[place] for place in known]
    if predicted.probabilities is not None:
        picked = [str(answers[place]) for place in known]
        if run.plan.task.is_several:
            names = stored.labels(candidate)
            return _of_sets(run, part, folder, row_ids, target, picked, names, predicted.probabilities[known])
        return _of_classes(run, part, folder, row_ids, target, picked, stored.labels(candidate), predicted.probabilities[known])
    if predicted.values is None:
        return None
    low = None if predicted.low is None else predicted.low[known]
    high = None if predicted.high is None else predicted.high[known]
    return _of_numbers(run, part, folder, row_ids, target, predicted.values[known], low, high)


def _of_classes(
    run: Run,
    part: Part,
    folder: Path,
    row_ids: Sequence[int],
    target: Sequence[str],
    answers: Sequence[str],
    labels: Sequence[str],
    probabilities: np.ndarray,
) -> Facts:
    import numpy as np

    place = {label: position for position, label in enumerate(labels)}
    confidence = probabilities[np.arange(len(answers)), [place[answer] for answer in answers]]
    found = class_facts(labels, target, answers, confidence)
    positions = sure_and_wrong(target, answers, confidence)
    quoted = quotes(run.plan.task, attachment_of(run, part), [row_ids[position] for position in positions])
    mistakes = [
        Mistake(
            row_ids[position], target[position], answers[position], float(confidence[position]), None,
            quoted.get(row_ids[position], []),
        )
        for position in positions
    ]  # fmt: skip
    drawings = {}
    if len(found.labels) <= plots.MOST_CELLS:
        drawings["confusion"] = plots.confusion(found.labels, found.matrix, folder / "confusion.png")
    elif found.confusions:
        drawings["confusion"] = plots.confusions(found.confusions[:MOST_CONFUSIONS], folder / "confusion.png")
    drawings["calibration"] = plots.calibration(found.bins, folder / "calibration.png")
    wrong = sum(pair.count for pair in found.confusions)
    return Facts(part, len(target), classes=found, mistakes=mistakes, wrong=wrong, drawings=drawings)


def _of_sets(
    run: Run,
    part: Part,
    folder: Path,
    row_ids: Sequence[int],
    target: Sequence[str],
    answers: Sequence[str],
    labels: Sequence[str],
    probabilities: np.ndarray,
) -> Facts:
    found = set_facts(labels, target, answers, probabilities)
    positions = surely_wrong(labels, target, answers, probabilities)
    quoted = quotes(run.plan.task, attachment_of(run, part), [row_ids[position] for position in positions])
    mistakes = [
        Mistake(
            row_ids[position], spoken(target[position]), spoken(answers[position]), None, None,
            quoted.get(row_ids[position], []),
        )
        for position in positions
    ]  # fmt: skip
    drawings = {"calibration": plots.calibration(found.bins, folder / "calibration.png")}
    return Facts(part, len(target), sets=found, mistakes=mistakes, wrong=len(target) - found.exact, drawings=drawings)


def _of_numbers(
    run: Run,
    part: Part,
    folder: Path,
    row_ids: Sequence[int],
    target: Sequence[Any],
    values: np.ndarray,
    low: np.ndarray | None,
    high: np.ndarray | None,
) -> Facts:
    import numpy as np

    truth = np.asarray(target, dtype=float)
    positions = farthest(truth, values)
    quoted = quotes(run.plan.task, attachment_of(run, part), [row_ids[position] for position in positions])
    mistakes = [
        Mistake(
            row_ids[position], figure(float(truth[position])), figure(float(values[position])), None,
            float(values[position] - truth[position]), quoted.get(row_ids[position], []),
        )
        for position in positions
    ]  # fmt: skip
    name = run.plan.task.target or "value"
    drawings = {
        "predicted": plots.predicted(truth, values, name, folder / "predicted.png"),
        "residuals": plots.residuals(truth, values, name, folder / "residuals.png"),
    }
    return Facts(part, len(truth), numbers=number_facts(truth, values, low, high), mistakes=mistakes, drawings=drawings)


def _of_forecasts(run: Run, candidate: str, part: Part, folder: Path) -> Facts | None:
    found = forecast_facts(run, candidate, part)
    if found is None:
        return None
    target = run.plan.task.target or "value"
    drawings = {
        f"series-{place}": forecast_plots.series(shown, target, folder / f"forecast-{place}.png")
        for place, shown in enumerate(found.shown, 1)
    }
    if len(found.steps) > 1:
        drawings["steps"] = forecast_plots.by_step(found.steps, found.step, folder / "steps.png")
    return Facts(part, sum(row.rows for row in found.steps), forecasts=found, drawings=drawings)


def attachment_of(run: Run, part: Part) -> str | None:
    """The file that the rows of a part stand in."""
    attachments, split = run.plan.attachments, run.split
    if part == "test" and split is not None and split.test_source == "test-file":
        return attachments.get("test")
    if part == "validation" and split is not None and split.folds is None and "validation" in attachments:
        return attachments["validation"]
    return attachments.get("train")
