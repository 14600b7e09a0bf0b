"""Which candidate is chosen and what is said about it, on predictions made for the case."""

from __future__ import annotations

import numpy as np
import pytest

from tools.approaches.base import Predictions
from tools.comparing import compare, figure, in_words
from tools.core.evaluation import CandidateResult, CandidateStatus, Comparison, Evaluation, Score
from tools.core.plan import Rung
from tools.core.task import Constraints, Label, MetricSpec, Priority, TaskSpec
from tools.scoring import evaluate

METRIC = MetricSpec(name="accuracy")
TASK = TaskSpec(kind="text-classification", labels=[Label(name="a"), Label(name="b")])
TRIVIAL = {"majority"}


def target(rows: int) -> list[str]:
    return ["a", "b"] * (rows // 2)


def right(rows: int, share: float, seed: int = 0) -> Predictions:
    """Predictions of which this share is right, at random places."""
    wrong = np.random.default_rng(seed).permutation(rows)[: round(rows * (1 - share))]
    given = np.tile([[0.9, 0.1], [0.1, 0.9]], (rows // 2, 1))
    given[wrong] = given[wrong, ::-1]
    return Predictions(probabilities=given)


def count(predictions: Predictions | None) -> int:
    return 0 if predictions is None or predictions.probabilities is None else len(predictions.probabilities)


def majority(rows: int) -> Predictions:
    return Predictions(probabilities=np.tile([0.6, 0.4], (rows, 1)))


def done(
    name: str, rung: Rung, validation: Predictions | None, test: Predictions | None, ms: float, mb: float
) -> CandidateResult:
    def evaluated(predictions: Predictions | None) -> Evaluation | None:
        return evaluate(TASK, METRIC, target(count(predictions)), predictions) if predictions else None

    return CandidateResult(
        name=name, approach=rung, title=f"the {name}", status="done", validation=evaluated(validation), test=evaluated(test),
        fit_seconds=60.0 * ms, predict_ms_per_row=ms, size_mb=mb,
    )  # fmt: skip


def lost(name: str, status: CandidateStatus = "failed") -> CandidateResult:
    return CandidateResult(name=name, approach="automl", title=f"the {name}", status=status, reason="It ran out of memory.")


def judged(
    validation: dict[str, Predictions],
    test: dict[str, Predictions] | None = None,
    priority: Priority | None = None,
    costs: dict[str, float] | None = None,
    task: TaskSpec = TASK,
    more: tuple[CandidateResult, ...] = (),
) -> Comparison:
    """Compare candidates that took `costs` milliseconds (and megabytes)."""
    costs, test = costs or {}, test or {}
    results = [
        done(name, "baseline", predictions, test.get(name), costs.get(name, 1.0), costs.get(name, 1.0))
        for name, predictions in validation.items()
    ]
    rows, tested = count(next(iter(validation.values()), None)), count(next(iter(test.values()), None))
    return compare(
        task, METRIC, [*more, *results], target(rows), validation, TRIVIAL, priority,
        test_target=target(tested) if test else None, test_predictions=test,
    )  # fmt: skip


def test_the_best_on_validation_is_chosen_and_the_test_rows_are_reported() -> None:
    found = judged(
        {"weak": right(400, 0.7), "strong": right(400, 0.9, 1), "majority": majority(400)},
        {"weak": right(200, 0.95), "strong": right(200, 0.88, 1), "majority": majority(200)},
    )
    assert (found.chosen, found.recommended, found.runner_up) == ("strong", True, "weak")
    assert [result.name for result in found.candidates] == ["strong", "weak", "majority"]
    assert found.lead is not None
    assert found.lead.value == pytest.approx(0.2)
    assert found.why.startswith("The strong has accuracy 0.88 (95 % interval 0.83 to 0.92) on 200 locked test rows.")
    assert "On validation it leads the weak by 0.20" in found.why
    assert "more than chance" in found.why


def test_a_lead_within_chance_is_said() -> None:
    found = judged({"one": right(100, 0.81), "two": right(100, 0.80, 1)})
    assert found.chosen == "one"
    assert found.why.endswith("which is within chance.")
    faster = judged({"one": right(100, 0.81), "two": right(100, 0.80, 1)}, costs={"one": 8.0, "two": 2.0})
    assert faster.why.endswith("which is within chance; the two answers 4 times as fast.")


def test_the_cheaper_one_is_taken_only_where_the_priority_says_so() -> None:
    validation = {"big": right(400, 0.90), "small": right(400, 0.89, 1)}
    costs = {"big": 8.0, "small": 0.5}
    assert judged(validation, costs=costs).chosen == "big"
    assert judged(validation, priority="quality", costs=costs).chosen == "big"
    fast = judged(validation, priority="speed", costs=costs)
    assert (fast.chosen, fast.runner_up) == ("small", "big")
    assert (
        "The big is ahead on validation, but within chance, and the small answers in 0.5 ms a row instead of 8, "
        "as you asked for speed." in fast.why
    )
    assert judged(validation, priority="cost", costs=costs).chosen == "small"


def test_a_cheaper_one_that_is_clearly_worse_is_not_taken() -> None:
    validation = {"big": right(400, 0.90), "small": right(400, 0.80, 1)}
    assert judged(validation, priority="speed", costs={"big": 8.0, "small": 0.5}).chosen == "big"


def test_with_few_rows_within_chance_is_not_enough_to_be_taken_for_cheap() -> None:
    """0.95 against 0.80 on 40 rows may be chance; still nobody would thank us for giving away 15 points."""
    validation = {"big": right(40, 0.95), "small": right(40, 0.80, 1)}
    assert judged(validation, priority="speed", costs={"big": 8.0, "small": 0.5}).chosen == "big"


def test_hardly_cheaper_is_not_cheaper() -> None:
    validation = {"big": right(400, 0.90), "small": right(400, 0.89, 1)}
    assert judged(validation, priority="speed", costs={"big": 1.0, "small": 0.9}).chosen == "big"


def test_a_limit_of_milliseconds_is_kept() -> None:
    task = TASK.model_copy(update={"constraints": Constraints(max_latency_ms=2)})
    validation = {"big": right(400, 0.95), "small": right(400, 0.80, 1)}
    found = judged(validation, costs={"big": 8.0, "small": 0.5}, task=task)
    assert found.chosen == "small"
    assert "Only candidates that answer within 2 ms a row were considered." in found.why
    slow = judged(validation, costs={"big": 8.0, "small": 5}, task=task)
    assert slow.chosen == "big"
    assert "None answers within the 2 ms a row that you asked for." in slow.why


def test_what_does_not_beat_the_trivial_answer_is_not_recommended() -> None:
    found = judged(
        {"model": right(300, 0.52), "majority": majority(300)}, {"model": right(300, 0.51, 2), "majority": majority(300)}
    )
    assert (found.chosen, found.recommended) == ("model", False)
    assert "It does not beat the trivial answer (the majority) by more than chance, so it is not recommended." in found.why


def test_less_error_is_better_also_where_the_metric_had_to_be_replaced() -> None:
    """A target that never varies has no R2: mean absolute error decides, and there less is better."""
    task, metric = TaskSpec(kind="tabular-regression"), MetricSpec(name="r2")
    constant, given = [5.0] * 30, {"near": np.full(30, 5.1), "far": np.full(30, 9.0)}
    predictions = {name: Predictions(values=values) for name, values in given.items()}
    results = [
        CandidateResult(
            name=name, approach="baseline", title=name, status="done", validation=evaluate(task, metric, constant, found)
        )
        for name, found in predictions.items()
    ]  # fmt: skip
    assert compare(task, metric, results, constant, predictions, TRIVIAL, None).chosen == "near"


def test_luck_on_validation_is_not_enough() -> None:
    found = judged(
        {"model": right(300, 0.70), "majority": majority(300)}, {"model": right(300, 0.50, 2), "majority": majority(300)}
    )
    assert found.recommended is False


def test_a_small_test_set_does_not_throw_away_what_validation_proved() -> None:
    found = judged(
        {"model": right(160, 0.75), "majority": majority(160)}, {"model": right(40, 0.60, 2), "majority": majority(40)}
    )
    assert found.recommended is True


def test_only_the_trivial_answer_is_left() -> None:
    found = judged({"majority": majority(100)}, more=(lost("forest"),))
    assert (found.chosen, found.recommended) == ("majority", False)
    assert "It is the trivial answer: no other candidate was built, so it is not recommended." in found.why


def test_the_trivial_answer_is_not_recommended_where_no_row_chose() -> None:
    found = compare(TASK, METRIC, [done("majority", "baseline", None, None, 1, 1), lost("forest")], [], {}, TRIVIAL, None)
    assert (found.chosen, found.recommended) == ("majority", False)
    assert found.why == (
        "The majority was chosen. Not measured: no labelled rows. "
        "It is the trivial answer: no other candidate was built, so it is not recommended."
    )


def test_failed_candidates_come_last_and_do_not_end_the_run() -> None:
    found = judged({"weak": right(100, 0.7), "strong": right(100, 0.9, 1)}, more=(lost("forest"), lost("net", "cancelled")))
    assert [result.name for result in found.candidates] == ["strong", "weak", "forest", "net"]
    assert found.chosen == "strong"


def test_nothing_built_says_why() -> None:
    found = compare(TASK, METRIC, [lost("forest")], [], {}, TRIVIAL, None)
    assert (found.chosen, found.recommended) == (None, False)
    assert found.why == "Nothing could be built. the forest: It ran out of memory."


def test_without_labels_the_rungs_decide() -> None:
    results = [done("names", "zero-shot", None, None, 1, 1), done("llm", "prompting", None, None, 1, 1)]
    found = compare(TASK, METRIC, results, [], {}, TRIVIAL, None)
    assert (found.chosen, found.recommended, found.lead) == ("llm", True, None)
    assert found.why == "The llm was chosen because it needs no training data. Not measured: no labelled rows."


def test_without_rows_to_learn_from_the_labelled_test_rows_are_told() -> None:
    said = right(40, 0.9)
    found = compare(
        TASK, METRIC, [done("names", "zero-shot", None, said, 1, 1)], [], {}, TRIVIAL, None,
        test_target=target(40), test_predictions={"names": said},
    )  # fmt: skip
    assert (found.chosen, found.recommended) == ("names", True)
    assert found.why == (
        "The names was chosen because it needs no training data. "
        "The names has accuracy 0.90 (95 % interval 0.77 to 0.96) on 40 locked test rows."
    )


def test_without_rows_to_learn_from_what_is_no_better_than_one_answer_is_not_recommended() -> None:
    said = right(40, 0.5)
    found = compare(
        TASK, METRIC, [done("names", "zero-shot", None, said, 1, 1)], [], {}, TRIVIAL, None,
        test_target=target(40), test_predictions={"names": said},
    )  # fmt: skip
    assert (found.chosen, found.recommended) == ("names", False)
    assert found.why.endswith("It does not beat always giving one answer by more than chance, so it is not recommended.")


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.8714, "0.87"), (0.0312, "0.031"), (12.345, "12.3"), (46730.4, "46,730"), (0.0, "0.00"), (-1.5, "-1.50")],
)
def test_figures_are_short(number: float, words: str) -> None:
    assert figure(number) == words


def test_scores_are_said_with_their_interval() -> None:
    assert in_words(Score(metric="r2", value=0.03, low=-0.02, high=0.07)) == "0.03 (95 % interval -0.02 to 0.07)"
    assert in_words(Score(metric="r2", value=0.5)) == "0.50"
