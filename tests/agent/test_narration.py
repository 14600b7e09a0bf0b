"""What is said, in four languages: the same keys and variables, numbers as the language writes them, honest results."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from agent import narration
from agent.narration.phrases import amount, count, duration, listed, phrase, phrases
from prompts import VARIABLE
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.evaluation import Comparison, Score
from tools.core.plan import Candidate, Estimate, Plan
from tools.core.task import TASK_KINDS, Label, Language, MetricName, MetricSpec, Question, TaskSpec

LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases_with_the_same_variables(language: Language) -> None:
    def shape(words: dict[str, str]) -> dict[str, list[str]]:
        return {key: sorted(VARIABLE.findall(text)) for key, text in words.items()}

    assert shape(phrases(language)) == shape(phrases("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_metric_has_words(language: Language) -> None:
    for kind in TASK_KINDS:
        assert phrase(language, f"kind.{kind}")
    for name in get_args(MetricName):
        spec = MetricSpec(name=name, label="spam", at=2.0 if name in ("fbeta", "precision-at-k") else None)
        assert narration.metric(language, spec)


def test_missing_and_extra_variables_are_named() -> None:
    with pytest.raises(KeyError, match=r"missing \['rows'\], extra \['row'\]"):
        phrase("en", "results.labelling", row=3)


def test_a_value_that_looks_like_a_variable_stays_text() -> None:
    assert phrase("en", "results.tried", prediction="{{ path }}") == "Answer: {{ path }}."


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ("12,345", "0.87")), ("de", ("12.345", "0,87")), ("fr", ("12 345", "0,87")), ("es", ("12.345", "0,87"))],
)
def test_numbers_are_written_as_the_language_does(language: Language, expected: tuple[str, str]) -> None:
    assert (count(language, 12345), amount(language, 0.87)) == expected


def test_small_words() -> None:
    assert listed("de", ["a", "b", "c"]) == "a, b und c"
    assert [duration("en", minutes) for minutes in (0.2, 1.0, 6.4)] == ["half a minute", "a minute", "6 minutes"]


MESSAGE = ColumnProfile(name="message", role="text", dtype="text", rows=2412, missing=0, unique=2300, mean_words=31.2)
TEAM = ColumnProfile(
    name="team",
    role="category",
    dtype="text",
    rows=2412,
    missing=0,
    unique=3,
    top=[("sales", 2000), ("it", 374), ("legal", 38)],
)
PROFILE = DataProfile(
    files=[FileProfile(attachment="a", file="tickets.csv", role="train", format="csv", rows=2412, columns=[MESSAGE, TEAM])]
)
TASK = TaskSpec(
    kind="text-classification",
    inputs=["message"],
    target="team",
    labels=[Label(name="sales"), Label(name="it"), Label(name="legal")],
)


def a_plan(**changes: Any) -> Plan:
    candidate = Candidate(name="linear", approach="baseline", title="linear", reason="the bar", estimate=Estimate(minutes=6.2))
    fields = {
        "task": TASK,
        "attachments": {},
        "candidates": [candidate],
        "metric": MetricSpec(name="macro-f1"),
        "test_rows": 482,
    }
    return Plan.model_validate({**fields, **changes})


def test_a_plan_is_told_with_the_persons_numbers() -> None:
    assert narration.plan(TASK, PROFILE, a_plan()) == (
        "I read tickets.csv: 2,412 rows with `message` (text, about 31 words) and "
        "`team` (3 values; the rarest, `legal`, has 38 rows). "
        "I take it that `team` should be predicted from `message` for new rows. "
        "Here is what I suggest. It takes about 6 minutes and costs nothing. Nothing leaves this machine in the plan below. "
        "Judged by macro-F1 (small groups count as much as big ones) on 482 rows that no candidate sees before the end. "
        "Nothing is built before you approve: approve, change something, or not this."
    )


def test_a_plan_without_labels_says_that_nothing_can_be_measured() -> None:
    task = TaskSpec(kind="text-classification", labels=[Label(name="praise"), Label(name="idea")])
    said = narration.plan(task, DataProfile(), a_plan(test_rows=0))
    assert "Each text will be sorted into praise and idea." in said
    assert "30 of them" in said
    assert "±18 points" in said
    assert "nothing can be measured" in said


def test_what_leaves_the_machine_is_said() -> None:
    away = Candidate(
        name="llm",
        approach="prompting",
        title="llm",
        reason="-",
        estimate=Estimate(minutes=1, dollars=0.5),
        leaves_machine=["500 messages to x.org"],
    )
    said = narration.plan(TASK, PROFILE, a_plan(candidates=[away]))
    assert "something leaves your machine: 500 messages to x.org." in said
    assert "costs about 0.5 dollars" in said


def outcome(**changes: Any) -> dict[str, Any]:
    def row(name: str, value: float | None, status: str = "done", reason: str | None = None) -> dict[str, Any]:
        score = {"metric": "macro-f1", "value": value, "low": 0.84, "high": 0.9} if value is not None else None
        return {"name": name, "status": status, "test": score, "validation": score, "reason": reason}

    rows = [row("head", 0.873), row("linear", 0.85), row("full", None, "failed", "out of memory")]
    fields = {
        "run_id": "none",
        "candidates": rows,
        "chosen": "head",
        "recommended": True,
        "why": "",
        "prototype": "/x/prototype.zip",
    }
    return {**fields, **changes}


def comparison(low: float, high: float) -> Comparison:
    lead = Score(metric="macro-f1", value=0.02, low=low, high=high)
    return Comparison(metric="macro-f1", candidates=[], chosen="head", recommended=True, why="", runner_up="linear", lead=lead)


def test_results_name_the_score_its_interval_and_the_runner_up() -> None:
    said = narration.results(TASK, outcome(), comparison(-0.01, 0.05))
    assert said.startswith(
        "`head` is my choice: macro-F1 0.873 on the test rows (95 % interval 0.84 to 0.9). "
        "Next comes `linear` with 0.85; the difference is within chance. The prototype is ready."
    )
    assert "`full` was not finished: out of memory" in said
    assert "the lead is more than chance" in narration.results(TASK, outcome(), comparison(0.01, 0.05))


def test_an_honest_no_offers_no_prototype() -> None:
    said = narration.results(TASK, outcome(recommended=False, prototype=None), comparison(-0.01, 0.05))
    assert said.startswith(
        "Nothing beats the simplest answer here. The best, `head`, gets macro-F1 0.873 (interval 0.84 to 0.9);"
    )
    assert "There is no prototype that I could recommend" in said
    assert "Try it" not in said


def test_without_labels_the_result_is_not_measured() -> None:
    rows = [{"name": "names", "status": "done", "test": None, "validation": None, "reason": None}]
    said = narration.results(TASK, outcome(candidates=rows, chosen="names"))
    assert "Not measured: there are no labelled rows." in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_and_talk_in_every_language(language: Language) -> None:
    task = TaskSpec(language=language, kind="summarisation")
    reasons = {narration.refusal(task, DataProfile(), "not-ml", reason) for reason in ("impossible", "harmful", "not-ml")}
    assert len(reasons) == 3
    said = narration.refusal(task, DataProfile(), "not-supported", None)
    assert phrase(language, "kind.summarisation") in said
    assert phrase(language, "alternative.summarisation") in said
    assert (
        len({narration.smalltalk(task, intent) for intent in ("greeting", "about", "smalltalk", "approve-words", "results")})
        == 5
    )


def test_words_do_not_approve() -> None:
    assert "words alone do not start it" in narration.smalltalk(TASK, "approve-words")


def test_a_question_follows_a_word_on_the_data() -> None:
    said = narration.asking(TASK, PROFILE, Question(field="target", text="Which column should be predicted?"))
    assert said.startswith("I read tickets.csv: 2,412 rows")
    assert said.endswith("Which column should be predicted?")


def test_progress_and_errors() -> None:
    status = {"state": "running", "finished": ["a"], "of": 4, "candidate": "full", "left_seconds": 200}
    assert narration.progress(TASK, status) == "1 of 4 are finished; `full` is being built. About 3 minutes left."
    assert narration.progress(TASK, {"state": "done", "finished": True}) == "The run is over."
    problem = {"code": "x", "expected": "a table", "found": "a song", "remedy": "Attach a CSV file."}
    assert narration.error(TASK, problem) == "That did not work. I expected a table, but found a song. Attach a CSV file."


def test_an_answer_of_the_prototype() -> None:
    assert narration.tried(TASK, {"prediction": "legal", "probability": 0.912}) == "Answer: legal (91 % sure)."
    assert narration.tried(TASK, {"prediction": 10.5, "low": 9.0, "high": 12.0}) == "Answer: 10.5 (probably between 9 and 12)."
