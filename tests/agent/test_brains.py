"""Language models as brains: good conversations."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chat_server import call
from chat_wire import Said
from good_brain import BRAIN, Answers, Serve, good, tools_called
from mails import CANARY

from agent.session import Session
from tools.core.plan import Plan


def test_a_whole_conversation(served: Serve, mails: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.jobs import runner

    started: list[str] = []

    def start(plan: Plan, approval: dict[str, Any], key: str, **more: Any) -> str:
        started.append(plan.hash)
        return "run-000000000000"

    monkeypatch.setattr(runner, "start", start)
    server = served(good)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.reply == "Here is what I suggest."
    assert state.card is not None
    assert state.plan is not None
    assert state.card == state.plan.hash
    assert state.workspace.task.instruction == "Read the mail, pick the team."
    assert state.workspace.task.label_names == ["parcels", CANARY]
    assert started == []
    asked = session.send("when does it start?")
    assert asked.reply == "Nothing is built before you approve it."
    assert asked.card == state.card
    assert len(server.requests) == 4
    assert tools_called(server.requests[0]) == ["inspect_data"]
    session._thread.go_on(_approval(state.card), session._choice)
    assert started == [state.card]


def _approval(plan_hash: str) -> Any:
    from langgraph.types import Command

    approval = {"plan_hash": plan_hash, "at": "2026-01-01T00:00:00+00:00", "by": "person"}
    return Command(resume={"decisions": [{"type": "approve"}]}, update={"workspace": {"approval": approval}})


def test_words_are_heard_as_they_come(served: Serve) -> None:
    served(lambda request: "Hello, what would you like to sort?")
    heard: list[str | None] = []
    state = Session.open(kept=False, brain=BRAIN).send("hi", heard.append)
    assert len(heard) > 3
    assert "".join(part or "" for part in heard) == state.reply == "Hello, what would you like to sort?"


def test_what_was_heard_of_an_answer_that_cannot_be_used_is_taken_back(served: Serve) -> None:
    answers: Answers = iter(["That gives 97 % accuracy for sure.", "Hello, what would you like to sort?"])
    served(lambda request: next(answers))
    heard: list[str | None] = []
    Session.open(kept=False, brain=BRAIN).send("hi", heard.append)
    assert None in heard
    assert "".join(part or "" for part in heard[heard.index(None) :]) == "Hello, what would you like to sort?"


def test_a_model_that_only_talks_still_ends_in_a_plan(served: Serve, mails: Path) -> None:
    server = served(lambda request: "I shall see to it.")
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.workspace.task.target == "team"
    assert state.card is not None
    assert len(server.requests) == 1


def test_a_plan_is_proposed_where_the_model_stops_before_it(served: Serve, mails: Path) -> None:
    answers: Answers = iter([call("record_task", patch={"target": "team"}), "I have noted that."])
    served(lambda request: next(answers))
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.card is not None


def test_open_questions_come_with_the_models_words(served: Serve) -> None:
    served(lambda request: "Which groups should it be?")
    state = Session.open(kept=False, brain=BRAIN).send("sort feedback from our museum visitors into groups")
    assert state.reply == "Which groups should it be?"
    assert "labels" in [question.field for question in state.questions]


def test_two_calls_in_one_message_are_one(served: Serve, mails: Path) -> None:
    def both(request: dict[str, Any]) -> str | Said:
        answer = good(request)
        if isinstance(answer, Said) and answer.calls and answer.calls[0][0] == "run_plan":
            return Said(text="Here.", calls=[*answer.calls, *answer.calls, ("export_prototype", {})])
        return answer

    served(both)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.plan is not None
    assert state.card == state.plan.hash
    assert session.send("why?").card == state.card


def test_the_persons_rejection_reaches_the_model(served: Serve, mails: Path) -> None:
    server = served(good)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.card is not None
    turned_down = session.decide(state.card, approve=False)
    assert (turned_down.card, turned_down.reply) == (None, "What should be different?")
    assert session.send("why?").card == state.card
    assert server.requests[-1]["messages"][-3]["content"].startswith("The person did not approve this plan.")


def test_a_plan_that_was_turned_down_is_not_shown_again_at_once(served: Serve, mails: Path) -> None:
    def stubborn(request: dict[str, Any]) -> str | Said:
        hashes = re.findall(r"plan_hash\W+([0-9a-f]{16})", json.dumps(request["messages"]))
        return call("run_plan", plan_hash=hashes[-1]) if hashes else good(request)

    served(stubborn)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    state = session.send("sort new mails by team")
    assert state.card is not None
    assert session.decide(state.card, approve=False).card is None


def test_every_tool_call_that_is_sent_has_its_answer(served: Serve, mails: Path) -> None:
    server = served(good)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    for words in ("sort new mails by team", "is it dear?", "and quick?"):
        session.send(words)
    for request in server.requests:
        calls = [one["id"] for message in request["messages"] for one in message.get("tool_calls") or []]
        answers = [message["tool_call_id"] for message in request["messages"] if message["role"] == "tool"]
        assert calls == answers
        assert len(set(calls)) == len(calls)


def test_a_conversation_changes_its_brain(served: Serve, mails: Path) -> None:
    server = served(good)
    first = Session.open(brain="builtin")
    first.attach(mails)
    card = first.send("sort new mails by team").card
    second = Session.open(first.conversation, brain=BRAIN)
    assert second.send("is it dear?").reply == "Nothing is built before you approve it."
    assert second.state().card == card
    assert len(server.requests) == 1
    third = Session.open(first.conversation, brain="builtin")
    assert third.send("without the zero-shot please").card not in (None, card)


def test_a_model_that_fails_after_an_approval_loses_no_run(served: Serve, mails: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.jobs import runner

    failing = False
    started: list[str] = []

    def start(plan: Plan, approval: dict[str, Any], key: str, **more: Any) -> str:
        started.append(plan.hash)
        return "run-000000000000"

    monkeypatch.setattr(runner, "start", start)
    served(lambda request: Said(status=401) if failing else good(request))
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    card = session.send("sort new mails by team").card
    assert card is not None
    failing = True
    session._thread.go_on(_approval(card), session._choice)
    values = session._thread.values
    assert (started, values["workspace"]["run_id"]) == ([card], "run-000000000000")
    said = str(values["messages"][-1].text)
    assert said.startswith(f"{BRAIN} did not get this done: the endpoint did not accept its key.")
    assert "It is being built now" in said


def test_a_slash_command_costs_no_call(served: Serve) -> None:
    server = served(lambda request: "hello")
    state = Session.open(kept=False, brain=BRAIN).send("/results")
    assert (server.requests, (state.error or {}).get("code")) == ([], "not-feasible")


def test_control_characters_of_a_model_do_not_reach_a_terminal(served: Serve) -> None:
    served(lambda request: "hello \x1b[2J\x07you")
    assert Session.open(kept=False, brain=BRAIN).send("hi").reply == "hello [2Jyou"
