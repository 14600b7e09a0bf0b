"""What code adds to a language model's last words in a turn, so that a turn ends in a plan or in questions whoever speaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolMessage

from agent import builtin, limits, reading
from agent.preferences import preferences_in
from agent.understanding.understanding import BESIDE_THE_TASK

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from agent.builtin import Situation


def closed(message: AIMessage, situation: Situation) -> tuple[AIMessage, bool]:
    """The words, with what they left undone: the task recorded, a plan proposed, the waiting plan's card, open questions.

    Gives also whether the built-in brain does the rest of the turn.
    """
    start = limits.beginning(situation.messages)
    turn = situation.messages[start:]
    if not isinstance(turn[0], ToolMessage) and _left_undone(situation, turn):
        said = builtin.Situation(
            situation.messages[: start + 1], situation.workspace, situation.asked, situation.questions_asked
        )
        return _with(message, builtin.next_move(said)), True
    workspace = situation.workspace
    open_questions = situation.open_questions()
    final = workspace.verdict in builtin.FINAL_VERDICTS
    if final or open_questions:
        return _with(message, builtin.say("", open_questions, asking=not final)), False
    if _called(turn, "ask_for_labels") or limits.is_turned_down(situation.messages):
        return message, False
    if workspace.plan is None:
        preferences = preferences_in(situation.words, None)
        return _with(message, builtin.call("propose_plan", {"preferences": preferences} if preferences else {})), True
    if workspace.plan_waits:
        return _with(message, builtin.call("run_plan", {"plan_hash": workspace.plan.hash})), False
    return message, False


def pasted_in(message: AIMessage, situation: Situation) -> list[dict[str, Any]] | None:
    """Examples in the person's words, where the message records them for the first time."""
    records = any(call["name"] == "record_task" for call in message.tool_calls)
    if not records or reading.is_read(situation.words, situation.workspace.task):
        return None
    return situation.understood().pasted


def _left_undone(situation: Situation, turn: Sequence[BaseMessage]) -> bool:
    """Whether the words carried something that was not looked at or recorded in this turn."""
    workspace, words = situation.workspace, situation.words
    if {attachment.id for attachment in workspace.attachments} - set(workspace.inspected):
        return True
    if _called(turn, "record_task") or reading.is_read(words, workspace.task) or not words.strip():
        return False
    found = situation.understood()
    if found.status == "not-ml":
        return True
    if found.intent in BESIDE_THE_TASK:
        return False
    if found.intent != "change":
        return True
    asks = "?" in words
    return not asks and (_differs(found.task, workspace.task) or bool(preferences_in(words, workspace.plan)))


def _differs(new: Any, old: Any) -> bool:
    """Whether more than the way of saying it changed."""
    beside = {"words", "language", "confidence", "open_points"}
    return bool(new.model_dump(exclude=beside) != old.model_dump(exclude=beside))


def _called(turn: Sequence[BaseMessage], tool: str) -> bool:
    return any(isinstance(message, ToolMessage) and message.name == tool for message in turn)


def _with(message: AIMessage, move: AIMessage) -> AIMessage:
    """The words of one with the tool call and the notes of the other."""
    return message.model_copy(
        update={"tool_calls": move.tool_calls, "additional_kwargs": {**message.additional_kwargs, **move.additional_kwargs}}
    )
