"""Several labels at once: understood from words in four languages and from data, and told in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import reviews

from agent.interview import questions
from agent.narration.planning import metric
from agent.narration.showing import describe, understood
from agent.understanding.understanding import Understanding, understand
from tools.core.data import DataProfile
from tools.core.task import Label, Language, MetricSpec, TaskSpec
from tools.data.attaching import attach
from tools.data.profiling import profile

KIND = "multilabel-text-classification"


def heard(words: str, shown: DataProfile | None = None) -> Understanding:
    return understand(words, TaskSpec(), shown or DataProfile())


@pytest.fixture
def joined(tmp_path: Path) -> DataProfile:
    return profile([attach(reviews.write_joined(tmp_path / "joined.csv", 200)).id])


@pytest.fixture
def flags(tmp_path: Path) -> DataProfile:
    return profile([attach(reviews.write_flags(tmp_path / "flags.csv", 200)).id])


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        ("an article can be about more than one of politics, sport, culture; tag all that apply", "politics sport culture"),
        ("multi-label classification of abstracts into physics, biology and chemistry", "physics biology chemistry"),
        (
            "jede Nachricht kann zu mehreren Themen gehören, alle passenden sollen dran: Preis, Lieferung, Qualität",
            "Preis Lieferung Qualität",
        ),
        (
            "un avis peut parler de plusieurs choses à la fois, mets toutes les étiquettes: prix, service, qualité",
            "prix service qualité",
        ),
        (
            "una reseña puede hablar de varias cosas a la vez, quiero todas las etiquetas: precio, servicio, calidad",
            "precio servicio calidad",
        ),
        ("every ticket gets one or more tags from network, printer, account", "network printer account"),
    ],
)
def test_words_alone_are_enough(words: str, labels: str) -> None:
    found = heard(words)
    assert (found.task.kind, found.status, found.task.label_names) == (KIND, "ready", labels.split())


def test_without_labels_they_are_asked_for() -> None:
    found = heard("one message can have several tags at once, mark all of them")
    assert (found.task.kind, found.status) == (KIND, "needs-answer")
    assert [question.field for question in questions(found.task, DataProfile(), found.status)] == ["labels", "data"]


def test_one_of_several_groups_is_not_several_labels() -> None:
    assert heard("sort mails into billing, shipping, complaint").task.kind == "text-classification"


@pytest.mark.parametrize("words", ["", "here are our reviews", "sort the reviews by topic", "sag mir worum es jeweils geht"])
def test_cells_of_several_labels_tell_the_kind(words: str, joined: DataProfile) -> None:
    found = heard(words, joined)
    assert (found.task.kind, found.status, found.task.target, found.task.inputs) == (KIND, "ready", "topics", ["review"])
    assert (found.task.label_separator, set(found.task.label_names)) == (";", set(reviews.LABELS))
    assert found.task.target_columns == []


@pytest.mark.parametrize("words", ["", "here are our reviews", "sort the reviews by topic", "mark everything that applies"])
def test_columns_of_yes_and_no_tell_the_kind(words: str, flags: DataProfile) -> None:
    found = heard(words, flags)
    assert (found.task.kind, found.status, found.task.target, found.task.inputs) == (KIND, "ready", None, ["review"])
    assert found.task.target_columns == found.task.label_names == reviews.LABELS


def test_one_of_the_columns_can_be_wanted_alone(flags: DataProfile) -> None:
    found = heard("predict whether a review mentions the delivery", flags)
    assert (found.task.kind, found.task.target, found.task.target_columns) == ("text-classification", "delivery", [])


def test_a_column_can_be_left_out(flags: DataProfile) -> None:
    found = heard("tag each review with all topics that apply, but leave out the delivery", flags)
    assert found.task.target_columns == ["price", "service", "quality"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("tag the reviews with all topics that apply", None),
        ("tag the reviews with all that apply, judged by accuracy", MetricSpec(name="accuracy")),
        ("tag the reviews with all that apply; missing one is much worse than a false alarm", MetricSpec(name="fbeta", at=2.0)),
        ("tag the reviews with all topics that apply, judged by mcc", None),
    ],
)
def test_how_errors_count(words: str, wanted: MetricSpec | None, joined: DataProfile) -> None:
    assert heard(words, joined).task.metric == wanted


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "I take it that `review` may have several labels at once, or none: a and b. They are in `topics`."),
        (
            "de",
            "Ich verstehe es so: Zu `review` gehören mehrere Schlagworte zugleich oder keines: a und b. "
            "Sie stehen in `topics`.",
        ),
        (
            "fr",
            "Je comprends que `review` peut avoir plusieurs étiquettes à la fois, ou aucune : a et b. "
            "Elles sont dans `topics`.",
        ),
        ("es", "Entiendo que `review` puede tener varias etiquetas a la vez, o ninguna: a y b. Están en `topics`."),
    ],
)
def test_it_is_told(language: Language, said: str) -> None:
    task = TaskSpec(kind=KIND, language=language, inputs=["review"], target="topics", labels=[Label(name="a"), Label(name="b")])
    assert understood(task) == said


def test_the_columns_are_named(flags: DataProfile) -> None:
    said = understood(heard("tag them all", flags).task)
    assert said.endswith("They are in `price`, `service`, `quality` and `delivery`.")


def test_the_file_is_described_by_its_labels(joined: DataProfile) -> None:
    rarest = min(sum("delivery" in labels for _, labels in reviews.reviews(200)), 200)
    said = describe(TaskSpec(), joined)
    assert f"`topics` (4 labels, several at once; the rarest, `delivery`, in {rarest} rows)" in said


def test_a_metric_of_every_label_is_said() -> None:
    assert metric("en", MetricSpec(name="fbeta", at=2.0)) == (
        "F2 of each label, averaged (a miss counts more than a false alarm)"
    )
