"""The whole page, without a browser: what it shows where nothing was said, and where an address leads nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent import conversations
from agent.session import Session
from ui.page import turns

APP = Path(__file__).resolve().parents[3] / "ui" / "app.py"
PATIENCE = 60.0


@pytest.fixture
def page() -> Any:
    from streamlit.testing.v1 import AppTest

    return AppTest.from_file(str(APP), default_timeout=PATIENCE)


def named(page: Any) -> list[str]:
    return [one.label for one in page.button]


def test_an_empty_screen_has_examples_and_a_box(page: Any) -> None:
    page.run()
    assert not page.exception
    assert "Sort messages by what people want" in named(page)
    assert len(page.chat_input) == 1


def test_an_example_begins_a_conversation_at_its_own_address(page: Any) -> None:
    page.run()
    next(one for one in page.button if one.label.startswith("Sort visitors")).click().run()
    assert not page.exception
    conversation = "".join(page.query_params["c"])
    turn = turns.latest(conversation)
    assert turn is not None
    assert turns.wait(turn, PATIENCE)
    assert conversations.known(conversation)


def test_an_address_that_leads_nowhere_is_told(page: Any, shown: Any) -> None:
    page.query_params["c"] = "nowhere"
    page.run()
    assert not page.exception
    assert "Found &#39;nowhere&#39;" in shown(page)
    next(one for one in page.button if one.label == "Start a new conversation").click().run()
    assert "Sort messages by what people want" in named(page)


def test_a_conversation_is_listed_renamed_and_deleted(page: Any) -> None:
    session = Session.open()
    session.send("sort feedback from our museum visitors")
    page.query_params["c"] = session.conversation
    page.run()
    assert not page.exception
    page.text_input[0].set_value("Museum *new*")
    next(one for one in page.button if one.label == "Rename").click().run()
    assert [one.title for one in conversations.listed()] == ["Museum *new*"]
    assert r"Museum \*new\*" in named(page)
    next(one for one in page.button if one.label == "Delete this conversation").click().run()
    assert conversations.listed() == []
    assert "c" not in page.query_params


def test_examples_have_their_files() -> None:
    from ui.page import welcome

    for example in welcome.EXAMPLES:
        if example.file:
            assert b"," in welcome.content(example.file).splitlines()[0]
