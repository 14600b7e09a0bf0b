"""How a question is put, and what is left out once an endpoint refuses it."""

from __future__ import annotations

import pytest

from tools.runtime.asking import Answer, Question
from tools.runtime.request_form import FEWER, MOST, WIDE, Form, has_room

QUESTION = Question([{"role": "system", "content": "Sort."}, {"role": "user", "content": "hello"}], Answer(("a", "b")))


def test_everything_is_asked_for_at_first() -> None:
    body = Form().body("m", QUESTION)
    assert body["messages"] == QUESTION.messages
    assert body["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"] == ["a", "b"]
    assert (body["temperature"], body["logprobs"], body["top_logprobs"], body["model"]) == (0, True, MOST, "m")
    assert has_room(body)


def test_numbers_have_no_alternatives() -> None:
    assert "logprobs" not in Form().body("m", Question(QUESTION.messages, Answer()))


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", {"limit": "max_completion_tokens"}),
        ("Unsupported value: 'temperature' does not support 0 with this model.", {"temperature": False}),
        ("Invalid value for 'top_logprobs': must be at most 5", {"alternatives": FEWER}),
        ("logprobs are not supported with reasoning models", {"alternatives": 0}),
        ("response_format type json_schema is unavailable", {"mode": "object_schema"}),
        ("failed to parse grammar", {"mode": "object_schema"}),
        ("System role not supported", {"system": False}),
    ],
)
def test_what_a_refusal_names_is_left_out(message: str, change: dict[str, object]) -> None:
    lower, named = Form().lowered(message)
    assert named
    assert lower is not None
    assert lower.as_json() == {**Form().as_json(), **change}


def test_a_refusal_that_names_nothing_is_met_step_by_step_until_nothing_is_left() -> None:
    form: Form | None = Form()
    steps = []
    while form is not None:
        steps.append((form.alternatives, form.mode, form.temperature, form.limit))
        form, named = form.lowered("no")
        assert not named
    assert steps == [
        (MOST, "json_schema", True, "max_tokens"),
        (0, "json_schema", True, "max_tokens"),
        (0, "object_schema", True, "max_tokens"),
        (0, "json_object", True, "max_tokens"),
        (0, "text", True, "max_tokens"),
        (0, "text", False, "max_tokens"),
        (0, "text", False, None),
    ]


def test_some_servers_take_the_schema_in_another_place() -> None:
    body = Form(mode="object_schema").body("m", QUESTION)
    assert body["response_format"]["type"] == "json_object"
    assert body["response_format"]["schema"]["properties"]["answer"]["enum"] == ["a", "b"]
    assert "JSON" in body["messages"][-1]["content"]


def test_without_a_schema_the_form_is_said_in_words_and_the_question_stays_as_it_was() -> None:
    body = Form(mode="text").body("m", QUESTION)
    assert body["messages"][-1]["content"].startswith("hello\n\nAnswer with exactly one of these labels")
    assert "response_format" not in body
    assert QUESTION.messages[-1]["content"] == "hello"


def test_a_system_message_goes_before_the_first_of_the_user() -> None:
    assert Form(system=False).body("m", QUESTION)["messages"] == [{"role": "user", "content": "Sort.\n\nhello"}]


def test_a_model_that_thinks_gets_room() -> None:
    body = Form(wide=True, limit="max_completion_tokens").body("m", QUESTION)
    assert body["max_completion_tokens"] == WIDE
    assert not has_room(body)


def test_a_form_is_remembered_and_what_is_unknown_is_passed_over() -> None:
    form = Form(mode="text", alternatives=0, temperature=False)
    assert Form.from_json({**form.as_json(), "of a later version": 1}) == form
    assert Form.from_json(None) == Form()
