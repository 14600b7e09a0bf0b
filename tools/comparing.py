"""Which candidate is chosen, whether its lead is real, and whether it is worth having at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools import scoring
from tools.choosing import Field, chosen_of, quick_enough
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.core.plan import Rung
from tools.core.task import MetricSpec, Priority, TaskSpec
from tools.metrics.series import in_time

if TYPE_CHECKING:
    from tools.approaches.base import Predictions

UNLABELLED: tuple[Rung, ...] = ("prompting", "zero-shot", "automl", "fine-tuning", "baseline")
ALONE = "It is the trivial answer: no other candidate was built, so it is not recommended."
ENOUGH_TEST_ROWS = 200  # from here on the test rows alone must tell that the trivial answer is beaten


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
    field = Field(task, metric, validation_target, validation_predictions, test_target, test_predictions or {})
    if real[0].validation is None:
        return comparison.model_copy(update=_unlearnt(field, real, trivial))
    eligible, remark = quick_enough(real, task.constraints.max_latency_ms)
    chosen, saved = chosen_of(field, eligible, priority)
    rivals = [result for result in (*real, *done) if result is not chosen and result.validation is not None]
    runner_up = rivals[0] if rivals else None
    lead = field.lead(chosen, runner_up) if runner_up else None
    recommended, verdict = _beats(field, chosen, next((rival for rival in rivals if rival.name in trivial), None))
    if chosen.name in trivial:
        recommended, verdict = False, ALONE
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


def _unlearnt(field: Field, real: Sequence[CandidateResult], trivial: set[str]) -> dict[str, Any]:
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
    if chosen.name in trivial:
        recommended = False
        said = [f"{chosen.title} was chosen.", said[1], ALONE]
    return {
        "chosen": chosen.name,
        "recommended": recommended,
        "why": " ".join(part[0].upper() + part[1:] for part in said),
        "runner_up": real[1].name if len(real) > 1 else None,
    }


def _beats_one_answer(field: Field, chosen: CandidateResult) -> bool:
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


def _beats(field: Field, chosen: CandidateResult, bar: CandidateResult | None) -> tuple[bool, str]:
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


def _measured(field: Field, chosen: CandidateResult) -> str:
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


def _judged(field: Field, chosen: CandidateResult) -> int:
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
