"""What the person says of everything else: the label for it, whether or not the data have it."""

from __future__ import annotations

import pytest

from agent.understanding import understand
from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.core.errors import TaskError
from tools.core.task import TaskSpec
from tools.overrides import Overrides, apply


def mail(*teams: str) -> DataProfile:
    text = ColumnProfile(name="message", role="text", dtype="str", rows=400, missing=0, unique=399, mean_words=9.0)
    target = ColumnProfile(
        name="team", role="category", dtype="str", rows=400, missing=0, unique=len(teams), top=[(team, 90) for team in teams],
        candidate_target=0.9,
    )  # fmt: skip
    file = FileProfile(attachment="a", file="mail.csv", role="train", format="csv", rows=400, columns=[text, target])
    return DataProfile(files=[file])


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Sort our messages by team. Everything else is other.", "other"),
        ("Sort our messages by team; anything else should be 'Unknown'", "Unknown"),
        ("What fits none of them goes to misc. Predict the team.", "misc"),
        ("Sage mir das team der Nachrichten. Alles andere ist Sonstiges.", "Sonstiges"),
        ("Classe les messages par team, tout le reste est autre", "autre"),
        ("Clasifica los mensajes por team. Todo lo demás es otro", "otro"),
    ],
)
def test_everything_else_has_a_label(words: str, label: str) -> None:
    task = understand(words, TaskSpec(), mail("billing", "delivery", "returns")).task
    assert task.other == label
    assert task.label_names == ["billing", "delivery", "returns", label]


@pytest.mark.parametrize("words", ["Predict the team", "Predict the team, everything else can wait", "the rest of the team"])
def test_nothing_is_said_of_the_rest(words: str) -> None:
    assert understand(words, TaskSpec(), mail("billing", "delivery")).task.other is None


def test_a_label_of_the_data_is_taken_as_it_is_written() -> None:
    task = understand("Predict the team. Everything else is other.", TaskSpec(), mail("billing", "delivery", "Other")).task
    assert task.other == "Other"
    assert task.label_names == ["billing", "delivery", "Other"]


def test_labels_by_hand_may_name_one_for_the_rest() -> None:
    profile = mail("billing", "delivery", "returns")
    task = understand("Predict the team", TaskSpec(), profile).task
    named = apply(task, Overrides(labels=["billing", "delivery", "returns", "other"]), profile)
    assert named.label_names == ["billing", "delivery", "returns", "other"]
    with pytest.raises(TaskError, match="'sales'"):
        apply(task, Overrides(labels=["billing", "delivery", "sales"]), profile)
