"""Rows to one text each: the same joining of columns while learning and in the prototype."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MISSING = frozenset({"nan", "none", "nat", "<na>"})
SPACE = re.compile(r"\s+")


def joined(rows: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """One text a row from the columns of the manifest's `inputs` ({"name", "role"}), missing values left out.

    A single column is taken as it is. Among several, a column that is not text is introduced by its name ("language: es").
    """
    if len(inputs) == 1:
        name = inputs[0]["name"]
        return [plain(row[name]) for row in rows]
    return [_joined_row(row, inputs) for row in rows]


def plain(value: Any) -> str:
    """A cell as one line of text; empty where it is missing (None, NaN)."""
    if value is None or (not isinstance(value, str) and str(value).lower() in MISSING):
        return ""
    return SPACE.sub(" ", str(value)).strip()


def _joined_row(row: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for column in inputs:
        text = plain(row[column["name"]])
        if text:
            parts.append(text if column.get("role", "text") == "text" else f"{column['name']}: {text}")
    return " . ".join(parts)
