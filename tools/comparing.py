"""Which candidate is chosen, whether its lead is real, and whether it is worth having at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools import scoring
from tools.approaches.averaging import NAME as AVERAGE
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.core.plan import Rung
from tools.core.task import MetricSpec, Priority, TaskSpec
from tools.metrics.series import few, in_time

if TYPE_CHECKING:
    from tools.approaches.base import Predictions

UNLABELLED: tuple[Rung, ...] = ("prompting", "zero-shot", "automl", "fine-tuning", "baseline")
CHEAPER = 0.8  # a candidate is taken for being cheap only where it costs at most this share of the best one's
ENOUGH_TEST_ROWS = 200  # from here on the test rows alone must tell that the trivial answer is beaten
SLIGHT = 0.1  # of its error: so small a lead in the windows of few series is no reason to leave the average
INTERVAL_OF_SE = 3.92  # a 95 % interval spans this many standard errors


@dataclass(frozen=True)
class _Field:
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


def compare(
    task: TaskSpec,
    metric: MetricSpec,
    results: list[CandidateResult],
    validation_target: Sequence[Any],
    validation_predictions: dict[str, Predictions],
    trivial: set[str],
    priority: Priority | None,
    *,
    test_target: Sequence[Any] | None = None,
    test_predictions: dict[str, Predictions] | None = None,
) -> Comparison:
    """Choose on validation rows; say on test rows, where they were scored, whether the trivial answer is beaten.

    The best on validation is chosen, or the average of several where the best cannot be told from it. Where the priority
    favours cheap (`speed`: time to predict; `cost`: dollars, size, time to fit), a cheaper one is taken that is within one
    standard error of the best and not significantly worse (paired bootstrap). The trivial answers (names in `trivial`) are
    chosen only where there is nothing else. Without labels the order of rungs decides.
    With test predictions the trivial answer is compared row by row there, otherwise by the intervals.
    """
    ranked = sorted(results, key=_rank)
    done = [result for result in ranked if result.status == "done"]
    comparison = Comparison(
        metric=scoring.title(metric), candidates=ranked, chosen=None, recommended=False, why=_nothing(ranked)
    )
    if not done:
        return comparison
    real = [result for result in done if result.name not in trivial] or done
    field = _Field(task, metric, validation_target, validation_predictions, test_target, test_predictions or {})
    if real[0].validation is None:
        return comparison.model_copy(update=_unlearnt(field, real))
    eligible, remark = _quick_enough(real, task.constraints.max_latency_ms)
    chosen, saved = _chosen(field, eligible, priority)
    rivals = [result for result in (*real, *done) if result is not chosen and result.validation is not None]
    runner_up = rivals[0] if rivals else None
    lead = field.lead(chosen, runner_up) if runner_up else None
    recommended, verdict = _beats(field, chosen, next((rival for rival in rivals if rival.name in trivial), None))
    if chosen.name in trivial:
        recommended, verdict = False, "It is the trivial answer: no other candidate was built, so it is not recommended."
    said = (_measured(field, chosen), saved, _lead_words(chosen, runner_up, lead), verdict, remark)
    why = " ".join(part[0].upper() + part[1:] for part in said if part)
    found = {
        "chosen": chosen.name,
        "recommended": recommended,
        "why": why,
        "runner_up": runner_up and runner_up.name,
        "lead": lead,
    }
    return comparison.model_copy(update=found)


def _worth(evaluation: Evaluation) -> float:
    """The main score so that greater is better. Its own name counts: it may be another than the plan's (`scoring.evaluate`)."""
    return scoring.METRICS[evaluation.main.metric].sign() * evaluation.main.value


def _rank(result: CandidateResult) -> tuple[bool, float, int]:
    """Done before not done; then the best on validation; then the preferred rung where nothing is measured."""
    value = -float("inf") if result.validation is None else _worth(result.validation)
    return result.status != "done", -value, UNLABELLED.index(result.approach)


def _nothing(results: Sequence[CandidateResult]) -> str:
    reasons = "; ".join(f"{result.title}: {result.reason or result.status}" for result in results)
    return f"Nothing could be built. {reasons}" if reasons else "Nothing was built."


