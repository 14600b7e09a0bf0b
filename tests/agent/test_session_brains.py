"""Brains at the door: whose yes is needed before anything is sent, what is shown, what it costs, where the key is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Said, call

from agent.session import Session
from tools.core.errors import TaskError
from tools.core.language_model import LanguageModel
from tools.llm import naming

KEY = "sk-test-0123456789abcdefghij"
WORDS = "predict delivery"


def a_good_brain(request: dict[str, Any]) -> Said | str:
    """Records, plans, asks for approval; then talks."""
    last = request["messages"][-1]
    calls = {one["id"]: one["function"]["name"] for message in request["messages"] for one in message.get("tool_calls") or []}
    name = calls.get(last.get("tool_call_id", ""))
    if name == "inspect_data":  # which code calls for it, where files are new
        return call("record_task", patch={"kind": "tabular-classification", "target": "delivery"})
    if name == "record_task":
        return Said(text="Let me plan.", calls=[("propose_plan", {})])
    if name == "propose_plan":
        found = re.search(r'"plan_hash": ?"([0-9a-f]+)"', last["content"])
        return Said(text="Here is my plan.", calls=[("run_plan", {"plan_hash": found[1] if found else ""})])
    return "All right."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """An endpoint on loopback; tests that want a remote one say so with `far_away`."""
    with ChatServer(lambda request: a_good_brain(request), seconds=0.0) as server:
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        monkeypatch.setenv("FASTTRACK_PRICES", "gpt-x=2/10")
        for name in ("OPENAI_API_KEY", "FASTTRACK_MODEL", "FASTTRACK_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        yield server


@pytest.fixture
def far_away(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    """The same endpoint, taken for one beyond this machine, and set up as the brain of `auto`."""
    real = naming.language_model

    def remote(brain: str) -> LanguageModel:
        return real(brain).model_copy(update={"remote": True})

    monkeypatch.setattr(naming, "language_model", remote)
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:gpt-x")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return server


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'},Zanzibar{i % 2}\n" for i in range(120))
    path.write_text("weight,stops,delivery,town\n" + rows)
    return path


def test_the_built_in_brain_says_that_nothing_leaves() -> None:
    session = Session.open(kept=False, brain="builtin")
    assert session.greeting() == (
        "The built-in brain speaks. It is no language model, and nothing that you say leaves this machine."
    )
    assert session.outgoing("hello") == "Nothing would be sent: the built-in brain answers on this machine."
    assert session.state().consent is None


def test_a_brain_on_loopback_speaks_at_once_and_its_words_come_in_pieces(server: ChatServer, table: Path) -> None:
    session = Session.open(kept=False, brain="openai:gpt-x")
    assert session.greeting() == "openai:gpt-x speaks. It runs on this machine, and nothing that you say leaves it."
    session.attach(table)
    heard: list[str | None] = []
    state = session.send(WORDS, heard.append)
    assert state.card is not None
    assert "".join(piece or "" for piece in heard) == "Let me plan.\n\nHere is my plan."
    assert len(heard) > 4
    assert (state.brain, state.consent, state.notes) == ("openai:gpt-x", None, [])


def test_tokens_and_dollars_are_counted_and_shown(server: ChatServer, table: Path) -> None:
    session = Session.open(kept=False, brain="openai:gpt-x")
    session.attach(table)
    usage = session.send(WORDS).usage
    assert usage.calls == len(server.requests) == 3
    assert usage.dollars == pytest.approx((2 * usage.input_tokens + 10 * usage.output_tokens) / 1e6)
    assert session.send("thanks").usage.calls == 4


def test_a_remote_brain_that_was_only_set_up_is_sent_nothing_before_a_yes(far_away: ChatServer, table: Path) -> None:
    session = Session.open()
    assert session.greeting() == (
        f"openai:gpt-x at {far_away.url} is set up, and waits for your yes. It is sent your words, and the names, types and "
        "counts of your columns; no cell values unless you allow it. Until you say yes, the built-in brain answers, and "
        "nothing leaves this machine."
    )
    session.attach(table)
    state = session.send(WORDS)
    assert state.card is not None
    assert (state.brain, state.notes) == ("builtin", [session.greeting()])
    assert state.consent is not None
    assert (state.consent.brain, state.consent.where) == ("openai:gpt-x", far_away.url)
    session.change(minutes=3)
    assert far_away.requests == []
    said_yes = session.confirm_brain(True)
    assert (said_yes.consent, said_yes.brain, said_yes.notes) == (None, "openai:gpt-x", [])
    assert said_yes.card is not None, "the plan that waited waits still"
    assert session.greeting().startswith(f"openai:gpt-x at {far_away.url} speaks.")
    assert Session.open(session.conversation).state().brain == "openai:gpt-x", "the yes is kept"
    session.send("what now?")
    assert far_away.requests


def test_a_no_is_kept_too_and_the_model_is_in_no_plan(far_away: ChatServer, table: Path) -> None:
    session = Session.open()
    session.confirm_brain(False)
    session.attach(table)
    state = session.send(WORDS)
    assert (state.brain, state.consent) == ("builtin", None)
    assert state.notes == [
        "You did not want openai:gpt-x, so the built-in brain speaks, and nothing that you say leaves this machine."
    ]
    assert state.workspace.language_model is None
    assert Session.open(session.conversation).greeting() == session.greeting()
    assert far_away.requests == []


def test_a_yes_is_for_one_endpoint(far_away: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session.open(brain="auto")
    session.confirm_brain(True)
    session.send("hello")
    assert far_away.requests, "a yes before the first message holds for it"
    monkeypatch.setenv("FASTTRACK_BASE_URL", "https://elsewhere.example/v1")
    again = Session.open(session.conversation).state()
    assert again.consent is not None
    assert again.consent.where == "https://elsewhere.example/v1"


def test_naming_a_brain_is_the_yes(far_away: ChatServer, table: Path) -> None:
    session = Session.open(brain="openai:gpt-x", kept=False)
    assert session.state().consent is None
    session.send("hello")
    assert far_away.requests


def test_words_that_keep_everything_here_silence_a_remote_brain(far_away: ChatServer, table: Path) -> None:
    session = Session.open(brain="builtin")
    session.attach(table)
    session.send("predict delivery; nothing may leave this machine, work offline")
    assert session.state().workspace.offline
    again = Session.open(session.conversation, brain="openai:gpt-x")
    assert again.greeting() == (
        f"openai:gpt-x at {far_away.url} is not asked, because nothing may leave this machine; the built-in brain speaks."
    )
    again.send("thanks")
    assert far_away.requests == []


def test_cell_values_go_only_after_the_person_allowed_them_and_are_shown_before(far_away: ChatServer, table: Path) -> None:
    session = Session.open(brain="openai:gpt-x")
    session.attach(table)
    shown = session.outgoing(WORDS)
    assert WORDS in shown
    session.send(WORDS)
    sent = json.dumps(far_away.requests[-1]["messages"])
    assert "town" in sent
    assert "Zanzibar" not in sent + session.outgoing("and now?")
    assert "Zanzibar" in session.outgoing("and now?", samples=True)
    assert not session.state().workspace.samples_allowed
    assert session.allow_samples(True).workspace.samples_allowed
    assert "sample values, because you allowed that" in session.greeting()
    session.send("and now?")
    assert "Zanzibar" in json.dumps(far_away.requests[-1]["messages"])
    session.allow_samples(False)
    assert "Zanzibar" not in session.outgoing("once more")


def test_what_is_shown_is_what_is_sent(far_away: ChatServer, table: Path) -> None:
    session = Session.open(brain="openai:gpt-x")
    session.attach(table)
    session.send(WORDS)
    before = len(far_away.requests)
    shown = json.loads(session.outgoing("is this my plan?"))
    session.send("is this my plan?")
    assert shown["messages"] == far_away.requests[before]["messages"]


def test_a_key_that_was_typed_is_used_and_lies_nowhere(server: ChatServer, own_home: Path, table: Path) -> None:
    server.key = KEY
    session = Session.open(brain="openai:gpt-x", keys={"OPENAI_API_KEY": KEY})
    session.attach(table)
    state = session.send(WORDS)
    assert state.brain == "openai:gpt-x"
    assert state.usage.calls == 3
    session.change(minutes=3)
    session.confirm_brain(True)
    session.outgoing("hello")
    held = [path for path in own_home.rglob("*") if path.is_file()]
    assert any(path.name == "conversations.sqlite" for path in held)
    assert [path for path in held if KEY.encode() in path.read_bytes()] == []


def test_a_remote_brain_without_a_key_is_told_when_it_is_named_and_passed_over_when_it_is_set_up(
    far_away: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(TaskError) as refused:
        Session.open(brain="openai:gpt-x")
    assert refused.value.code == "no-key"
    state = Session.open(kept=False).state()
    assert (state.brain, state.consent) == ("builtin", None)
    assert state.notes[0].startswith(
        "The built-in brain speaks, because FASTTRACK_MODEL names openai:gpt-x, which is not ready"
    )
    assert Session.open(kept=False, keys={"OPENAI_API_KEY": KEY}).state().consent is not None


def test_a_brain_that_fails_is_taken_back_and_the_turn_is_answered(server: ChatServer, table: Path) -> None:
    server.script = lambda request: Said(text="I think that perhaps it could well be", fault="cut")
    session = Session.open(kept=False, brain="openai:gpt-x")
    session.attach(table)
    shown = ""

    def hear(piece: str | None) -> None:
        nonlocal shown
        shown = "" if piece is None else shown + piece

    state = session.send(WORDS, hear)
    assert state.card is not None
    assert "I think" not in shown
    assert shown.endswith(state.reply)


def test_paid_tries_are_allowed_for_a_conversation(table: Path) -> None:
    session = Session.open()
    session.allow_paid_tries(True)
    session.send("hello")
    assert Session.open(session.conversation).state().workspace.paid_tries_allowed
    assert not session.allow_paid_tries(False).workspace.paid_tries_allowed
