"""Conversations for panels: real sessions on tiny data, and a page that shows one panel."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.session import Session
from ui.page import turns

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

HARMFUL = "<script>alert(1)</script> ![x](http://example.org/x.png) [l](javascript:alert(1)) $a^2$ :smile: **b** `c`"
PATIENCE = 60.0  # seconds


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """60 messages for two teams; the first text holds what could do harm in a page."""
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "team", "code"])
        for number in range(60):
            words = HARMFUL if number == 0 else f"{'invoice' if number % 2 else 'parcel'} question number {number}"
            writer.writerow([words, "billing" if number % 2 else "shipping", f"id-{number:04d}"])
    return path


@pytest.fixture
def planned(tickets: Path) -> Session:
    """A conversation whose plan waits."""
    session = Session.open()
    session.attach(tickets)
    state = session.send("sort these messages by team")
    assert state.card is not None, state.reply
    return session


@pytest.fixture
def panel() -> Callable[..., AppTest]:
    """Runs one panel of a conversation: `panel("plan_card", session)`."""
    from streamlit.testing.v1 import AppTest

    def one_panel(name: str, conversation: str) -> None:
        import importlib

        from agent.session import Session

        session = Session.open(conversation)
        importlib.import_module(f"ui.page.{name}").show(session, session.state())

    def run(name: str, session: Session) -> AppTest:
        page = AppTest.from_function(one_panel, default_timeout=PATIENCE, args=(name, session.conversation))
        return page.run()

    return run


@pytest.fixture
def ended() -> Callable[[Session], turns.Turn]:
    """The conversation's turn, once it is over."""

    def wait(session: Session) -> turns.Turn:
        turn = turns.latest(session.conversation)
        assert turn is not None
        assert turns.wait(turn, PATIENCE)
        return turn

    return wait


@pytest.fixture
def shown() -> Callable[[AppTest], str]:
    """All HTML that the page was given."""
    return lambda page: "\n".join(str(element.proto.body) for element in page.get("html"))
