"""One conversation's checkpoints and the agent that carries them on: what waits, what was said, one change at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agent.checkpoints import lock_file, saver
from agent.hearing import Hear, Hearing
from tools.core.errors import MachineError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agent.brains import Choice

MODEL_NODE = "model"
APPROVAL_NODE = "HumanInTheLoopMiddleware.after_model"
PATIENCE = 600.0  # seconds that one window waits for a turn of another; a turn of a slow model takes minutes


class Thread:
    """kept: in HOME/conversations.sqlite; else it ends with the process.

    Everything is read from the last checkpoint, so that two windows on one conversation see the same.
    """

    def __init__(self, conversation: str, kept: bool, builtin: Choice) -> None:
        self.conversation, self.kept, self.builtin = conversation, kept, builtin
        self._graphs: dict[str, CompiledStateGraph[Any, Any, Any, Any]] = {}

    @property
    def values(self) -> dict[str, Any]:
        """The state of the graph; empty where nothing was said yet."""
        return dict(self._snapshot.values)

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The calls that wait for the person's decision, in the order in which the gate wants its decisions."""
        values = [interrupt.value for interrupt in self._snapshot.interrupts]
        return [call for value in values if isinstance(value, dict) for call in value.get("action_requests", [])]

    def go_on(self, given: Any, brain: Choice, hear: Hear | None = None) -> None:
        """One turn: until the agent has answered, or waits for the person. hear: gets the words as they come."""
        graph = self.graph(brain)
        if hear is None:
            graph.invoke(given, self.config)
            return
        hearing = Hearing(hear)
        for mode, part in graph.stream(given, self.config, stream_mode=["messages", "updates"]):
            hearing.take(mode, part)

    def put(self, update: dict[str, Any]) -> None:
        """Change the state without asking any brain. A call that waits goes on waiting, unless the update answers it."""
        messages = [*self.values.get("messages", []), *update.get("messages", [])]
        if not messages:
            raise ValueError("Expected a conversation that has begun. Found none. Send something first.")
        graph = self.graph(self.builtin)
        gated = bool(getattr(messages[-1], "tool_calls", None))
        graph.update_state(self.config, update, as_node=MODEL_NODE if gated else APPROVAL_NODE)
        if gated:  # after the model comes the gate, which asks again
            graph.invoke(None, self.config)

    def reopen(self) -> None:
        """Ask the gate again where a process was killed between a plan and its card."""
        snapshot = self._snapshot
        if APPROVAL_NODE in snapshot.next and not snapshot.interrupts:
            self.graph(self.builtin).invoke(None, self.config)

    def open_calls(self, answer: str) -> list[BaseMessage]:
        """An answer for each tool call that has none, so that every brain can read the conversation."""
        from langchain_core.messages import AIMessage, ToolMessage

        messages: Sequence[BaseMessage] = self.values.get("messages", [])
        answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
        calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
        return [
            ToolMessage(answer, tool_call_id=str(call["id"]), name=call["name"], status="error")
            for call in calls
            if call["id"] not in answered
        ]

    @contextlib.contextmanager
    def changing(self, patience: float = PATIENCE) -> Iterator[None]:
        """Alone with this conversation, on this machine. Raises MachineError where another window does not let go in time."""
        if not self.kept:
            yield
            return
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=patience)
        except Timeout:
            raise MachineError(
                code="busy",
                expected="to change this conversation",
                found="another window that is still at work on it",
                remedy="Wait until it has answered there, then try again.",
            ) from None
        try:
            yield
        finally:
            self._lock.release()

    def graph(self, brain: Choice) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The agent with that brain; all of them work on the same checkpoints."""
        from agent.brains import brain_named
        from agent.graph import build

        if brain.name not in self._graphs:
            self._graphs[brain.name] = build(brain_named(brain), self._saver)
        return self._graphs[brain.name]

    @property
    def config(self) -> Any:
        """For LangGraph. It is written into each checkpoint, so nothing secret stands in it."""
        return {"configurable": {"thread_id": self.conversation}}

    @property
    def _snapshot(self) -> Any:
        return self.graph(self.builtin).get_state(self.config)

    @cached_property
    def _saver(self) -> BaseCheckpointSaver[Any]:
        return saver(self.kept)

    @cached_property
    def _lock(self) -> Any:
        from filelock import FileLock

        return FileLock(lock_file(self.conversation))
