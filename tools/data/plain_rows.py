"""Tables of pandas as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def records(table: Any) -> list[dict[str, Any]]:
    """A pandas table as the rows that `tools.runtime` takes: a dict a row, None where a value is missing."""
    columns = {name: _plain(table[name]) for name in table.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)] if columns else []


def _plain(column: Any) -> Sequence[Any]:
    found: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return found
