"""Where conversations are kept: HOME/conversations.sqlite, checkpoints of LangGraph beside tables of titles and drafts.

Deleting a conversation removes what was said. Its files stay in HOME/data, and its runs in HOME/runs: another conversation
may use them, and they took time. `delete` names the files that nothing uses any more, and removes them only when asked to.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.checkpoints import FILE, ID, unknown
from tools.core.data import Attachment
from tools.core.errors import TaskError
from tools.home import data_folder, home, runs_folder

TITLE_LENGTH = 60
TABLES = """
    CREATE TABLE IF NOT EXISTS titles (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS drafts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL, card TEXT NOT NULL, row INTEGER NOT NULL, label TEXT
    );
"""
LISTED = """
    SELECT threads.id, coalesce(titles.title, ''), coalesce(titles.updated, '')
    FROM (SELECT thread_id AS id, max(checkpoint_id) AS latest FROM checkpoints GROUP BY thread_id) AS threads
    LEFT JOIN titles ON titles.id = threads.id ORDER BY threads.latest DESC
"""  # checkpoint ids grow with time


@dataclass(frozen=True)
class Conversation:
    """title: the person's first words, or the name that they gave. updated: ISO time of the last turn, UTC; may be empty."""

    id: str
    title: str
    updated: str


def listed() -> list[Conversation]:
    """The kept conversations, the last used first."""
    with opened() as database:
        try:
            rows = database.execute(LISTED).fetchall() if database else []
        except sqlite3.OperationalError:  # a file without checkpoints: nothing was said yet
            return []
    return [Conversation(str(id), str(title) or str(id), str(updated)) for id, title, updated in rows]


def latest(conversation: str) -> str:
    """What changes with every change of a conversation: its last checkpoint; empty where there is none. Cheap to ask."""
    with opened() as database:
        try:
            question = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
            found = database.execute(question, (conversation,)).fetchone() if database else None
        except sqlite3.OperationalError:  # a file without checkpoints: nothing was said yet
            return ""
    return str(found[0]) if found and found[0] else ""


def recent() -> list[str]:
    """Ids of the kept conversations, the last used first."""
    return [conversation.id for conversation in listed()]


def known(conversation: str) -> bool:
    """Whether there is a kept conversation of that id."""
    return bool(ID.fullmatch(conversation)) and conversation in recent()


def touch(conversation: str, words: str) -> None:
    """Note that something was said just now; the first words become the title."""
    title = " ".join(words.split())
    if len(title) > TITLE_LENGTH:
        title = f"{title[: TITLE_LENGTH - 1].rstrip()}…"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    insert = (
        "INSERT INTO titles VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, "
        "title = CASE WHEN titles.title = '' THEN excluded.title ELSE titles.title END"
    )
    with opened() as database:
        if database:
            database.execute(insert, (conversation, title, now))


def rename(conversation: str, title: str) -> None:
    """Give it a name. Raises TaskError for a conversation that is not there, and for a name without letters."""
    _check_known(conversation)
    name = " ".join(title.split())[:200]
    if not name:
        raise TaskError(code="no-title", expected="a name for the conversation", found="none", remedy="Write a word or two.")
    with opened() as database:
        if database:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            insert = "INSERT INTO titles VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title"
            database.execute(insert, (conversation, name, now))


def delete(conversation: str, data: bool = False) -> list[Attachment]:
    """Forget what was said. Gives its files that no other conversation and no run uses; with `data` they are removed too.

    Its runs stay, and one that is being built goes on. Raises TaskError for a conversation that is not there, MachineError
    where another window is at work on it.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent.brains import Choice
    from agent.thread import Thread

    _check_known(conversation)
    thread = Thread(conversation, kept=True, builtin=Choice("builtin", None, ""))
    with thread.changing():
        mine = _attachments(thread)
        with opened() as database:
            if database:
                database.execute("PRAGMA secure_delete = ON")  # what was said is overwritten, not only unlinked
                SqliteSaver(database).delete_thread(conversation)
                database.execute("DELETE FROM titles WHERE id = ?", (conversation,))
                database.execute("DELETE FROM drafts WHERE conversation = ?", (conversation,))
        with opened() as database:
            if database:  # and the file's own log holds it no longer, unless somebody reads just now
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    used = _used()
    unused = [attachment for attachment in mine if attachment.id not in used]
    for attachment in unused if data else []:
        shutil.rmtree(data_folder() / attachment.id, ignore_errors=True)
    return unused


def _check_known(conversation: str) -> None:
    if not known(conversation):
        raise unknown(conversation)


def _used() -> set[str]:
    """Ids of all attachments that a conversation or a run uses."""
    from agent.brains import Choice
    from agent.thread import Thread
    from tools.jobs.run import Run

    builtin = Choice("builtin", None, "")
    ids = {one.id for id in recent() for one in _attachments(Thread(id, kept=True, builtin=builtin))}
    for folder in runs_folder().glob("run-*"):
        try:
            ids |= set(Run(folder).plan.attachments.values())
        except (OSError, ValueError):  # a plan that cannot be read names nothing that could be used
            continue
    return ids


def _attachments(thread: Any) -> list[Attachment]:
    given = thread.values.get("workspace", {}).get("attachments", [])
    return [Attachment.model_validate(attachment) for attachment in given]


@contextmanager
def opened() -> Iterator[sqlite3.Connection | None]:
    """The file with its tables of titles and drafts, in one transaction; None where there is no file."""
    path = home() / FILE
    if not path.exists():
        yield None
        return
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        connection.executescript(TABLES)
        yield connection
