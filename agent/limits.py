"""What a language model may take of a person's time and money, in a turn and in a conversation.

A turn ends for the model after 12 calls or a minute of waiting (five minutes for a model on this machine: it is slower). Each
turn in a row that fell to the built-in brain shortens the wait of the next to a third; after three the model rests for ten
minutes, and the built-in brain answers at once. A conversation ends for the model after 300 calls, or at the dollars that the
person set (5 where they set none).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from agent.understanding import message as reading
from agent.understanding import wishes
from tools.core.language_model import LanguageModel
from tools.core.task import Model
from tools.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

CALLS_A_TURN = 12  # a turn of the built-in brain needs at most 6: inspect, record, propose, run, and words
MENDS_A_TURN = 1
SECONDS_A_TURN = {True: 60.0, False: 300.0}  # by whether the model is remote
SHORTER = 3.0
SECONDS_AT_LEAST = 5.0
FALLS_IN_A_ROW = 3
REST_SECONDS = 600.0
CALLS_A_CONVERSATION = 300
DOLLARS_A_CONVERSATION = 5.0
LASTING = frozenset({"stays-here", "resting", "calls-conversation", "dollars"})  # holds for later turns too: told once


class Spent(Model):
    """What a turn has taken. begun_by: id of the message that began it: the person's words, or the answer to their decision.

    fallen: why the built-in brain answers it; note: how the person is told, until it was said. handed: the model has had
    its say, and code does what is left. workspace: as it was when the turn began.
    """

    begun_by: str
    calls: int = 0
    seconds: float = 0.0
    mended: int = 0
    fallen: str | None = None
    note: str | None = None
    handed: bool = False
    workspace: dict[str, Any] = Field(default_factory=dict)


class Record(Model):
    """How the model did in this conversation. resting_until: seconds since 1970. told: reasons that the person knows."""

    calls: int = 0
    falls: int = 0
    resting_until: float = 0.0
    told: list[str] = Field(default_factory=list)


def spent(state: Mapping[str, Any], messages: Sequence[BaseMessage]) -> Spent:
    """What this turn has taken so far; a new one where the person has acted since."""
    begun_by = str(messages[beginning(messages)].id)
    known = state.get("turn")
    if known and known["begun_by"] == begun_by:
        return Spent.model_validate(known)
    workspace = {name: value for name, value in state["workspace"].items() if name != "usage"}
    return Spent(begun_by=begun_by, workspace=workspace)


def record(state: Mapping[str, Any]) -> Record:
    """How the model did so far."""
    return Record.model_validate(state.get("record") or {})


def beginning(messages: Sequence[BaseMessage]) -> int:
    """Where the turn begins: the person's last words, or the tool's answer to their last decision."""
    for number in range(len(messages) - 1, -1, -1):
        if messages[number].type == "human" or (messages[number].type == "tool" and messages[number].name == "run_plan"):
            return number
    return 0


def is_turned_down(messages: Sequence[BaseMessage]) -> bool:
    """Whether the turn began with a no to a plan that said nothing else. The tool's own answers are JSON objects."""
    first = messages[beginning(messages)]
    return first.type == "tool" and not str(first.text).startswith("{")


def words_of(messages: Sequence[BaseMessage]) -> str:
    """The person's last words."""
    return next((str(message.text) for message in reversed(messages) if message.type == "human"), "")


def seconds_left(model: LanguageModel | None, spent: Spent, record: Record) -> float:
    """How long this turn's calls may still take together."""
    whole = SECONDS_A_TURN[model is None or model.remote]
    return max(SECONDS_AT_LEAST, whole / SHORTER**record.falls) - spent.seconds


def reached(workspace: Workspace, model: LanguageModel | None, spent: Spent, record: Record, words: str) -> str | None:
    """Why the model is not asked; None where it is."""
    if (model is None or model.remote) and _stays_here(workspace, words):
        return "stays-here"
    if record.resting_until > time.time():
        return "resting"
    if record.calls >= CALLS_A_CONVERSATION:
        return "calls-conversation"
    if model is not None and model.paid and workspace.usage.dollars >= _dollars(workspace):
        return "dollars"
    if spent.calls >= CALLS_A_TURN:
        return "calls"
    return "slow" if seconds_left(model, spent, record) <= 0 else None


def fell(record: Record, why: str) -> bool:
    """Notes that a turn fell to the built-in brain. Gives whether the person is told."""
    if why in LASTING:
        known = why in record.told
        record.told = [*dict.fromkeys([*record.told, why])]
        return not known
    record.falls += 1
    if record.falls >= FALLS_IN_A_ROW:
        record.falls, record.resting_until = FALLS_IN_A_ROW - 1, time.time() + REST_SECONDS
        record.told = [*dict.fromkeys([*record.told, "resting"])]
    return True


def held(record: Record) -> None:
    """Notes that the model brought a turn to its end."""
    record.falls, record.resting_until = 0, 0.0


def _dollars(workspace: Workspace) -> float:
    limit = workspace.task.constraints.max_dollars
    return DOLLARS_A_CONVERSATION if limit is None else limit


def _stays_here(workspace: Workspace, words: str) -> bool:
    """Whether nothing may leave this machine; the words that say so do not leave it either."""
    if workspace.offline or not words.strip():
        return workspace.offline
    return wishes.constraints(reading.read(words), workspace.task.constraints).offline
