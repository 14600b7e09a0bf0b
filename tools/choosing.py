"""Which candidate is taken: the best on validation, unless a safer or a cheaper one cannot be told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools import scoring
from tools.approaches.averaging import NAME as AVERAGE
from tools.core.evaluation import CandidateResult, Score
from tools.core.task import MetricSpec, Priority, TaskSpec
from tools.metrics.series import few

if TYPE_CHECKING:
    from tools.approaches.base import Predictions

# Of so few validation rows, and classes, chance decides more than merit: with 8 rows a class of trec6 and tweet_emotion
# contrastive learning was 12 to 26 points ahead of the frozen head on the test rows (of 77 classes, 4 behind).
FEW_TO_CHOOSE, FEW_CLASSES, MADE_FOR_FEW = 100, 20, "contrastive"
CHEAPER = 0.8  # a candidate is taken for being cheap only where it costs at most this share of the best one's
SLIGHT = 0.1  # of its error: so small a lead in the windows of few series is no reason to leave the average
INTERVAL_OF_SE = 3.92  # a 95 % interval spans this many standard errors


@dataclass(frozen=True)
class Field:
    """What the comparison looks at, handed around."""

    task: TaskSpec
    metric: MetricSpec
    target: Sequence[Any]
    predictions: dict[str, Predictions]
    test_target: Sequence[Any] | None
    test_predictions: dict[str, Predictions]

    def lead(self, a: CandidateResult, b: CandidateResult, part: str = "validation") -> Score | None:
        """How much better a is than b on the rows of a part; above 0 is better. None where one has no predictions."""
        target, predictions = (
            (self.target, self.predictions) if part == "validation" else (self.test_target, self.test_predictions)
        )
        if not target or a.name not in predictions or b.name not in predictions:
            return None
        return scoring.paired_difference(self.task, self.metric, target, predictions[a.name], predictions[b.name])


def quick_enough(real: list[CandidateResult], most_ms: float | None) -> tuple[list[CandidateResult], str]:
    """Those that answer within the person's limit; all, with a remark, where none does."""
    if most_ms is None:
        return real, ""
    quick = [result for result in real if result.predict_ms_per_row is not None and result.predict_ms_per_row <= most_ms]
    if not quick:
        return real, f"None answers within the {most_ms:g} ms a row that you asked for."
    return quick, f"Only candidates that answer within {most_ms:g} ms a row were considered."


def chosen_of(field: Field, eligible: list[CandidateResult], priority: Priority | None) -> tuple[CandidateResult, str]:
    """The best on validation, or the cheapest that cannot be told from it where the priority favours cheap; and why."""
    best = eligible[0]
    if priority not in ("speed", "cost"):
        return _safer(field, best, eligible)
    price = _cost(best, priority)
    cheap = [result for result in eligible[1:] if _cost(result, priority) <= CHEAPER * price and _as_good(field, best, result)]
    if not cheap:
        return best, ""
    taken = min(cheap, key=lambda result: _cost(result, priority))
    gain = "answers faster" if priority == "speed" else "is smaller and quicker to build"
    if priority == "speed" and best.predict_ms_per_row and taken.predict_ms_per_row:
        gain = f"answers in {taken.predict_ms_per_row:.2g} ms a row instead of {best.predict_ms_per_row:.2g}"
    return (
        taken,
        f"{best.title} is ahead on validation, but within chance, and {taken.title} {gain}, as you asked for {priority}.",
    )


def _safer(field: Field, best: CandidateResult, eligible: list[CandidateResult]) -> tuple[CandidateResult, str]:
    """The average of several where the best cannot be told from it: being first of many is partly luck, and averages have less.

    Over 8 tables with 20 to 240 validation rows this lost 0.4 points against the best candidate, the best on validation 1.5.
    """
    if made := _made_for_few(field, best, eligible):
        return made, f"{best.title} is ahead on validation, but within chance; with so few labelled rows {made.title} is safer."
    average = next((result for result in eligible if result.name == AVERAGE and result.validation is not None), None)
    lead = field.lead(best, average) if average is not None and average is not best else None
    if average is None or lead is None or lead.low is None or (lead.low > 0 and not _slight(field, best, lead)):
        return best, ""
    how = "within chance" if lead.low <= 0 else "by little, in the few windows of few series"
    return average, f"{best.title} is ahead on validation, but {how}; averaging several is safer than picking one then."


def _made_for_few(field: Field, best: CandidateResult, eligible: list[CandidateResult]) -> CandidateResult | None:
    """The candidate that is made for few labelled rows, where these cannot tell the best from it."""
    made = next((result for result in eligible if result.name == MADE_FOR_FEW and result.validation is not None), None)
    if made is None or best.name in (AVERAGE, MADE_FOR_FEW) or len(field.task.label_names) > FEW_CLASSES:
        return None
    lead = field.lead(best, made) if best.validation and best.validation.rows < FEW_TO_CHOOSE else None
    return made if lead is not None and lead.low is not None and lead.low <= 0 else None


def _slight(field: Field, best: CandidateResult, lead: Score) -> bool:
    """Whether few series show a lead of at most `SLIGHT` of the error: on 70 of M3's alone this took 4 % off the error."""
    where = field.predictions[best.name].context
    return (
        where is not None and few(where) and lead.value <= SLIGHT * abs(best.validation.main.value if best.validation else 0.0)
    )


def _as_good(field: Field, best: CandidateResult, other: CandidateResult) -> bool:
    """Within one standard error of the best (Breiman's rule) and not significantly worse."""
    lead = field.lead(best, other)
    if lead is None or lead.low is None or lead.high is None:
        return False
    return lead.low <= 0 and lead.value <= (lead.high - lead.low) / INTERVAL_OF_SE


def _cost(result: CandidateResult, priority: Priority | None) -> float:
    """What the priority wants to be small. Unknown counts as endless."""
    if priority == "speed":
        return float("inf") if result.predict_ms_per_row is None else result.predict_ms_per_row
    size, seconds = result.size_mb, result.fit_seconds
    return float("inf") if size is None or seconds is None else 1000 * result.dollars + size + seconds / 60
