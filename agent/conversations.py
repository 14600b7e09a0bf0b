"""Where conversations are kept: HOME/conversations.sqlite, checkpoints of LangGraph."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tools.home import home

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

FILE = "conversations.sqlite"


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


def recent() -> list[str]:
    """Ids of the kept conversations, the last used first (checkpoint ids grow with time)."""
    path = home() / FILE
    if not path.exists():
        return []
    with sqlite3.connect(path, timeout=30) as connection:
        try:
            rows = connection.execute("SELECT thread_id FROM checkpoints GROUP BY thread_id ORDER BY MAX(checkpoint_id) DESC")
            return [str(row[0]) for row in rows]
        except sqlite3.OperationalError:  # a file without tables: nothing was said yet
            return []
