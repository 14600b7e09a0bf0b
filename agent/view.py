"""A conversation as a user interface shows it, made from the checkpointed messages and workspace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tools.core.data import DataProfile
from tools.core.language_model import Usage
from tools.core.plan import Plan
from tools.core.task import Question
from tools.workspace import LabellingCard, Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


@dataclass(frozen=True)
class Message:
    """One line of the conversation as people see it."""

    role: Literal["person", "assistant"]
    text: str


@dataclass(frozen=True)
class Consent:
    """A remote brain waits for the person's yes. where: its endpoint. gets: what it would be sent, in a sentence."""

    brain: str
    where: str
    gets: str


@dataclass(frozen=True)
class SessionState:
    """All that a user interface shows.

    card: hash of the plan that waits for approval, or None. questions: what a plan still needs, the first of them is asked.
    error: the contract's error object where the last turn ended in one. answers: what tools answered in the last turn, by name.
    brain: who speaks. consent: where a remote brain waits for the person's yes; until then the built-in one speaks.
    notes: what the person should know besides what was said, a sentence each: why the brain that was set up does not speak.
    """

    conversation: str
    messages: list[Message]
    workspace: Workspace
    card: str | None
    questions: list[Question]
    error: dict[str, str] | None
    answers: dict[str, dict[str, Any]]
    brain: str = "builtin"
    consent: Consent | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def usage(self) -> Usage:
        """What the brain has cost in this conversation."""
        return self.workspace.usage

    @property
    def plan(self) -> Plan | None:
        """The latest plan, approved or not."""
        return self.workspace.plan

    @property
    def run_id(self) -> str | None:
        """The run of the approved plan."""
        return self.workspace.run_id

    @property
    def labelling(self) -> LabellingCard | None:
        """Rows that wait for labels."""
        return self.workspace.labelling

    @property
    def reply(self) -> str:
        """What the assistant said last."""
        return next((message.text for message in reversed(self.messages) if message.role == "assistant"), "")

    @property
    def profile(self) -> DataProfile:
        """What is in the attachments, with what speaks against the task once it is known."""
        return self.workspace.profile(self.workspace.task if self.workspace.task.kind else None)


def shown(messages: Sequence[BaseMessage]) -> list[Message]:
    """What people said to each other; tool calls and their answers are left out."""
    roles: dict[str, Literal["person", "assistant"]] = {"human": "person", "ai": "assistant"}
    return [Message(roles[message.type], str(message.text)) for message in messages if message.type in roles and message.text]


def tool_answers(messages: Sequence[BaseMessage]) -> dict[str, dict[str, Any]]:
    """The answers of the last turn's tools, by tool name; those that are no JSON objects (a rejection) are left out."""
    answers: dict[str, dict[str, Any]] = {}
    for message in _last_turn(messages):
        if message.type == "tool" and message.name and str(message.text).startswith("{"):
            answers[message.name] = json.loads(str(message.text))
    return answers


def last_error(messages: Sequence[BaseMessage]) -> dict[str, str] | None:
    """The error that the last turn ended with: of its last tool, or of the brain itself."""
    turn = _last_turn(messages)
    for message in reversed(turn):
        if message.type == "ai" and message.additional_kwargs.get("error"):
            return dict(message.additional_kwargs["error"])
        if message.type == "tool":
            text = str(message.text)
            return json.loads(text).get("error") if text.startswith("{") else None
    return None


def _last_turn(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages after the person's last words."""
    for position in range(len(messages) - 1, -1, -1):
        if messages[position].type == "human":
            return list(messages[position + 1 :])
    return list(messages)