def _unlearnt(field: _Field, real: Sequence[CandidateResult]) -> dict[str, Any]:
    """The choice where no row is there to choose by: the rungs decide. Labelled test rows still tell how good it is."""
    chosen = real[0]
    said = [f"{chosen.title} was chosen because it needs no training data.", "Not measured: no labelled rows."]
    recommended = True
    if chosen.test is not None:
        recommended = _beats_one_answer(field, chosen)
        said[1] = _measured(field, chosen)
        said += (
            [] if recommended else ["It does not beat always giving one answer by more than chance, so it is not recommended."]
        )
    return {
        "chosen": chosen.name,
        "recommended": recommended,
        "why": " ".join(part[0].upper() + part[1:] for part in said),
        "runner_up": real[1].name if len(real) > 1 else None,
    }


def _beats_one_answer(field: _Field, chosen: CandidateResult) -> bool:
    """Whether it is better on the test rows than the shares of their own labels: no trivial candidate without training rows."""
    import numpy as np

    from tools.approaches.base import Predictions

    known = [str(value) for value in field.test_target or [] if value is not None and value == value]
    shares = np.array([known.count(label) for label in field.task.label_names], dtype=float)
    found = field.test_predictions.get(chosen.name)
    if found is None or field.test_target is None or not shares.sum():
        return True
    bar = Predictions(probabilities=np.tile(shares / shares.sum(), (len(field.test_target), 1)))
    lead = scoring.paired_difference(field.task, field.metric, field.test_target, found, bar)
    return lead.low is not None and lead.low > 0


def _quick_enough(real: list[CandidateResult], most_ms: float | None) -> tuple[list[CandidateResult], str]:
    """Those that answer within the person's limit; all, with a remark, where none does."""
    if most_ms is None:
        return real, ""
    quick = [result for result in real if result.predict_ms_per_row is not None and result.predict_ms_per_row <= most_ms]
    if not quick:
        return real, f"None answers within the {most_ms:g} ms a row that you asked for."
    return quick, f"Only candidates that answer within {most_ms:g} ms a row were considered."


def _cost(result: CandidateResult, priority: Priority | None) -> float:
    """What the priority wants to be small. Unknown counts as endless."""
    if priority == "speed":
        return float("inf") if result.predict_ms_per_row is None else result.predict_ms_per_row
    size, seconds = result.size_mb, result.fit_seconds
    return float("inf") if size is None or seconds is None else 1000 * result.dollars + size + seconds / 60


def _chosen(field: _Field, eligible: list[CandidateResult], priority: Priority | None) -> tuple[CandidateResult, str]:
    """The best on validation, or the cheapest that cannot be told from it where the priority favours cheap; and why."""
    best = eligible[0]
    if priority not in ("speed", "cost"):
        return _safer(field, best, eligible)
    price = _cost(best, priority)
    cheap = [result for result in eligible[1:] if _cost(result, priority) <= CHEAPER * price and _as_good(field, best, result)]
    if not cheap:
        return best, ""
    chosen = min(cheap, key=lambda result: _cost(result, priority))
    gain = "answers faster" if priority == "speed" else "is smaller and quicker to build"
    if priority == "speed" and best.predict_ms_per_row and chosen.predict_ms_per_row:
        gain = f"answers in {chosen.predict_ms_per_row:.2g} ms a row instead of {best.predict_ms_per_row:.2g}"
    return (
        chosen,
        f"{best.title} is ahead on validation, but within chance, and {chosen.title} {gain}, as you asked for {priority}.",
    )


def _safer(field: _Field, best: CandidateResult, eligible: list[CandidateResult]) -> tuple[CandidateResult, str]:
    """The average of several where the best cannot be told from it: being first of many is partly luck, and averages have less.

    Over 8 tables with 20 to 240 validation rows this lost 0.4 points against the best candidate, the best on validation 1.5.
    """
    average = next((result for result in eligible if result.name == AVERAGE and result.validation is not None), None)
    lead = field.lead(best, average) if average is not None and average is not best else None
    if average is None or lead is None or lead.low is None or (lead.low > 0 and not _slight(field, best, lead)):
        return best, ""
    how = "within chance" if lead.low <= 0 else "by little, in the few windows of few series"
    return average, f"{best.title} is ahead on validation, but {how}; averaging several is safer than picking one then."


def _slight(field: _Field, best: CandidateResult, lead: Score) -> bool:
    """Whether few series show a lead of at most `SLIGHT` of the error: on 70 of M3's alone this took 4 % off the error."""
    where = field.predictions[best.name].context
    return (
        where is not None and few(where) and lead.value <= SLIGHT * abs(best.validation.main.value if best.validation else 0.0)
    )


