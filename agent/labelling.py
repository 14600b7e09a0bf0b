"""What a session does about rows that the person labels: hand them out, keep what is given, take it as the locked test."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agent.drafts import Drafts
from agent.rows import attached_rows
from tools.core.errors import PersonDecides, TaskError
from tools.workspace import LabellingCard, Workspace

if TYPE_CHECKING:
    from agent.controls import Change
    from agent.desk.labelling import LabelDesk
    from agent.view import SessionState
    from tools.core.data import Attachment, FileRole

LABEL_COLUMNS = ("label", "your_label", "label_by_you")  # the first that is no column of the rows
FILE = "labelled_by_you.jsonl"


class Labelling(ABC):
    """The part of a session that is about labels by hand."""

    conversation: str
    kept: bool
    _attached: list[tuple[Attachment, FileRole | None]]
    _held: dict[str, Any]

    @property
    @abstractmethod
    def _workspace(self) -> Workspace: ...

    @abstractmethod
    def _store(self, **fields: Any) -> None: ...

    @abstractmethod
    def _change(self, change: Change, said: str | None) -> SessionState: ...

    @abstractmethod
    def state(self) -> SessionState:
        """How things stand."""

    def labelling(self) -> LabelDesk | None:
        """The rows that wait for labels, with what was given so far; None where no card is open."""
        from agent.desk.labelling import desk

        card = self._workspace.labelling
        return desk(self._workspace, self._drafts.of(card.attachment)) if card else None

    def ask_for_labels(self, rows: int = 30) -> SessionState:
        """Open the labelling card with a random sample. Raises BrainIsTold where there are no rows, or no labels to choose."""
        from tools.actions.labelling import ask_for_labels

        workspace = self._workspace
        ask_for_labels(workspace, rows)
        self._store(workspace=workspace.model_dump(mode="json", include={"labelling"}))
        return self.state()

    def draft(self, row: int, label: str | None) -> None:
        """A label for a row of the card, or None to skip it: kept through reloads, and no test row before `label` hands it in.

        Raises PersonDecides where no card is open, TaskError for a row or a label that is not on it.
        """
        card = self._open_card()
        self._check({row: label} if label is not None else {}, card)
        self._check_rows([row], card)
        self._drafts.put(card.attachment, row, label)

    def undraft(self) -> int | None:
        """Take back what was given last. Gives the row that is open again, None where nothing was given."""
        card = self._open_card()
        given = list(self._drafts.of(card.attachment))
        if not given:
            return None
        self._drafts.remove(card.attachment, given[-1])
        return given[-1]

    def label(self, labels: Mapping[int, str]) -> SessionState:
        """The person's labels for rows of the labelling card (row id -> label; several labels of a row: a JSON list).

        They become the locked test set; a new plan, by whose approval what was built is measured on them, waits for approval.
        """
        from agent.controls import Change

        card, task = self._open_card(), self._workspace.task
        if not labels:
            raise _strange(card, "no labels at all")
        self._check_rows(list(labels), card)
        self._check(labels, card)
        names = [task.target, *LABEL_COLUMNS] if task.target else LABEL_COLUMNS
        column = next(name for name in names if all(name not in row for row in card.rows.values()))
        rows = [{**card.rows[row], column: label} for row, label in sorted(labels.items())]
        before = (self._attached, self._held)
        self._attached = [*self._attached, (attached_rows(rows, FILE), "test")]
        roles = {**self._workspace.roles, card.attachment: "unlabelled"}
        self._held = {**self._held, "labelled_column": column, "labelling": None, "roles": roles}
        kept = task.model_dump(mode="json", include={"kind", "inputs", "labels", "metric"})
        state = self._change(Change(task={**kept, "target": column}), f"I labelled {len(rows)} rows.")
        if state.error is not None:  # the card is open still, with all that was given
            self._attached, self._held = before
            return dataclasses.replace(self.state(), error=state.error)
        self._drafts.clear()
        return state

    def close_labelling(self) -> SessionState:
        """Put the labelling card away; what was given is kept for the next time that it is opened."""
        self._store(workspace={"labelling": None})
        return self.state()

    @cached_property
    def _drafts(self) -> Drafts:
        return Drafts(self.conversation, self.kept)

    def _open_card(self) -> LabellingCard:
        card = self._workspace.labelling
        if card is None:
            raise PersonDecides(
                code="no-labelling-card", expected="an open labelling card", found="none", remedy="Ask for rows to label first."
            )
        return card

    def _check(self, labels: Mapping[int, str], card: LabellingCard) -> None:
        from agent.desk.labelling import strange

        if found := strange(labels, card, self._workspace.task):
            raise _strange(card, ", ".join(found))

    def _check_rows(self, rows: list[int], card: LabellingCard) -> None:
        if unknown := [row for row in rows if row not in card.rows]:
            raise _strange(card, f"row {unknown[0]}, which is not on it")


def _strange(card: LabellingCard, found: str) -> TaskError:
    return TaskError(
        code="unknown-label",
        expected=f"labels for rows of the card, out of {', '.join(card.labels)}",
        found=found,
        remedy="Choose one of the labels for each row, or leave the row out.",
    )
