"""The file of all conversations' checkpoints, and the locks of conversations that change."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.errors import TaskError
from tools.home import home

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

FILE = "conversations.sqlite"
LOCKS = "locks"
ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def saver(kept: bool) -> BaseCheckpointSaver[Any]:
    """A checkpointer: on disk, or in this process's memory for a conversation that nobody will come back to."""
    if not kept:
        from langgraph.checkpoint.memory import InMemorySaver

        return InMemorySaver()
    from langgraph.checkpoint.sqlite import SqliteSaver

    (home() / FILE).touch(mode=0o600)  # what people say is theirs alone
    # the saver takes a lock around each use, so threads of a user interface may share the connection
    connection = sqlite3.connect(home() / FILE, check_same_thread=False, timeout=30)
    return SqliteSaver(connection)


def lock_file(conversation: str) -> Path:
    """The lock of a conversation: held while it changes, so that two windows take turns."""
    if not ID.fullmatch(conversation):
        raise unknown(conversation)
    folder = home() / LOCKS
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{conversation}.lock"


def unknown(conversation: str) -> TaskError:
    """The error for a conversation that is not there."""
    return TaskError(
        code="unknown-conversation",
        expected="the id of a conversation",
        found=repr(conversation),
        remedy="Start a new one with `fasttrack chat`.",
    )
