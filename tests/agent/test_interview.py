"""The questions: their words, choices and order."""

from __future__ import annotations

from typing import get_args

import pytest

from agent.interview import questions
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.task import Language, TaskKind, TaskSpec


def test_nothing_is_asked_where_nothing_is_built() -> None:
    assert questions(TaskSpec(), DataProfile(), "not-ml") == []


@pytest.mark.parametrize("language", get_args(Language))
def test_the_question_is_in_the_persons_language(language: Language) -> None:
    from agent.narration.phrases import phrase

    asked = questions(TaskSpec(language=language), DataProfile(), "needs-answer")
    assert [(question.field, question.text) for question in asked] == [("task", phrase(language, "question.task"))]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("question-answering", "the documents themselves"),
        ("text-generation", "how the finished text should look"),
        ("object-detection", "some of the pictures"),
        ("text-to-sql", "the database file"),
        ("tabular-regression", "past cases"),
    ],
)
def test_data_are_asked_for_as_the_kind_needs_them(kind: TaskKind, words: str) -> None:
    asked = questions(TaskSpec(kind=kind), DataProfile(), "not-supported")
    assert asked[0].field == "data"
    assert words in asked[0].text


def test_target_choices_are_plausible_columns_with_the_best_first() -> None:
    def column(name: str, target: float) -> ColumnProfile:
        return ColumnProfile(name=name, role="number", dtype="number", rows=9, missing=0, unique=9, candidate_target=target)

    columns = [column("a", 0.2), column("b", 0.9), column("id", 0.0)]
    profile = DataProfile(
        files=[FileProfile(attachment="x", file="x.csv", role="train", format="csv", rows=9, columns=columns)]
    )
    (question,) = questions(TaskSpec(kind="tabular-regression"), profile, "needs-answer")
    assert (question.choices, question.recommended) == (["b", "a"], "b")


def test_zero_shot_needs_names_of_groups_before_data() -> None:
    asked = questions(TaskSpec(kind="text-classification"), DataProfile(), "needs-answer")
    assert [question.field for question in asked] == ["labels", "data"]
