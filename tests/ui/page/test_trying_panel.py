from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_runs import HARMFUL_LABEL, SmallRun

from agent.desk.trying import Field, TryForm
from agent.session import Session
from tools.core.errors import PersonDecides
from ui.page import trying

Runs = Callable[[str], SmallRun]


def press(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name).click().run()


def test_an_example_is_filled_in_and_the_answer_has_a_bar_a_class(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("trying", opened("messages"))
    assert not page.exception
    field = (page.text_area or page.text_input)[0]
    assert field.label == "message"
    assert field.value
    (page.text_area or page.text_input)[0].set_value("parcel late")
    page = press(page, "Ask")
    text = shown(page)
    assert '<div class="ft-answer-value" dir="auto">shipping</div>' in text
    assert text.count('class="ft-score') == 4  # the list and its three bars
    assert HARMFUL_LABEL not in text
    assert "&lt;b&gt;bill&lt;/b&gt; **ing**" in text


def test_another_example_fills_the_form_anew(opened: Any, panel: Any) -> None:
    page = panel("trying", opened("houses"))
    first = [one.value for one in page.number_input]
    page = press(page, "Another example")
    assert [one.value for one in page.number_input] != first
    assert [one.label for one in page.number_input] == ["area", "rooms"]
    assert page.selectbox[-1].label == "town"


def test_a_number_is_answered_with_its_range(opened: Any, panel: Any, shown: Any) -> None:
    page = press(panel("trying", opened("houses")), "Ask")
    assert "likely between" in shown(page)


def test_another_candidate_can_be_asked(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("trying", opened("houses"))
    model = next(one for one in page.selectbox if one.label == "Model")
    assert model.options[0] == "A linear model"
    model.set_value("mean").run()
    answers = set()
    for _ in range(2):
        page = press(page, "Ask")
        answers.add(shown(page).split('ft-answer-value" dir="auto">')[1].split("<")[0])
        page = press(page, "Another example")
    assert len(answers) == 1, "it always says the average"


def test_an_empty_form_is_not_asked(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("trying", opened("messages"))
    (page.text_area or page.text_input)[0].set_value("")
    page = press(page, "Ask")
    assert "Found every field empty." in shown(page)
    assert "ft-answer-value" not in shown(page)


def test_what_needs_consent_asks_first_and_then_answers(
    opened: Any, panel: Any, shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened("messages")
    allowed: list[bool] = []

    def try_rows(self: Session, rows: Any, candidate: str | None = None) -> list[dict[str, Any]]:
        if not allowed:
            raise PersonDecides(
                code="needs-consent",
                expected="your yes to sending this row to big at http://x/v1",
                found="none yet, and an answer costs about $0.002",
                remedy="Allow it.",
            )
        return [{"prediction": "shipping", "probability": 0.9, "probability:shipping": 0.9}]

    monkeypatch.setattr(Session, "try_rows", try_rows)
    monkeypatch.setattr(Session, "allow_paid_tries", lambda self, yes: allowed.append(yes))
    page = press(panel("trying", session), "Ask")
    assert "an answer costs about $0.002" in shown(page)
    assert "ft-answer-value" not in shown(page)
    page = press(page, "Allow it in this conversation")
    assert allowed == [True]
    assert '<div class="ft-answer-value" dir="auto">shipping</div>' in shown(page)
    assert "Allow it in this conversation" not in [one.label for one in page.button]


def test_a_file_comes_back_with_answers_or_says_what_is_wrong(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("trying", opened("messages"))
    page.get("file_uploader")[0].set_value(("new.csv", b"id,message\n1,parcel late\n2,charged twice\n", "text/csv")).run()
    assert not page.exception
    assert [one.label for one in page.get("download_button")] == ["Download 2 answers"]
    page.get("file_uploader")[0].set_value(("bad.csv", b"words\nhello\n", "text/csv")).run()
    assert "That did not work." in shown(page)
    assert "message" in shown(page)


def test_several_labels_and_none_are_told() -> None:
    form = TryForm("a", "A", [Field("text", "text", [])], [], ["price", "staff", "food"], True, "topics", None)
    scores = {"probability:price": 0.8, "probability:staff": 0.6, "probability:food": 0.1}
    text = str(trying.told({"prediction": '["price", "staff"]', **scores}, form))
    assert "price, staff" in text
    assert text.count("ft-given") == 2
    assert "none of the labels" in str(trying.told({"prediction": "[]", **scores}, form))


def test_of_many_classes_the_most_probable_are_shown() -> None:
    text = str(trying.bars({f"class {number}": 1 / (number + 2) for number in range(200)}, ["class 0"]))
    assert text.count('class="ft-score"') == trying.MOST_BARS - 1
    assert "and 190 classes more, each less probable" in text


def test_before_anything_is_built_there_is_nothing(planned: Session, panel: Any, shown: Any) -> None:
    assert shown(panel("trying", planned)) == ""
