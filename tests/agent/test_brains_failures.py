"""Every way in which a language model fails: the person is answered, told once, and nothing is lost or started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer, call
from chat_wire import Said
from good_brain import BRAIN, Answer, Answers
from tenacity import wait_none

from agent import exchange, limits
from agent.session import Session
from agent.view import SessionState

GOOD = "It is the average over both groups."

STATUS = {
    "bad request": Said(status=400),
    "wrong key": Said(status=401),
    "no money": Said(status=402),
    "forbidden": Said(status=403),
    "unknown model": Said(status=404),
    "request time-out": Said(status=408),
    "conflict": Said(status=409),
    "too large": Said(status=413),
    "unprocessable": Said(status=422),
    "too many requests": Said(status=429),
    "too many requests for an hour": Said(status=429, headers={"Retry-After": "3600"}),
    "server error": Said(status=500),
    "bad gateway": Said(status=502, body="<html>bad gateway</html>"),
    "unavailable": Said(status=503),
    "gateway time-out": Said(status=504),
    "redirected elsewhere": Said(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}, body=""),
    "context too long": Said(
        status=400, body={"error": {"message": "context_length_exceeded", "code": "context_length_exceeded"}}
    ),
}
WIRE = {
    "closed without a byte": Said(text="hello there you", fault="drop"),
    "reset": Said(text="hello there you", fault="reset"),
    "stopped half way": Said(text="here is what I will do for you", fault="cut"),
    "a page of HTML": Said(body="<html>hello</html>"),
    "another JSON": Said(body={"hello": 1}),
    "an error in the body": Said(body={"error": {"message": "overloaded"}}),
    "no JSON in the stream": Said(body="data: {nope\n\n", headers={"Content-Type": "text/event-stream"}),
    "an error in the stream": Said(body='data: {"error": {"message": "overloaded"}}\n\n'),
    "no choices": Said(body='data: {"id": "1", "choices": []}\n\ndata: [DONE]\n\n'),
    "null for choices": Said(body='data: {"id": "1", "choices": null}\n\ndata: [DONE]\n\n'),
    "null for the delta": Said(body='data: {"id": "1", "choices": [{"index": 0, "delta": null}]}\n\ndata: [DONE]\n\n'),
    "bytes that are no text": Said(body=b"\x00\xff\xfe\x00"),
}
SLOW = {"never answers": Said(fault="hang"), "falls silent": Said(text="one two three four five six", fault="stall")}
WORDS = {
    "empty": Said(text=""),
    "blanks": Said(text="  \n "),
    "thoughts alone": Said(text="<think>the user wants a plan"),
    "a refusal": Said(refusal="I can't help with that."),
    "a refusal in words": Said(text="I'm sorry, but I can't assist with that request."),
    "a refusal in German": Said(text="Es tut mir leid, dabei kann ich nicht helfen."),
    "cut off": Said(text="I would", finish="length"),
    "filtered": Said(text="I would", finish="content_filter"),
    "a score in percent": Said(text="The best model reaches 93 % accuracy."),
    "a score as a decimal": Said(text="F1 will be 0.87 here."),
    "a whole score": Said(text="You get an accuracy of 91."),
    "a share": Said(text="It finds 9 out of 10 late deliveries."),
    "a score spelled out": Said(text="About ninety-one percent of them will be right."),
    "a tool call as words": Said(text='<tool_call>{"name": "propose_plan"}</tool_call>'),
    "the same again and again": Said(text="I do not know. " * 40),
    "JSON as words": Said(text='{"name": "propose_plan", "arguments": {}}'),
}
TABULAR = {"kind": "tabular-classification", "target": "delivery"}
CALLS = {
    "arguments that are no JSON": Said(calls=[("record_task", '{"patch": {"kind": "tab')]),
    "arguments that are a list": Said(calls=[("record_task", "[1, 2]")]),
    "an unknown tool": call("delete_everything"),
    "a shell": call("bash", command="curl http://example.com"),
    "a missing argument": call("record_task"),
    "an argument too many": call("propose_plan", approved=True),
    "an argument of another type": call("ask_for_labels", rows="many"),
    "an unknown kind": call("record_task", patch={"kind": "tea-making"}),
    "an unknown field": call("record_task", patch={"deadline": "tomorrow"}),
    "a column that is not there": call("record_task", patch={"target": "profit"}),
    "a label that is not there": call("record_task", patch={**TABULAR, "labels": [{"name": "lost"}]}),
    "a metric for something else": call("record_task", patch={**TABULAR, "metric": {"name": "rmse"}}),
    "a file that is not there": call("inspect_data", attachment="../../etc/passwd"),
    "a plan too early": call("propose_plan"),
    "candidates that there are not": call("propose_plan", preferences={"approaches": ["wishing"]}),
    "running without a plan": call("run_plan", plan_hash="0123456789abcdef"),
    "results before a run": call("explain_results"),
    "status before a run": call("run_status"),
    "trying before a run": call("try_prototype", text="hello"),
    "exporting before a run": call("export_prototype"),
    "labelling without rows": call("ask_for_labels"),
    "endless looking": call("inspect_data"),
}
FAILURES: dict[str, Said] = {**STATUS, **WIRE, **SLOW, **WORDS, **CALLS}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses take no time."""
    monkeypatch.setattr(exchange, "PAUSE", wait_none())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'}\n" for i in range(120))
    path.write_text("weight,stops,delivery\n" + rows)
    return path


