"""Loaded values back to the texts that the person's own file would hold."""

from __future__ import annotations

from typing import Any


def written(value: Any, column: dict[str, Any]) -> str:
    """A loaded value as the person would write it, with their decimal mark and date format."""
    if value is None or value != value:
        return ""
    if hasattr(value, "strftime"):
        if column.get("date_format"):
            return str(value.strftime(column["date_format"]))
        return str(value.isoformat()).removesuffix("T00:00:00")
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", column.get("decimal") or ".")
    return str(value)