def _as_good(field: _Field, best: CandidateResult, other: CandidateResult) -> bool:
    """Within one standard error of the best (Breiman's rule) and not significantly worse."""
    lead = field.lead(best, other)
    if lead is None or lead.low is None or lead.high is None:
        return False
    return lead.low <= 0 and lead.value <= (lead.high - lead.low) / INTERVAL_OF_SE


def _beats(field: _Field, chosen: CandidateResult, bar: CandidateResult | None) -> tuple[bool, str]:
    """Whether the chosen one is really better than the trivial answer, and what to say where it is not."""
    if bar is None:
        return True, ""
    on_validation = field.lead(chosen, bar)
    proved = on_validation is not None and on_validation.low is not None and on_validation.low > 0
    if chosen.test is not None and bar.test is not None:
        on_test = field.lead(chosen, bar, "test")
        ahead = _worth(chosen.test) > _worth(bar.test)
        sure = on_test is not None and on_test.low is not None and on_test.low > 0
        if on_test is None:
            sure = _above(chosen.test, bar.test.main.value)
        proved = sure or (proved and ahead and _judged(field, chosen) < ENOUGH_TEST_ROWS)
    if proved:
        return True, ""
    return False, f"It does not beat the trivial answer ({bar.title}) by more than chance, so it is not recommended."


def _above(evaluation: Evaluation, value: float) -> bool:
    """Whether the whole interval is better than a value."""
    sign = scoring.METRICS[evaluation.main.metric].sign()
    worst = evaluation.main.low if sign > 0 else evaluation.main.high
    return worst is not None and sign * (worst - value) > 0


def _measured(field: _Field, chosen: CandidateResult) -> str:
    """The headline: the test score where there is one, else the one on validation."""
    evaluation, rows = (chosen.test, "locked test rows") if chosen.test else (chosen.validation, "validation rows")
    if evaluation is None:
        return f"{chosen.title} was chosen."
    words = scoring.title(field.metric) if evaluation.main.metric == field.metric.name else evaluation.main.metric
    where = f"{evaluation.rows:,} {rows}"
    found = (field.test_predictions if chosen.test else field.predictions).get(chosen.name)
    if found is not None and found.context is not None:
        where = in_time(found.context, locked=chosen.test is not None)
    return f"{chosen.title} has {words} {in_words(evaluation.main)} on {where}."


def _judged(field: _Field, chosen: CandidateResult) -> int:
    """How many cases the locked rows are: rows, or the series of a forecast, whose rows go together."""
    found = field.test_predictions.get(chosen.name)
    if found is not None and found.context is not None:
        return len(set(found.context.series.tolist()))
    return chosen.test.rows if chosen.test else 0


def _lead_words(chosen: CandidateResult, runner_up: CandidateResult | None, lead: Score | None) -> str:
    """How far it is from the runner-up on validation, and whether that is more than chance."""
    if runner_up is None or lead is None:
        return ""
    if lead.low is None or lead.high is None:
        return f"There are too few rows to compare it with {runner_up.title}."
    low, high = (-lead.high, -lead.low) if lead.high < 0 else (lead.low, lead.high)
    by = f"{figure(abs(lead.value))} ({figure(low)} to {figure(high)})"
    word = "leads" if lead.value >= 0 else "trails"
    if low > 0:
        return f"On validation it {word} {runner_up.title} by {by}, more than chance."
    return f"On validation it {word} {runner_up.title} by {by}, which is within chance{_faster(runner_up, chosen)}."


def _faster(runner_up: CandidateResult, chosen: CandidateResult) -> str:
    """That the runner-up answers much faster, where it does."""
    if not runner_up.predict_ms_per_row or not chosen.predict_ms_per_row:
        return ""
    times = chosen.predict_ms_per_row / runner_up.predict_ms_per_row
    return f"; {runner_up.title} answers {times:.2g} times as fast" if 2 <= times < 99 else ""


def in_words(score: Score) -> str:
    """`0.87 (95 % interval 0.84 to 0.90)`."""
    if score.low is None or score.high is None:
        return figure(score.value)
    return f"{figure(score.value)} (95 % interval {figure(score.low)} to {figure(score.high)})"


def figure(value: float) -> str:
    """A number as people read it: two decimals below ten, a third below a tenth, three significant digits from ten on."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.3g}"
    if abs(value) >= 0.1 or abs(value) < 0.0005:
        return f"{value:.2f}"
    return f"{value:.3f}".removesuffix("0")
