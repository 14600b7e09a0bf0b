"""Rows to one text each: the same joining of columns while learning and in the prototype."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from .rows import to_text

SPACE = re.compile(r"\s+")
SYMBOL = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")


def joined(rows: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """One text a row from the columns of the manifest's `inputs` ({"name", "role", ...}), missing values left out.

    A single column is taken as it is. Among several, a column that is not text is introduced by its name ("language: es").
    """
    readers = [(column, frozenset(column.get("missing_tokens") or ()), bool(column.get("quotes"))) for column in inputs]
    texts = []
    for row in rows:
        parts = []
        for column, missing, quotes in readers:
            value = to_text(row[column["name"]], missing, quotes)
            if value is None:
                continue
            plain = len(readers) == 1 or column.get("role", "text") == "text"
            parts.append(SPACE.sub(" ", value if plain else f"{column['name']}: {value}"))
        texts.append(" . ".join(parts))
    return texts


def spelled(text: str) -> str:
    """Emoji and other symbols as words ("face with tears of joy"): an encoder's vocabulary seldom holds them."""
    return SPACE.sub(" ", SYMBOL.sub(_name, text)).strip() if SYMBOL.search(text) else text


def _name(symbol: re.Match[str]) -> str:
    return f" {unicodedata.name(symbol.group(), '').lower()} "
