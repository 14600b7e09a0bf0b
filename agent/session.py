"""A conversation, from outside: the only door for a user interface."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import checkpoints, conversations
from agent.brains import AUTO, Choice, resolve
from agent.building import Building
from agent.ending import announce
from agent.hearing import Hear
from agent.labelling import Labelling
from agent.speaker import BUILTIN_CHOICE, Speaker
from agent.thread import Thread
from agent.view import SessionState, last_error, shown, tool_answers
from tools.core.data import Attachment, FileRole
from tools.core.errors import FasttrackError, MachineError, PersonDecides
from tools.core.task import Constraints, Question, TaskSpec
from tools.overrides import Overrides
from tools.workspace import Workspace

if TYPE_CHECKING:
    from tools.data.preview import Preview

INTERRUPTED = "It was interrupted before it answered."


class Session(Building, Labelling):
    """Open one with `Session.open`. Every method that says something returns the state after it.

    Two sessions on one conversation take turns, and both read what is checkpointed. keys are held in memory alone.
    """

    def __init__(self, conversation: str, brain: str, kept: bool, keys: Mapping[str, str] | None = None) -> None:
        self.conversation, self.brain, self.kept = conversation, brain, kept
        self._thread = Thread(conversation, kept, BUILTIN_CHOICE)
        self._keys = dict(keys or {})
        self._attached: list[tuple[Attachment, FileRole | None]] = []  # goes with the next message
        self._held: dict[str, Any] = {}  # fields of the workspace that go with the next message
        self._consents: dict[str, bool] = {}  # given before the first message
        self._begun = False

    @classmethod
    def open(
        cls,
        conversation: str | None = None,
        *,
        brain: str = AUTO,
        overrides: Overrides | None = None,
        kept: bool = True,
        keys: Mapping[str, str] | None = None,
    ) -> Session:
        """A new conversation, or the one of that id. kept: in HOME/conversations.sqlite; else it ends with the process.

        brain: as after `--brain`; naming a remote one is the yes to it, one that `auto` finds waits for `confirm_brain`.
        keys: for language models, variable -> key; they stay in this object. Without, the environment is asked.
        Raises TaskError for a conversation or a brain that is not there, MachineError where a local brain cannot run here.
        """
        from tools import quiet

        quiet.enforce()
        session = cls(conversation or uuid.uuid4().hex[:12], brain, kept, keys)
        if conversation and not (conversations.known(conversation) if kept else session._thread.values):
            raise checkpoints.unknown(conversation)
        session._begun = bool(conversation)
        _ = session._choice  # a brain that was named and cannot speak is told now
        if overrides is not None:
            session._held["overrides"] = overrides.model_dump(mode="json")
        return session

    def greeting(self) -> str:
        """Which brain speaks, and what it is sent where; or what it waits for."""
        return self._speaker.greeting

    def attach(self, path: Path, role: FileRole | None = None) -> Attachment:
        """Copy a file or folder in; it is looked at with the next message. Raises DataError where it cannot be read."""
        from tools.data.attaching import attach

        attachment = attach(path)
        self._attached.append((attachment, role))
        return attachment

    def send(self, words: str, hear: Hear | None = None) -> SessionState:
        """Say something. While a plan waits for approval this rejects it, with these words: no message approves.

        hear: gets the reply's words as they come; None takes back what was heard in this turn.
        """
        from langchain_core.messages import HumanMessage
        from langgraph.types import Command

        with self._changing():
            brain = self._speaker.speaks  # now: what is held counts for this message
            update = self._taken()
            if waiting := self._thread.waiting:
                rejection = {"decisions": [{"type": "reject", "message": words} for _ in waiting]}
                given: Any = Command(resume=rejection, update={"said": words, **update})
            else:
                if unanswered := self._thread.open_calls(INTERRUPTED):
                    self._thread.put({"messages": unanswered})
                given = {"messages": [HumanMessage(words)], **update}
            return self._go_on(given, brain, words, hear)

    def decide(self, plan_hash: str, approve: bool, hear: Hear | None = None) -> SessionState:
        """The person's approval or rejection of exactly this plan. The same approval twice gives the same run.

        Raises PersonDecides where another plan (or none) waits for approval.
        """
        from langgraph.types import Command

        with self._changing():
            workspace, card, waiting = self._workspace, self._card, self._thread.waiting
            if approve and card is None and workspace.run_id and (workspace.approval or {}).get("plan_hash") == plan_hash:
                return self.state()
            if card is None or card != plan_hash:
                raise PersonDecides(
                    code="stale-approval",
                    expected=f"a decision about the plan that waits ({card or 'there is none'})",
                    found=f"a decision about plan {plan_hash}",
                    remedy="Look at the plan as it is now, and decide about that one.",
                )
            first = next(place for place, call in enumerate(waiting) if call.get("args", {}).get("plan_hash") == card)
            kinds = ["approve" if approve and place == first else "reject" for place in range(len(waiting))]
            resume = {"decisions": [{"type": kind} for kind in kinds]}
            approval = {"plan_hash": plan_hash, "at": datetime.now(UTC).isoformat(timespec="seconds"), "by": "person"}
            update = {"workspace": {"approval": approval}} if approve else {}
            return self._go_on(Command(resume=resume, update=update), self._speaker.speaks, "", hear)

    def change(
        self,
        task: Mapping[str, Any] | None = None,
        tick: Mapping[str, bool] | None = None,
        minutes: float | None = None,
        dollars: float | None = None,
        said: str | None = None,
    ) -> SessionState:
        """Change the task or the plan by controls, whichever brain speaks: a new plan and a new card, or the next question.

        task: fields of a TaskSpec (`constraints` may be given in part). tick: candidate -> whether it is built. said: the
        line that stands in the conversation for it, else code writes one. What does not fit changes nothing: the card
        stays, and `error` of the state says why.
        """
        from agent.controls import Change

        return self._change(Change(task or {}, tick or {}, minutes, dollars), said)

    def set_role(self, attachment: str, column: str, role: str) -> SessionState:
        """Use a column as target, input, id, group or time, or not at all ("excluded"). attachment: its id or file name."""
        from agent.controls import role_change

        try:
            change = role_change(self._workspace, attachment, column, role)
        except FasttrackError as problem:
            return self._with_error(problem)
        return self._change(change, None)

    def exclude(self, attachment: str, column: str) -> SessionState:
        """Leave a column out."""
        return self.set_role(attachment, column, "excluded")

    def confirm_brain(self, yes: bool) -> SessionState:
        """The person's answer to `consent`; also takes a yes back. It holds for this conversation and this endpoint."""
        speaker = self._speaker
        if speaker.place:
            self._store(consents={**speaker.consents, speaker.place: yes})
        return self.state()

    def allow_samples(self, yes: bool) -> SessionState:
        """Whether cell values may go to a remote brain, masked where they look secret. Not unless the person said so."""
        self._store(workspace={"samples_allowed": yes})
        return self.state()

    def allow_paid_tries(self, yes: bool) -> SessionState:
        """Whether `try_prototype` may ask an endpoint that costs money or lies elsewhere."""
        self._store(workspace={"paid_tries_allowed": yes})
        return self.state()

    def outgoing(self, words: str = "", samples: bool | None = None) -> str:
        """The exact text that the next message would send. samples: as if cell values were allowed (or not)."""
        choice, workspace = self._choice, self._workspace
        if choice.language_model is None:
            from agent.narration.phrases import phrase

            return phrase(workspace.task.language, "door.nothing_sent")
        from agent.outgoing import payload

        if samples is not None:
            workspace = workspace.model_copy(update={"samples_allowed": samples})
        state = {"messages": [], **self._thread.values, "workspace": workspace.model_dump(mode="json")}
        return payload(state, words, choice)

    def state(self) -> SessionState:
        """How things stand. When the run has ended since, one message written by code tells it."""
        self._catch_up()
        messages, speaker = self._thread.values.get("messages", []), self._speaker
        questions = messages[-1].additional_kwargs.get("questions", []) if messages else []
        return SessionState(
            conversation=self.conversation,
            messages=shown(messages),
            workspace=speaker.workspace,
            card=self._card,
            questions=[Question.model_validate(question) for question in questions],
            error=last_error(messages),
            answers=tool_answers(messages),
            brain=speaker.speaks.name,
            consent=speaker.consent,
            notes=speaker.notes,
        )

    def preview(self, attachment: str) -> Preview:
        """The first rows of a table, and the shapes of its columns. Raises DataError where it cannot be read."""
        from tools.data.preview import preview

        return preview(attachment)

    @cached_property
    def _choice(self) -> Choice:
        with self._with_keys():
            return resolve(self.brain)

    @property
    def _speaker(self) -> Speaker:
        consents = {**self._thread.values.get("consents", {}), **self._consents}
        return Speaker(self._choice, self.brain, consents, self._workspace)

    @property
    def _workspace(self) -> Workspace:
        """As checkpointed, with what is held for the next message."""
        stored = self._thread.values.get("workspace") or {"task": _at_first()}
        workspace = Workspace.model_validate({"key": self.conversation, **stored, **self._held})
        for attachment, role in self._attached:
            if attachment.id not in {known.id for known in workspace.attachments}:
                workspace.attachments.append(attachment)
            if role is not None:
                workspace.roles[attachment.id] = role
        return workspace

    @property
    def _card(self) -> str | None:
        """The hash of the plan that waits for approval: of the workspace's plan alone, whatever a brain asked to run."""
        plan = self._workspace.plan
        asked = [call.get("args", {}).get("plan_hash") for call in self._thread.waiting]
        return plan.hash if plan is not None and plan.hash in asked else None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Alone with the conversation, with the keys at hand. Raises TaskError where it was deleted meanwhile."""
        with self._thread.changing(), self._with_keys():
            if self._begun and not self._thread.values:
                raise checkpoints.unknown(self.conversation)
            yield

    @contextlib.contextmanager
    def _with_keys(self) -> Iterator[None]:
        """Keys that were typed into this window, for as long as something may be asked with them."""
        if not self._keys:
            yield
            return
        from tools.llm.keys import held

        with held(self._keys):
            yield

    def _go_on(self, given: Any, brain: Choice, words: str, hear: Hear | None) -> SessionState:
        self._thread.go_on(given, brain, hear)
        self._said(words)
        return self.state()

    def _said(self, words: str) -> None:
        self._begun = True
        if self.kept:
            conversations.touch(self.conversation, words)

    def _taken(self) -> dict[str, Any]:
        """What goes with this message: all of the workspace at first, then what changed; consents that came before it."""
        workspace = self._workspace.model_copy(update={"language_model": self._speaker.for_prompting})
        consents = {"consents": dict(self._speaker.consents)} if self._consents else {}
        update = {"workspace": workspace.model_dump(mode="json"), **consents}
        self._held, self._attached, self._consents = {}, [], {}
        return update

    def _store(self, **fields: Any) -> None:
        """Change the state now; before the first message it is held. workspace: some of its fields."""
        with self._changing():
            if self._thread.values:
                self._thread.put(fields)
            else:
                self._held |= fields.get("workspace", {})
                self._consents |= fields.get("consents", {})

    def _change(self, change: Any, said: str | None) -> SessionState:
        """What `agent.controls` makes of it becomes part of the conversation, as if it had been said."""
        from agent.controls import carried_out, reply

        if change.empty:
            return self.state()
        with self._changing():
            workspace = self._workspace.model_copy(update={"language_model": self._speaker.for_prompting})
            try:
                changed = carried_out(workspace, change)
            except FasttrackError as problem:
                return self._with_error(problem)
            line = said or changed.said
            self._held, self._attached = {}, []
            self._thread.put(reply(changed, line, self._thread.open_calls(line)))
            self._said(line)
            return self.state()

    def _with_error(self, problem: FasttrackError) -> SessionState:
        return dataclasses.replace(self.state(), error=problem.as_dict())

    def _catch_up(self) -> None:
        """Tell the end of a run once, and show a card again that a killed process left closed. Not while another is at work."""
        try:
            with self._thread.changing(patience=0):
                self._thread.reopen()
                if not self._thread.waiting:
                    announce(self._thread, self._workspace)
        except MachineError:
            return


def _at_first() -> dict[str, Any]:
    """The task of a new conversation: nothing but the limits of the settings, which words and options overrule."""
    from tools import settings

    saved = settings.load()
    return TaskSpec(constraints=Constraints(minutes=saved.minutes, max_dollars=saved.dollars)).model_dump(mode="json")
