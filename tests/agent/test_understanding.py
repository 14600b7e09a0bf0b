"""First words and what follows, read into a TaskSpec. Profiles are built by hand: no file is read here."""

from __future__ import annotations

import pytest
from profiles import NO_DATA, category, number, table, text

from agent.interview import questions
from agent.understanding import Understanding, understand
from tools.core.data import DataProfile
from tools.core.task import QuestionField, TaskSpec

MAILS = table(text("message", 30), category("team", {"billing": 300, "sales": 150, "legal": 50}, 0.75))
UNMARKED = table(text("dialogue", 120), category("filed_under", {"A": 200, "B": 200, "C": 100}))
WELLS = table(
    number("depth"),
    category("region", {"N": 250, "S": 250}),
    category("status", {"working": 400, "dry": 100}, 0.75),
    number("cost", target=0.8),
)


PLACES = (
    text("address", 4.5),
    *(category(f"place_{at}", {"N": 250, "S": 200, "W": 50}) for at in range(16)),
    number("latitude"),
)
ANSWER = category("complaint_type", {"dog": 300, "cat": 150, "bird": 50}, 0.75)


def first(words: str, profile: DataProfile = NO_DATA) -> Understanding:
    return understand(words, TaskSpec(), profile)


def asked(found: Understanding, profile: DataProfile = NO_DATA) -> list[QuestionField]:
    return [question.field for question in questions(found.task, profile, found.status)]


def test_messages_go_to_teams_without_a_question() -> None:
    found = first("we get too many mails and want them to go to the right team by themselves", MAILS)
    assert (found.status, found.intent, found.task.kind) == ("ready", "task", "text-classification")
    assert (found.task.target, found.task.inputs) == ("team", ["message"])
    assert found.task.label_names == ["billing", "sales", "legal"]
    assert asked(found, MAILS) == []


def test_many_columns_beside_an_address_are_a_table_whatever_the_words_sound_like() -> None:
    words = "what is a complaint about an animal about"
    found = first(words, table(ANSWER, *PLACES))
    assert (found.task.kind, found.task.target) == ("tabular-classification", "complaint_type")
    assert set(found.task.inputs) == {column.name for column in PLACES}
    prose = first(words, table(ANSWER, *PLACES, text("narrative", 60)))
    assert (prose.task.kind, prose.task.inputs) == ("text-classification", ["narrative"])


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Die Mails sollen von selbst in die richtige Abteilung kommen", "de"),
        ("je voudrais trier les messages par service", "fr"),
        ("quiero clasificar los mensajes según el equipo", "es"),
    ],
)
def test_other_languages_are_understood_and_kept(words: str, language: str) -> None:
    found = first(words, MAILS)
    assert (found.task.kind, found.task.target, found.task.language) == ("text-classification", "team", language)
    later = understand("ok", found.task, MAILS)
    assert later.task.language == language


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("summarise our long meeting minutes in three lines", "summarisation"),
        ("die Speisekarte soll ins Englische übersetzt werden", "translation"),
        ("pull the supplier, the date and the total out of the bills", "information-extraction"),
        ("tell from a photo which mushroom it is", "image-classification"),
        ("find and count the sheep on drone pictures", "object-detection"),
        ("staff should ask our handbook a question and get the answer", "question-answering"),
        ("write product descriptions in our style", "text-generation"),
        ("ask our sales database in plain words instead of SQL", "text-to-sql"),
    ],
)
def test_kinds_without_an_approach_are_named_and_not_built(words: str, kind: str) -> None:
    found = first(words)
    assert (found.task.kind, found.status) == (kind, "not-supported")
    assert found.task.metric is None


def test_a_number_is_predicted_and_the_question_names_the_measure() -> None:
    found = first("what will a well cost us?", WELLS)
    assert (found.task.kind, found.task.target, found.status) == ("tabular-regression", "cost", "ready")
    assert "cost" not in found.task.inputs


