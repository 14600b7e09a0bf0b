"""Texts that a brain reads or speaks, one file each. A missing or an extra variable raises."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


@cache
def variables(name: str) -> frozenset[str]:
    """Names of the variables of `prompts/<name>.md`. Raises FileNotFoundError for an unknown prompt."""
    return frozenset(VARIABLE.findall(text(name)))


@cache
def text(name: str) -> str:
    """The prompt as written, variables included."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def render(name: str, /, **values: object) -> str:
    """The prompt with its variables filled in, in one pass (a value that looks like a variable stays text).

    Raises KeyError naming the missing and the extra variables.
    """
    missing, extra = variables(name) - values.keys(), values.keys() - variables(name)
    if missing or extra:
        raise KeyError(f"prompt {name!r}: missing {sorted(missing)}, extra {sorted(extra)}")
    return VARIABLE.sub(lambda match: str(values[match.group(1)]), text(name))
