from __future__ import annotations

from typing import Any

from agent.session import Session
from agent.view import Message
from tools.core.errors import DataError
from ui.page import chat, turns


def test_messages_are_shown_as_what_they_are(planned: Session, panel: Any, shown: Any) -> None:
    page = panel("chat", planned)
    assert not page.exception
    text = shown(page)
    assert 'data-role="person"' in text
    assert "sort these messages by team" in text
    assert "<code>team</code>" in text
    assert len(page.chat_input) == 1


def test_choices_can_be_clicked_and_are_said(panel: Any, ended: Any) -> None:
    session = Session.open()
    state = session.send("I have house sales, predict something")
    session = Session.open(session.conversation)
    page = panel("chat", session)
    assert not page.exception
    question = state.questions[0]
    named = [one.label for one in page.button]
    assert len(named) == min(len(question.choices), chat.CHOICES_SHOWN)
    if question.choices:
        page.button[0].click().run()
        assert ended(session).words in question.choices


def test_words_go_to_the_session_and_come_back_when_it_is_busy(planned: Session, panel: Any, ended: Any) -> None:
    page = panel("chat", planned)
    page.chat_input[0].set_value("only what costs nothing").run()
    turn = ended(planned)
    assert turn.words == "only what costs nothing"
    assert "only what costs nothing" in [message.text for message in planned.state().messages]


def test_what_went_wrong_stands_under_the_words(planned: Session, panel: Any, shown: Any, ended: Any) -> None:
    def fail(hear: turns.Hear) -> None:
        raise DataError(expected="a <table>", found="a picture", remedy="Send a table.")

    turns.begin(planned, fail, before=2, words="look <b>")
    ended(planned)
    text = shown(panel("chat", planned))
    assert "Expected a &lt;table&gt;. Found a picture. Send a table." in text
    assert "look &lt;b&gt;" in text
    turns.forget(planned.conversation)


def test_bubbles_escape() -> None:
    assert "<script" not in chat.bubble(Message("person", "<script>"))
    assert "<script" not in chat.bubble(Message("assistant", "<script>"))
    assert "&lt;x&gt;.csv" in chat.person("hi", ["<x>.csv"])
