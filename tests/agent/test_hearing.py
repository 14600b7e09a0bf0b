"""Words as they come: what was heard at the end is what was said."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from agent.hearing import Hearing

MODEL = {"langgraph_node": "model"}


class Listener:
    """What a window shows that gets the pieces."""

    def __init__(self) -> None:
        self.shown = ""
        self.taken_back = 0

    def hear(self, piece: str | None) -> None:
        if piece is None:
            self.taken_back += 1
        self.shown = "" if piece is None else self.shown + piece


def heard(*parts: tuple[str, Any]) -> Listener:
    listener = Listener()
    hearing = Hearing(listener.hear)
    for mode, part in parts:
        hearing.take(mode, part)
    return listener


def piece(text: str, id: str = "a") -> tuple[str, Any]:
    return "messages", (AIMessageChunk(content=text, id=id), MODEL)


def stands(text: str, id: str = "a") -> tuple[str, Any]:
    return "updates", {"model": {"messages": [AIMessage(text, id=id)]}}


def test_pieces_are_passed_on_and_the_whole_message_is_not_said_again() -> None:
    whole = ("messages", (AIMessage("a plan", id="other"), MODEL))
    listener = heard(piece("a "), piece("plan"), whole, stands("a plan", "other"))
    assert (listener.shown, listener.taken_back) == ("a plan", 0)


def test_a_message_that_did_not_come_in_pieces_is_heard_whole() -> None:
    assert heard(stands("a plan")).shown == "a plan"


def test_two_messages_of_a_turn_are_kept_apart() -> None:
    listener = heard(piece("let me look"), stands("let me look"), piece("a plan", "b"), stands("a plan", "b"))
    assert (listener.shown, listener.taken_back) == ("let me look\n\na plan", 0)


def test_what_was_begun_and_dropped_is_taken_back_and_what_stands_is_kept() -> None:
    listener = heard(
        piece("let me look"), stands("let me look"), piece("nonsen", "b"), piece("a plan", "c"), stands("a plan", "c")
    )
    assert (listener.shown, listener.taken_back) == ("let me look\n\na plan", 1)


def test_a_message_that_was_mended_after_it_was_heard_replaces_it() -> None:
    listener = heard(piece("accuracy 0.99!"), stands("I cannot know that."))
    assert (listener.shown, listener.taken_back) == ("I cannot know that.", 1)


def test_a_dropped_beginning_leaves_nothing_where_only_a_tool_was_called() -> None:
    assert heard(piece("I will"), stands("")).shown == ""


def test_people_and_tools_are_not_heard() -> None:
    tool: tuple[str, Any] = ("updates", {"tools": {"messages": [ToolMessage("{}", tool_call_id="1")]}})
    person: tuple[str, Any] = ("updates", {"Turn.before_model": {"messages": [HumanMessage("hello")]}})
    elsewhere: tuple[str, Any] = ("messages", (AIMessageChunk(content="x", id="z"), {"langgraph_node": "tools"}))
    assert heard(tool, person, elsewhere).shown == ""


@pytest.mark.parametrize("update", [None, (), {"__interrupt__": ()}])
def test_updates_without_messages_say_nothing(update: Any) -> None:
    assert heard(("updates", {"model": update})).shown == ""
