from __future__ import annotations

import threading
from typing import Any, cast

from tools.core.errors import DataError
from ui.page import turns

PATIENCE = 10.0


class Talk:
    """As much of a session as a turn knows."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation


def session(name: str) -> Any:
    return cast(Any, Talk(name))


def test_words_are_heard_as_they_come_and_taken_back() -> None:
    go_on, heard = threading.Event(), threading.Event()

    def answer(hear: turns.Hear) -> None:
        hear("one ")
        hear(None)
        hear("two")
        heard.set()
        go_on.wait(PATIENCE)

    talk = session("words")
    turn = turns.begin(talk, answer, before=0, words="hello")
    assert heard.wait(PATIENCE)
    assert turns.under_way("words") is turn
    assert turn.heard == "two"
    go_on.set()
    assert turns.wait(turn, PATIENCE)
    assert turns.under_way("words") is None
    assert turns.problem("words") is None


def test_one_thing_at_a_time_in_a_conversation_and_others_are_apart() -> None:
    go_on = threading.Event()
    first = turns.begin(session("busy"), lambda hear: go_on.wait(PATIENCE), before=0)
    count = turns.count("busy")
    again = turns.begin(session("busy"), lambda hear: None, before=0)
    other = turns.begin(session("free"), lambda hear: None, before=0)
    assert again is first
    assert turns.count("busy") == count
    assert turns.wait(other, PATIENCE)
    go_on.set()
    assert turns.wait(first, PATIENCE)


def test_what_went_wrong_is_kept_with_the_words_until_the_next_turn() -> None:
    def fail(hear: turns.Hear) -> None:
        raise DataError(expected="a table", found="a picture", remedy="Send a table.")

    turn = turns.begin(session("wrong"), fail, before=0, words="look at this")
    assert turns.wait(turn, PATIENCE)
    failed = turns.problem("wrong")
    assert failed is turn
    assert failed.words == "look at this"
    assert failed.problem == {"code": "bad-data", "expected": "a table", "found": "a picture", "remedy": "Send a table."}
    assert turns.wait(turns.begin(session("wrong"), lambda hear: None, before=0), PATIENCE)
    assert turns.problem("wrong") is None


def test_a_defect_becomes_a_message() -> None:
    def fail(hear: turns.Hear) -> None:
        raise ZeroDivisionError("by nought")

    turn = turns.begin(session("defect"), fail, before=0)
    assert turns.wait(turn, PATIENCE)
    assert turn.problem is not None
    assert turn.problem["found"] == "ZeroDivisionError: by nought"
    assert turn.problem["code"] == "internal"
