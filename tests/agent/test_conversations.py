"""Conversations by name: listed, renamed, deleted; two windows on one of them take turns."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent import conversations
from agent.session import Session
from tools.core.errors import MachineError, TaskError

COLUMNS = "weight,stops,delivery,courier\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'},{'ab'[i % 2]}\n" for i in range(120))
    path.write_text(COLUMNS + rows)
    return path


def test_they_are_listed_by_their_first_words_the_last_used_first() -> None:
    assert conversations.listed() == []
    first, second = Session.open(), Session.open()
    first.send("hello there")
    second.send("sort my letters " * 9)
    assert [(one.id, one.title) for one in conversations.listed()] == [
        (second.conversation, "sort my letters sort my letters sort my letters sort my let…"),
        (first.conversation, "hello there"),
    ]
    first.send("something else")
    assert conversations.listed()[0].title == "hello there"
    assert conversations.listed()[0].updated.endswith("+00:00")


def test_a_given_name_stays(table: Path) -> None:
    session = Session.open()
    session.send("hello")
    conversations.rename(session.conversation, "  My  orders ")
    session.send("hello again")
    assert [one.title for one in conversations.listed()] == ["My orders"]
    with pytest.raises(TaskError, match="Expected a name for the conversation"):
        conversations.rename(session.conversation, " ")


@pytest.mark.parametrize("conversation", ["nowhere", "../../etc/passwd", "", "' OR 1=1 --"])
def test_what_is_not_there_is_neither_renamed_nor_deleted_nor_opened(conversation: str, own_home: Path) -> None:
    Session.open().send("hello")
    for does in (lambda: conversations.rename(conversation, "x"), lambda: conversations.delete(conversation)):
        with pytest.raises(TaskError) as refused:
            does()
        assert refused.value.code == "unknown-conversation"
    if conversation:
        with pytest.raises(TaskError):
            Session.open(conversation)
    assert len(conversations.listed()) == 1
    assert {path.suffix for path in own_home.iterdir() if path.is_file()} <= {".sqlite", ".sqlite-wal", ".sqlite-shm"}


def test_deleting_forgets_what_was_said_and_keeps_files_until_asked(table: Path, own_home: Path) -> None:
    one, two = Session.open(), Session.open()
    one.attach(table)
    one.send("predict delivery")
    id = one.state().workspace.attachments[0].id
    two.attach(table)
    two.send("predict courier, a xylophone")
    assert conversations.delete(one.conversation) == [], "the other conversation uses the file"
    assert [listed.id for listed in conversations.listed()] == [two.conversation]
    assert (own_home / "data" / id).is_dir()
    assert [attachment.name for attachment in conversations.delete(two.conversation, data=True)] == ["orders.csv"]
    assert not (own_home / "data" / id).exists()
    left = b"".join(path.read_bytes() for path in own_home.glob("conversations.sqlite*"))
    assert b"xylophone" not in left


def test_a_window_whose_conversation_was_deleted_is_told() -> None:
    session = Session.open()
    session.send("hello")
    conversations.delete(session.conversation)
    with pytest.raises(TaskError) as refused:
        session.send("are you there?")
    assert refused.value.code == "unknown-conversation"
    assert conversations.listed() == []


def test_two_windows_see_the_same_and_take_turns(table: Path) -> None:
    one = Session.open()
    one.attach(table)
    before = one.send("predict delivery")
    two = Session.open(one.conversation)
    assert two.state() == before

    def talk(session: Session, limits: list[float]) -> list[str | None]:
        return [session.change(minutes=minutes).card for minutes in limits]

    with ThreadPoolExecutor(2) as windows:
        cards = [windows.submit(talk, one, [3, 4]), windows.submit(talk, two, [5, 6])]
        assert all(card.result()[-1] for card in cards)
    assert one.state() == two.state()
    said = [message.text for message in one.state().messages if message.role == "person"]
    assert sorted(said[1:]) == [f"At most {minutes} minutes." for minutes in (3, 4, 5, 6)]
    assert len(one.state().messages) == 10, "every change has its answer"


def test_files_that_two_windows_attach_are_both_there(table: Path, tmp_path: Path) -> None:
    one = Session.open()
    one.attach(table)
    one.send("hello")
    two = Session.open(one.conversation)
    more = tmp_path / "more.csv"
    more.write_text(COLUMNS + "1,2,late,a\n" * 30)
    extra = tmp_path / "extra.csv"
    extra.write_text("x,y\n" + "1,2\n" * 30)
    one.attach(more)
    two.attach(extra)
    two.send("hello")
    names = [attachment.name for attachment in one.send("hello").workspace.attachments]
    assert names == ["orders.csv", "extra.csv", "more.csv"]


HOLD = """
import sys
from agent.session import BUILTIN_CHOICE
from agent.thread import Thread
with Thread(sys.argv[1], True, BUILTIN_CHOICE).changing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_another_process_is_waited_for_and_reading_goes_on() -> None:
    session = Session.open()
    before = session.send("hello")
    other = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, session.conversation], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    assert session.state() == before
    with pytest.raises(MachineError, match="Found another window that is still at work on it"), session._thread.changing(0.2):
        pass
    threading.Timer(0.5, lambda: other.communicate("\n")).start()
    assert len(session.send("hello again").messages) == len(before.messages) + 2
    assert other.wait(10) == 0
