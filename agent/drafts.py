"""Labels that were given on the labelling card and not handed in yet: kept with the conversation, through reloads and kills."""

from __future__ import annotations

from agent import conversations

READ = "SELECT row, label FROM drafts WHERE conversation = ? AND card = ? ORDER BY number"
PUT = "INSERT INTO drafts (conversation, card, row, label) VALUES (?, ?, ?, ?)"
REMOVE = "DELETE FROM drafts WHERE conversation = ? AND card = ? AND row = ?"
CLEAR = "DELETE FROM drafts WHERE conversation = ?"


class Drafts:
    """Of one conversation. kept: in HOME/conversations.sqlite; else they end with this object.

    They are no part of the checkpoint: each key press would write the whole conversation anew. card: the attachment's id.
    """

    def __init__(self, conversation: str, kept: bool) -> None:
        self.conversation, self.kept = conversation, kept
        self._memory: dict[str, dict[int, str | None]] = {}

    def of(self, card: str) -> dict[int, str | None]:
        """Row id -> label, None for a skipped row, in the order in which they were given."""
        if not self.kept:
            return dict(self._memory.get(card, {}))
        with conversations.opened() as database:
            rows = database.execute(READ, (self.conversation, card)).fetchall() if database else []
        return {int(row): label for row, label in rows}

    def put(self, card: str, row: int, label: str | None) -> None:
        """A label, or None to skip the row. The last one given for a row holds."""
        self.remove(card, row)
        if not self.kept:
            self._memory.setdefault(card, {})[row] = label
            return
        with conversations.opened() as database:
            if database:
                database.execute(PUT, (self.conversation, card, row, label))

    def remove(self, card: str, row: int) -> None:
        """Take back what was given for a row."""
        if not self.kept:
            self._memory.get(card, {}).pop(row, None)
            return
        with conversations.opened() as database:
            if database:
                database.execute(REMOVE, (self.conversation, card, row))

    def clear(self) -> None:
        """Forget all of them: they were handed in."""
        self._memory.clear()
        if self.kept:
            with conversations.opened() as database:
                if database:
                    database.execute(CLEAR, (self.conversation,))