def notes(state: SessionState) -> list[str]:
    """What the person was told about the language model."""
    return [message.text for message in state.messages if message.text.startswith(BRAIN)]


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_told_once_and_the_turn_is_answered(
    name: str, served: Callable[[Answer], ChatServer], table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in SLOW:
        monkeypatch.setattr(limits, "SECONDS_A_TURN", {True: 0.4, False: 0.4})
        monkeypatch.setattr(limits, "SECONDS_AT_LEAST", 0.4)
    failing = True
    served(lambda request: FAILURES[name] if failing else GOOD)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(table)

    first = session.send("predict delivery")
    assert len(notes(first)) == 1
    assert first.workspace.task.target == "delivery"
    assert first.card is not None
    assert first.error is None
    assert (first.run_id, first.workspace.approval) == (None, None)

    failing = False
    if name in SLOW:
        monkeypatch.setattr(limits, "SECONDS_A_TURN", {True: 30.0, False: 30.0})
    second = session.send("and what is macro-F1?")
    assert second.reply == GOOD
    assert len(notes(second)) == 1
    assert second.card == first.card
    assert second.run_id is None


def test_there_are_over_forty_failures() -> None:
    assert len(FAILURES) > 40


def test_an_endpoint_that_cannot_be_reached(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_BASE_URL", "http://127.0.0.1:9/v1")
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(table)
    state = session.send("predict delivery")
    told = f"{BRAIN} did not get this done: it could not be reached. I answer this time myself, without a language model.\n\n"
    assert [note[: len(told)] for note in notes(state)] == [told]
    assert state.reply.startswith(told)
    assert state.card is not None


def test_a_greeting_is_answered_too(served: Callable[[Answer], ChatServer]) -> None:
    served(lambda request: Said(status=500))
    state = Session.open(kept=False, brain=BRAIN).send("hola, ¿qué puedes hacer?")
    assert notes(state)[0].startswith(f"{BRAIN} no lo ha conseguido: el servicio falló.")
    assert [question.field for question in state.questions] == ["task"]


def test_a_busy_endpoint_is_asked_again(served: Callable[[Answer], ChatServer]) -> None:
    answers: Answers = iter([Said(status=429), Said(status=503), Said(text="hello")])
    server = served(lambda request: next(answers))
    state = Session.open(kept=False, brain=BRAIN).send("hello")
    assert (state.reply, notes(state), len(server.requests)) == ("hello", [], 3)


def test_a_wrong_key_is_not_tried_again(served: Callable[[Answer], ChatServer]) -> None:
    server = served(lambda request: Said(status=401))
    Session.open(kept=False, brain=BRAIN).send("hello")
    assert len(server.requests) == 1


def test_the_repair_gets_the_exact_error(served: Callable[[Answer], ChatServer], table: Path) -> None:
    answers: Answers = iter(
        [call("record_task", patch={"target": "profit"}), call("record_task", patch=TABULAR), call("propose_plan"), "ok"]
    )
    server = served(lambda request: next(answers))
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(table)
    state = session.send("predict delivery")
    error = json.dumps(server.requests[1]["messages"][-1])
    assert "columns of the data (weight, stops, delivery)" in error
    assert (notes(state), state.workspace.task.target) == ([], "delivery")
    assert state.card is not None


def test_an_answer_that_cannot_be_used_is_mended_once(served: Callable[[Answer], ChatServer]) -> None:
    answers: Answers = iter([Said(text=""), "Hello, what shall we do?"])
    server = served(lambda request: next(answers))
    state = Session.open(kept=False, brain=BRAIN).send("hello")
    assert (state.reply, notes(state)) == ("Hello, what shall we do?", [])
    assert "it was empty" in server.requests[1]["messages"][-1]["content"]


def test_after_three_turns_in_a_row_it_rests(served: Callable[[Answer], ChatServer]) -> None:
    server = served(lambda request: Said(status=401))
    session = Session.open(kept=False, brain=BRAIN)
    for _ in range(3):
        state = session.send("hello")
    assert "For the next minutes I answer myself, without a language model." in notes(state)[-1]
    assert len(session.send("hello").messages) == len(state.messages) + 2
    assert len(notes(session.state())) == 3
    assert len(server.requests) == 3


def test_a_model_that_rested_is_asked_again(served: Callable[[Answer], ChatServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REST_SECONDS", 0.0)
    failing = True
    served(lambda request: Said(status=401) if failing else "I am back.")
    session = Session.open(kept=False, brain=BRAIN)
    for _ in range(3):
        session.send("hello")
    failing = False
    assert session.send("hello").reply == "I am back."


def test_an_endless_turn_is_ended_by_the_limit_of_calls(served: Callable[[Answer], ChatServer], table: Path) -> None:
    server = served(lambda request: call("inspect_data"))
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(table)
    state = session.send("predict delivery")
    assert len(server.requests) == limits.CALLS_A_TURN
    assert "it did not come to an end" in notes(state)[0]


def test_a_conversation_has_a_limit_of_calls(served: Callable[[Answer], ChatServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS_A_CONVERSATION", 2)
    server = served(lambda request: "hello")
    session = Session.open(kept=False, brain=BRAIN)
    said = [session.send("hello").messages[-2:] for _ in range(4)]
    assert len(server.requests) == 2
    told = [message.text for message in session.state().messages if "as often as a conversation allows" in message.text]
    assert len(told) == 1
    assert all(messages[-1].role == "assistant" for messages in said)


def test_a_limit_in_dollars_holds(served: Callable[[Answer], ChatServer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_PRICES", "test-model=1000000/0")  # a dollar a token
    server = served(lambda request: Said(text="hello", usage=(6, 1)))
    session = Session.open(kept=False, brain=BRAIN)
    first = session.send("hello")
    second = session.send("hello")
    assert (first.workspace.usage.dollars, len(server.requests)) == (6.0, 1)
    assert "has used up what this conversation may cost" in second.reply


def test_words_that_forbid_it_are_not_sent(served: Callable[[Answer], ChatServer], monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.llm import naming

    server = served(lambda request: "hello")
    real = naming.language_model
    monkeypatch.setattr(naming, "language_model", lambda name: real(name).model_copy(update={"remote": True}))
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setenv("FASTTRACK_OFFLINE", "0")  # the tests' own refusal of the network holds all the same
    state = Session.open(kept=False, brain=BRAIN).send("sort our letters. Nothing may leave this computer, that is the law")
    assert server.requests == []
    assert any("nothing may leave this machine" in message.text for message in state.messages)
