"""Rows that the person labels one by one: which is next, which labels were given, how rough an answer so many give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.intervals import wilson

if TYPE_CHECKING:
    from tools.core.task import TaskSpec
    from tools.workspace import LabellingCard, Workspace


@dataclass(frozen=True)
class LabelDesk:
    """rows: row id -> column -> value, in the order in which they are shown. labels: to choose from; several: more than one.

    given: row id -> label (several: a JSON list), skipped: row ids, both in the order in which they came and not handed in yet.
    current: the row to be shown now; None when all are through. points: half the width of the 95 % interval of a share right
    in the middle, in percentage points, with as many rows as are labelled; None before the first.
    """

    rows: Mapping[int, dict[str, Any]]
    labels: list[str]
    several: bool
    given: dict[int, str]
    skipped: list[int]
    current: int | None
    points: float | None

    @property
    def position(self) -> int:
        """How many rows are through."""
        return len(self.given) + len(self.skipped)


def desk(workspace: Workspace, drafts: Mapping[int, str | None]) -> LabelDesk | None:
    """drafts: row id -> label, None where the row was skipped, in the order in which they came. None where no card is open."""
    card = workspace.labelling
    if card is None:
        return None
    known = {row: label for row, label in drafts.items() if row in card.rows}
    given = {row: label for row, label in known.items() if label is not None}
    return LabelDesk(
        rows=card.rows,
        labels=card.labels,
        several=workspace.task.kind == "multilabel-text-classification",
        given=given,
        skipped=[row for row, label in known.items() if label is None],
        current=next((row for row in card.rows if row not in known), None),
        points=half_width(len(given)),
    )


def half_width(rows: int) -> float | None:
    """Half the Wilson interval of one half, in percentage points: the most that so many rows leave open."""
    interval = wilson(rows / 2, rows)
    return None if interval is None else 50 * (interval[1] - interval[0])


def strange(labels: Mapping[int, str], card: LabellingCard, task: TaskSpec) -> list[str]:
    """Labels that are not on the card; where a row may have several, each is a JSON list of those."""
    several = task.kind == "multilabel-text-classification"
    found = {name for label in labels.values() for name in (_names(label) if several else [label])}
    return sorted(found - set(card.labels))


def _names(written: str) -> list[str]:
    """The labels of a JSON list; what is no such list is no label."""
    try:
        names = json.loads(written)
    except ValueError:
        return [written]
    return [str(name) for name in names] if isinstance(names, list) else [written]
