"""A turn's words as they come: what was heard at the end is what was said, whatever was begun and dropped on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

Hear = Callable[[str | None], None]
"""Gets a piece of the reply; None takes back all that was heard in this turn."""

BETWEEN = "\n\n"  # two messages of one turn
SPEAKER = "model"  # the node of the graph whose words are for the person


class Hearing:
    """Follows a turn of the graph (stream modes `messages` and `updates`) and passes its words on.

    said: texts of the messages that stand. begun: what was heard of the message that is still being said.
    """

    def __init__(self, hear: Hear) -> None:
        self.hear = hear
        self.said: list[str] = []
        self.begun, self.speaking = "", ""

    def take(self, mode: str, part: Any) -> None:
        """One part of the stream."""
        if mode == "messages":
            message, where = part
            if where.get("langgraph_node") == SPEAKER and message.type in ("ai", "AIMessageChunk"):
                self._piece(message)
            return
        for update in part.values():
            for message in _messages(update):
                if message.type == "ai":
                    self._settle(str(message.text))

    def _piece(self, message: BaseMessage) -> None:
        text = str(message.text)
        if not text:
            return
        if self.begun and message.id != self.speaking:
            if message.type == "ai" and text == self.begun:  # the whole message, after its pieces
                return
            self._take_back()
        self.speaking = str(message.id)
        self._say(text)

    def _settle(self, text: str) -> None:
        """A message stands: what was heard of it is completed, or taken back where it was another."""
        if not text.startswith(self.begun):
            self._take_back()
        self._say(text[len(self.begun) :])
        if text:
            self.said.append(text)
        self.begun, self.speaking = "", ""

    def _say(self, text: str) -> None:
        if not text:
            return
        if self.said and not self.begun:
            self.hear(BETWEEN)
        self.begun += text
        self.hear(text)

    def _take_back(self) -> None:
        self.hear(None)
        self.begun = ""
        if self.said:
            self.hear(BETWEEN.join(self.said))


def _messages(update: Any) -> list[BaseMessage]:
    """The messages of one node's update; an interrupt has none."""
    updates = update if isinstance(update, list) else [update]
    found: list[BaseMessage] = []
    for one in updates:
        if isinstance(one, Mapping):
            found += one.get("messages") or []
    return found