def test_several_plausible_targets_are_asked_with_choices() -> None:
    found = first("can you make it predict?", WELLS)
    assert (found.status, found.task.kind, found.task.target) == ("needs-answer", None, None)
    question = questions(found.task, WELLS, found.status)[0]
    assert question.field == "target"
    assert {"cost", "status"} <= set(question.choices)
    assert question.recommended == question.choices[0]


@pytest.mark.parametrize(
    ("answer", "target", "kind"),
    [
        ("cost", "cost", "tabular-regression"),
        ("the last column", "cost", "tabular-regression"),
        ("oh, whether it still works, so status", "status", "tabular-classification"),
        ("column 3", "status", "tabular-classification"),
        ("1", "cost", "tabular-regression"),
        ("yes", "cost", "tabular-regression"),
    ],
)
def test_an_answer_is_read_in_the_light_of_the_question(answer: str, target: str, kind: str) -> None:
    found = first("can you make it predict?", WELLS)
    later = understand(answer, found.task, WELLS, "target")
    assert (later.intent, later.status, later.task.target, later.task.kind) == ("answer", "ready", target, kind)


def test_a_wrong_target_is_corrected_and_the_rest_follows() -> None:
    found = first("which wells run dry? thats status", WELLS)
    assert found.task.label_names == ["working", "dry"]
    later = understand("no, predict cost instead", found.task, WELLS)
    assert (later.intent, later.task.target, later.task.kind, later.task.labels) == (
        "change",
        "cost",
        "tabular-regression",
        None,
    )
    assert "status" in later.task.inputs


def test_a_change_of_mind_inside_the_message() -> None:
    found = first("guess what a well costs - no, scrap that, I want to know whether it is working or dry", WELLS)
    assert found.task.target == "status"


def test_columns_that_are_ruled_out_stay_out() -> None:
    found = first("will the well run dry? ignore the region", WELLS)
    assert found.task.excluded_columns == ["region"]
    assert "region" not in found.task.inputs


def test_just_build_it_asks_nothing() -> None:
    found = first("just build it", WELLS)
    assert (found.status, asked(found, WELLS)) == ("ready", [])
    assert found.task.target in ("cost", "status")


def test_wanted_labels_that_are_nowhere_defined_are_asked() -> None:
    found = first("I need the urgent talks to come first, nobody ever marked them. nothing may leave this computer", UNMARKED)
    assert (found.task.kind, found.task.target, asked(found, UNMARKED)) == ("text-classification", None, ["labels"])
    assert found.task.constraints.offline
    later = understand("ring back today, or can wait", found.task, UNMARKED, "labels")
    assert (later.status, later.task.label_names) == ("ready", ["ring back today", "can wait"])


def test_words_that_contradict_the_data_are_asked_about() -> None:
    profile = table(text("post", 20), category("label", {"fine": 300, "nasty": 200}, 0.9))
    found = first("every post is marked nasty, so-so or fine, sort the new ones the same way", profile)
    assert (found.task.target, asked(found, profile)) == ("label", ["labels"])
    question = questions(found.task, profile, found.status)[0]
    assert question.text == (
        "You spoke of nasty, so-so, fine, but `label` holds fine and nasty. Shall I use what is in the file?"
    )
    assert question.recommended is not None
    later = understand(question.recommended, found.task, profile, "labels")
    assert (later.status, later.task.label_names) == ("ready", ["fine", "nasty"])


def test_labels_in_words_are_enough_for_zero_shot() -> None:
    found = first("sort visitor feedback into praise, complaint and idea")
    assert (found.status, found.task.label_names) == ("ready", ["praise", "complaint", "idea"])


def test_labels_with_descriptions() -> None:
    found = first("sort complaints for the council")
    assert asked(found) == ["labels", "data"]
    later = understand("- noise: loud neighbours\n- waste: bins not emptied", found.task, NO_DATA, "labels")
    assert [(label.name, label.description) for label in later.task.labels or []] == [
        ("noise", "loud neighbours"),
        ("waste", "bins not emptied"),
    ]
