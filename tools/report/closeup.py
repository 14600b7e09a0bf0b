"""One candidate looked at closely, as plain data: what it confuses, whether its probabilities hold, on which rows it errs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.comparing import figure
from tools.intervals import wilson
from tools.jobs import predictions as stored
from tools.jobs.predictions import Part
from tools.jobs.run import Run
from tools.report.class_facts import ClassFacts, class_facts
from tools.report.facts import attachment_of
from tools.report.forecast_facts import ForecastFacts, forecast_facts
from tools.report.mistakes import Mistake, quotes
from tools.report.number_facts import NumberFacts, number_facts

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.base import Predictions
    from tools.core.evaluation import CandidateResult

MOST_MISTAKES = 200
MOST_POINTS = 1000


@dataclass(frozen=True)
class LabelRow:
    """One of several labels that a row may have: how often it is true, given and both; shares with 95 % Wilson intervals."""

    label: str
    rows: int
    given: int
    right: int
    precision: float | None
    recall: float | None
    recall_low: float | None
    recall_high: float | None


@dataclass(frozen=True)
class Closeup:
    """part: which rows were looked at, `rows` of them with a known target. One of classes, labels, numbers and forecasts.

    points: (truth, prediction) of numbers, evenly spread over the rows. wrong: rows that are not answered exactly right.
    mistakes: the surest (or farthest) first, quoted as they stand in the person's file; at most `MOST_MISTAKES`.
    """

    candidate: str
    part: Part
    rows: int
    classes: ClassFacts | None = None
    labels: list[LabelRow] = field(default_factory=list)
    numbers: NumberFacts | None = None
    forecasts: ForecastFacts | None = None
    points: list[tuple[float, float]] = field(default_factory=list)
    wrong: int = 0
    mistakes: list[Mistake] = field(default_factory=list)


def closeup(run: Run, result: CandidateResult) -> Closeup | None:
    """Of the test rows, or of the validation rows where no test row has a known target; None where neither has."""
    part: Part = "test" if result.test is not None else "validation"
    if (result.test or result.validation) is None:
        return None
    folder = run.candidate(result.name)
    if run.plan.task.is_forecasting:
        ahead = forecast_facts(run, result.name, part)
        return Closeup(result.name, part, sum(row.rows for row in ahead.steps), forecasts=ahead) if ahead else None
    row_ids, target, predicted = stored.read(folder, part)
    known = [place for place, truth in enumerate(target) if truth is not None and truth == truth]
    row_ids, target = [row_ids[place] for place in known], [target[place] for place in known]
    rows = _Rows(run, result.name, part, row_ids, target)
    if predicted.chosen is not None:
        return _of_label_sets(rows, stored.labels(folder), predicted, known)
    if predicted.probabilities is not None:
        answers = stored.answers(folder, part)
        picked = [str(answers[place]) for place in known]
        return _of_classes(rows, stored.labels(folder), picked, predicted.probabilities[known])
    return None if predicted.values is None else _of_numbers(rows, predicted, known)


@dataclass(frozen=True)
class _Rows:
    """The judged rows of one part, handed around. target [n]: known, all of them."""

    run: Run
    candidate: str
    part: Part
    row_ids: Sequence[int]
    target: Sequence[Any]

    def mistakes(
        self, positions: Sequence[int], told: Sequence[tuple[str, str]], confidence: np.ndarray | None, error: np.ndarray | None
    ) -> list[Mistake]:
        """Quoted. told: (truth, answer) in words of each position; confidence, error [n]."""
        ids = [self.row_ids[position] for position in positions]
        cells = quotes(self.run.plan.task, attachment_of(self.run, self.part), ids, masked=False)
        return [
            Mistake(
                row=row,
                truth=truth,
                answer=answer,
                confidence=None if confidence is None else float(confidence[position]),
                error=None if error is None else float(error[position]),
                quoted=cells.get(row, []),
            )
            for row, position, (truth, answer) in zip(ids, positions, told, strict=True)
        ]


def _of_classes(rows: _Rows, labels: Sequence[str], answers: Sequence[str], probabilities: np.ndarray) -> Closeup:
    import numpy as np

    place = {label: position for position, label in enumerate(labels)}
    confidence = probabilities[np.arange(len(answers)), [place[answer] for answer in answers]]
    target = [str(truth) for truth in rows.target]
    wrong = [position for position in np.argsort(-confidence, kind="stable") if target[position] != answers[position]]
    positions = [int(position) for position in wrong[:MOST_MISTAKES]]
    told = [(target[position], answers[position]) for position in positions]
    return Closeup(
        candidate=rows.candidate,
        part=rows.part,
        rows=len(target),
        classes=class_facts(labels, target, answers, confidence),
        wrong=len(wrong),
        mistakes=rows.mistakes(positions, told, confidence, None),
    )


def _of_label_sets(rows: _Rows, labels: Sequence[str], predicted: Predictions, known: Sequence[int]) -> Closeup:
    """Several labels a row: each label by itself; a mistake is a row whose labels are not exactly the true ones."""
    import numpy as np

    assert predicted.chosen is not None
    assert predicted.probabilities is not None
    sets = [set(json.loads(truth)) for truth in rows.target]
    truth = np.array([[label in names for label in labels] for names in sets], dtype=bool).reshape(len(sets), len(labels))
    given, sure = predicted.chosen[known], predicted.probabilities[known]
    off = (truth != given) * abs(sure - 0.5)  # the worst label of a row: where it was sure, and wrong
    unknown = np.array([bool(names - set(labels)) for names in sets], dtype=bool)
    wrong = np.flatnonzero((truth != given).any(axis=1) | unknown)
    positions = [int(position) for position in wrong[np.argsort(-off[wrong].max(axis=1, initial=0.0), kind="stable")]]
    positions = positions[:MOST_MISTAKES]
    told = [(_listed(sets[position]), _listed(np.array(labels)[given[position]])) for position in positions]
    return Closeup(
        candidate=rows.candidate,
        part=rows.part,
        rows=len(sets),
        labels=[_label_row(label, truth[:, at], given[:, at]) for at, label in enumerate(labels)],
        wrong=len(wrong),
        mistakes=rows.mistakes(positions, told, None, None),
    )


def _label_row(label: str, truth: np.ndarray, given: np.ndarray) -> LabelRow:
    count, found, right = int(truth.sum()), int(given.sum()), int((truth & given).sum())
    interval = wilson(right, count)
    return LabelRow(
        label=label,
        rows=count,
        given=found,
        right=right,
        precision=right / found if found else None,
        recall=right / count if count else None,
        recall_low=interval and interval[0],
        recall_high=interval and interval[1],
    )


def _listed(names: Any) -> str:
    return ", ".join(sorted(str(name) for name in names)) or "none"


def _of_numbers(rows: _Rows, predicted: Predictions, known: Sequence[int]) -> Closeup:
    import numpy as np

    assert predicted.values is not None
    truth, values = np.asarray(rows.target, dtype=float), predicted.values[known]
    low = None if predicted.low is None else predicted.low[known]
    high = None if predicted.high is None else predicted.high[known]
    positions = [int(position) for position in np.argsort(-abs(values - truth), kind="stable")[:MOST_MISTAKES]]
    told = [(figure(float(truth[position])), figure(float(values[position]))) for position in positions]
    spread = np.unique(np.linspace(0, len(truth) - 1, min(MOST_POINTS, len(truth))).round().astype(int))
    return Closeup(
        candidate=rows.candidate,
        part=rows.part,
        rows=len(truth),
        numbers=number_facts(truth, values, low, high),
        points=[(float(truth[position]), float(values[position])) for position in spread],
        wrong=len(truth),
        mistakes=rows.mistakes(positions, told, None, values - truth),
    )
