"""A conversation, from outside: the only door for a user interface."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.brains import check_brain
from agent.rows import attached_rows
from agent.view import SessionState, last_error, shown, tool_answers
from tools.core.data import Attachment, FileRole
from tools.core.errors import FasttrackError, PersonDecides, TaskError
from tools.core.task import Question
from tools.overrides import Overrides
from tools.workspace import Workspace

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

LABEL_COLUMNS = ("label", "your_label", "label_by_you")  # the first that is no column of the rows


class Session:
    """Open one with `Session.open`. Every method that says something returns the state after it."""

    def __init__(self, conversation: str, brain: str, kept: bool) -> None:
        self.conversation, self.brain, self.kept = conversation, brain, kept
        self._held: dict[str, Any] = {}  # fields of the workspace that go with the next message

    @classmethod
    def open(
        cls, conversation: str | None = None, *, brain: str = "auto", overrides: Overrides | None = None, kept: bool = True
    ) -> Session:
        """A new conversation, or the one of that id. kept: in HOME/conversations.sqlite; else it ends with the process.

        Raises TaskError for a conversation or a brain that is not there.
        """
        from tools import quiet

        quiet.enforce()
        check_brain(brain)
        session = cls(conversation or uuid.uuid4().hex[:12], brain, kept)
        if conversation and not session._values:
            raise TaskError(
                code="unknown-conversation",
                expected="the id of a conversation",
                found=repr(conversation),
                remedy="Start a new one with `fasttrack chat`.",
            )
        if overrides is not None:
            session._held["overrides"] = overrides.model_dump(mode="json")
        return session

    def attach(self, path: Path, role: FileRole | None = None) -> Attachment:
        """Copy a file or folder in; it is looked at with the next message. Raises DataError where it cannot be read."""
        from tools.data.attaching import attach

        attachment = attach(path)
        self._hold(attachment, role)
        return attachment

    def send(self, words: str) -> SessionState:
        """Say something. While a plan waits for approval this rejects it, with these words: no message approves."""
        from langchain_core.messages import HumanMessage
        from langgraph.types import Command

        held = self._take_held()
        if self._card is not None:
            rejection = {"decisions": [{"type": "reject", "message": words}]}
            return self._go_on(Command(resume=rejection, update={"said": words, "workspace": held}))
        self._answer_open_calls()
        return self._go_on({"messages": [HumanMessage(words)], "workspace": held})

    def decide(self, plan_hash: str, approve: bool) -> SessionState:
        """The person's approval or rejection of exactly this plan. The same approval twice gives the same run.

        Raises PersonDecides where another plan (or none) waits for approval.
        """
        from langgraph.types import Command

        workspace, card = self._workspace, self._card
        if approve and card is None and workspace.run_id and (workspace.approval or {}).get("plan_hash") == plan_hash:
            return self.state()
        if card != plan_hash:
            raise PersonDecides(
                code="stale-approval",
                expected=f"a decision about the plan that waits ({card or 'there is none'})",
                found=f"a decision about plan {plan_hash}",
                remedy="Look at the plan as it is now, and decide about that one.",
            )
        if not approve:
            return self._go_on(Command(resume={"decisions": [{"type": "reject"}]}))
        approval = {"plan_hash": plan_hash, "at": datetime.now(UTC).isoformat(timespec="seconds"), "by": "person"}
        return self._go_on(Command(resume={"decisions": [{"type": "approve"}]}, update={"workspace": {"approval": approval}}))

    def label(self, labels: Mapping[int, str]) -> SessionState:
        """The person's labels for rows of the labelling card (row id -> label). They become the locked test set."""
        card = self._workspace.labelling
        if card is None:
            raise PersonDecides(
                code="no-labelling-card", expected="an open labelling card", found="none", remedy="Ask for rows to label first."
            )
        strange = sorted({label for row, label in labels.items() if label not in card.labels or row not in card.rows})
        if strange or not labels:
            raise TaskError(
                code="unknown-label",
                expected=f"labels for rows of the card, out of {', '.join(card.labels)}",
                found=", ".join(strange) or "no labels at all",
                remedy="Choose one of the labels for each row, or leave the row out.",
            )
        column = next(name for name in LABEL_COLUMNS if all(name not in row for row in card.rows.values()))
        rows = [{**card.rows[row], column: label} for row, label in sorted(labels.items())]
        self._hold(attached_rows(rows, "labelled_by_you.jsonl"), "test")
        self._held["roles"][card.attachment] = "unlabelled"
        self._held["labelled_column"], self._held["labelling"] = column, None
        return self.send(f"I labelled {len(rows)} rows.")

    def close_labelling(self) -> SessionState:
        """Put the labelling card away; nothing was labelled."""
        self._held["labelling"] = None
        return self.state()

    def cancel(self) -> SessionState:
        """Stop the run; what is finished stays. Without a run nothing happens."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            runner.cancel(run_id)
        return self.state()

    def stop(self) -> SessionState:
        """Stop building and keep the best so far."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            runner.stop(run_id)
        return self.state()

    def resume(self) -> SessionState:
        """Go on with an interrupted run; where a worker is at it, nothing happens."""
        from tools.jobs import runner

        if run_id := self._workspace.run_id:
            runner.resume(run_id)
        return self.state()

    def state(self) -> SessionState:
        """How things stand. When the run has ended since, one message written by code tells it."""
        self._announce()
        values = self._values
        messages = values.get("messages", [])
        questions = messages[-1].additional_kwargs.get("questions", []) if messages else []
        return SessionState(
            conversation=self.conversation,
            messages=shown(messages),
            workspace=self._workspace,
            card=self._card,
            questions=[Question.model_validate(question) for question in questions],
            error=last_error(messages),
            answers=tool_answers(messages),
        )

    @cached_property
    def _graph(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        from agent.brains import brain_named, resolve
        from agent.conversations import saver
        from agent.graph import build

        return build(brain_named(resolve(self.brain)), saver(self.kept))

    @property
    def _config(self) -> Any:
        return {"configurable": {"thread_id": self.conversation}}

    @property
    def _values(self) -> dict[str, Any]:
        return dict(self._graph.get_state(self._config).values)

    @property
    def _workspace(self) -> Workspace:
        """As checkpointed, with what is held for the next message."""
        stored = self._values.get("workspace", {})
        return Workspace.model_validate({"key": self.conversation, **stored, **self._held})

    @property
    def _card(self) -> str | None:
        """The hash of the plan that waits for approval."""
        interrupts = self._graph.get_state(self._config).interrupts
        calls = [call for interrupt in interrupts for call in interrupt.value["action_requests"]]
        return str(calls[0]["args"].get("plan_hash")) if calls else None

    def _go_on(self, given: Any) -> SessionState:
        self._graph.invoke(given, self._config)
        return self.state()

    def _hold(self, attachment: Attachment, role: FileRole | None) -> None:
        workspace = self._workspace
        if attachment.id not in {known.id for known in workspace.attachments}:
            workspace.attachments.append(attachment)
        if role is not None:
            workspace.roles[attachment.id] = role
        self._held |= workspace.model_dump(mode="json", include={"attachments", "roles"})

    def _take_held(self) -> dict[str, Any]:
        """What goes with this message: all of the workspace at first, then what changed."""
        held = self._held if self._values else self._workspace.model_dump(mode="json")
        self._held = {}
        return held

    def _answer_open_calls(self) -> None:
        """Answer tool calls that a killed process left open, so that every brain can read the conversation."""
        from langchain_core.messages import AIMessage, ToolMessage

        from agent.graph import APPROVAL_NODE

        messages = self._values.get("messages", [])
        answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
        calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
        answers = [
            ToolMessage(
                "It was interrupted before it answered.", tool_call_id=str(call["id"]), name=call["name"], status="error"
            )
            for call in calls
            if call["id"] not in answered
        ]
        if answers:
            self._graph.update_state(self._config, {"messages": answers}, as_node=APPROVAL_NODE)

    def _announce(self) -> None:
        """Tell the end of the run, once, in words made by code. While a plan waits this waits too: it would drop the card."""
        from langchain_core.messages import AIMessage

        from agent.graph import APPROVAL_NODE

        values = self._values
        run_id = self._workspace.run_id
        if run_id is None or values.get("announced") == run_id or self._card is not None:
            return
        text = _ending(run_id, self._workspace)
        if text is not None:
            update = {"messages": [AIMessage(text)], "announced": run_id}
            self._graph.update_state(self._config, update, as_node=APPROVAL_NODE)


def _ending(run_id: str, workspace: Workspace) -> str | None:
    """What is said when the run has ended; None while it goes on."""
    import agent.narration as narration
    from tools.jobs import runner

    if not runner.status(run_id).is_over:
        return None
    try:
        return narration.results(workspace.task, runner.outcome(run_id))
    except FasttrackError as problem:  # cancelled, nothing built, failed: told like any other error
        return narration.error(workspace.task, problem.as_dict())
