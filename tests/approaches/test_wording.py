"""Reasons by regime: rows a class, length, language."""

from __future__ import annotations

import pytest

from tools.approaches import approach_named
from tools.approaches.base import Feasible, Machine, Situation
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.task import Label, TaskSpec

ENGLISH = ["The train is late and we have to wait for it at the station", "How do I get my money back if the parcel was lost"]
GERMAN = ["Der Zug kommt schon wieder zu spät und niemand sagt etwas dazu",
          "Leider wurde die falsche Größe geliefert, bitte tauschen Sie um",
          "Wie bekomme ich mein Geld zurück, wenn nichts ankommt"]  # fmt: skip


def situation(a_class: int, texts: list[str], words: float = 12.0) -> Situation:
    column = ColumnProfile(
        name="text", role="text", dtype="str", rows=90, missing=0, unique=90, examples=texts, mean_words=words
    )
    file = FileProfile(attachment="a", file="a.csv", role="train", format="csv", rows=90, columns=[column])
    labels = [Label(name="praise"), Label(name="complaint")]
    task = TaskSpec(kind="text-classification", inputs=["text"], target="label", labels=labels)
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=9000, gpu=False, offline=True)
    counts = {"praise": a_class, "complaint": a_class}
    return Situation(task, DataProfile(files=[file]), machine, 2 * a_class, 50, counts, 10.0, cross_validated=a_class < 100)


def said(name: str, about: Situation) -> tuple[str, float]:
    verdict = approach_named(name).consider(about)
    assert isinstance(verdict, Feasible)
    return verdict.reason, verdict.worth


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (situation(8, ENGLISH), "quick, but with so few rows a class contrastive learning is better"),
        (situation(500, ENGLISH), "best for its price at this size: meaning and word counts together"),
        (situation(500, ENGLISH, words=700), "quick; long texts are read whole, in pieces, with word counts beside"),
        (situation(500, GERMAN), "meaning and spelling together: its encoder knows English best, the counts any language"),
    ],
)
def test_the_head_says_why(about: Situation, reason: str) -> None:
    assert said("embedding-head", about)[0] == reason


def test_few_rows_are_for_contrastive_learning() -> None:
    few = situation(8, ENGLISH)
    reason, worth = said("contrastive", few)
    assert reason == "made for few labels: 8 in the middle class, and it knows what they are called"
    assert worth > said("embedding-head", few)[1]


def test_spellings_count_where_the_texts_are_not_english() -> None:
    foreign, english = said("tfidf-linear", situation(500, GERMAN)), said("tfidf-linear", situation(500, ENGLISH))
    assert english[0] == "the bar to beat"
    assert foreign[0] == "the bar to beat; spellings tell in any language, and the texts are not all English"
    assert foreign[1] > english[1]
