"""Which columns the chosen candidate goes by, as its approach measured it (`tools/approaches/importance.py`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MOST_COLUMNS = 15


@dataclass(frozen=True)
class ColumnWeight:
    """importance: by how much the loss grows when the column is shuffled. spread: over shuffles, None after one.

    share: of the most important column's, 0..1, for the bar. matters: more than shuffling changes by chance.
    """

    column: str
    importance: float
    spread: float | None
    share: float
    matters: bool


@dataclass(frozen=True)
class ColumnFacts:
    """weights: the most important columns first. more: how many further ones were measured. what: the loss, in words."""

    weights: list[ColumnWeight]
    more: int
    what: str


def column_facts(model: Path, classes: bool) -> ColumnFacts | None:
    """What `model/importance.json` says; None where nothing was measured."""
    path = model / "importance.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    if not found:
        return None
    most = max(float(found[0]["importance"]), 1e-12)
    weights = [
        ColumnWeight(
            column=str(one["column"]),
            importance=float(one["importance"]),
            spread=one.get("spread"),
            share=min(1.0, max(0.0, float(one["importance"]) / most)),
            matters=float(one["importance"]) > 2 * float(one.get("spread") or 0.0),
        )
        for one in found[:MOST_COLUMNS]
    ]
    return ColumnFacts(weights, max(0, len(found) - MOST_COLUMNS), "log loss" if classes else "root mean squared error")
