from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer

from agent.session import Session

PLACE = "https://llm.example.org/v1"


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch, tickets: Path) -> Session:
    """A conversation where a model elsewhere was set up and nobody has said yes to it. Nothing can be reached from here."""
    monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:some-model")
    monkeypatch.setenv("FASTTRACK_BASE_URL", PLACE)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    session = Session.open()
    session.attach(tickets)
    session.send("sort these messages by team")
    return session


def button(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name)


def test_a_model_elsewhere_is_asked_about_before_it_speaks(remote: Session, panel: Any, shown: Any, ended: Any) -> None:
    page = panel("chat", remote)
    assert not page.exception
    assert "May openai:some-model speak here?" in shown(page)
    assert PLACE in shown(page)
    button(page, "No, stay with the built-in brain").click().run()
    assert ended(remote).problem is None
    state = remote.state()
    assert state.consent is None
    assert state.brain == "builtin"
    assert "May openai:some-model" not in shown(panel("chat", remote))


def test_a_yes_lets_it_speak_and_shows_what_it_costs(remote: Session, panel: Any, shown: Any, ended: Any) -> None:
    page = panel("chat", remote)
    button(page, "Yes, let it speak").click().run()
    assert ended(remote).problem is None
    assert remote.state().brain == "openai:some-model"
    assert "openai:some-model · 0 tokens" in shown(panel("chat", remote))


def test_samples_go_only_where_the_switch_says_so(remote: Session, panel: Any, ended: Any) -> None:
    page = panel("chat", remote)
    assert page.toggle[0].value is False
    page.toggle[0].set_value(True).run()
    assert ended(remote).problem is None
    assert remote.state().workspace.samples_allowed is True


def test_what_would_be_sent_can_be_looked_at_and_holds_no_key(remote: Session, panel: Any) -> None:
    page = panel("chat", remote)
    button(page, "What would be sent").click().run()
    assert not page.exception
    text = page.code[0].value
    assert "message" in text
    assert "sk-very-secret" not in text


def test_a_model_on_this_machine_speaks_unasked_and_its_tokens_are_counted(
    monkeypatch: pytest.MonkeyPatch, panel: Any, shown: Any
) -> None:
    with ChatServer(["Which groups should it be?"], seconds=0.0) as server:
        monkeypatch.setenv("FASTTRACK_MODEL", "openai:tiny")
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        session = Session.open()
        state = session.send("sort feedback of visitors")
        assert state.brain == "openai:tiny"
        text = shown(panel("chat", session))
    assert "May openai:tiny" not in text
    assert f"openai:tiny · {state.usage.input_tokens + state.usage.output_tokens:,} tokens" in text
    assert state.usage.input_tokens > 0
