"""Texts that a brain reads or speaks, a file each. A missing or an extra variable raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


@cache
def text(name: str) -> str:
    """The prompt as written, variables included. Raises FileNotFoundError for an unknown prompt."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def variables(template: str) -> frozenset[str]:
    """Names of the variables in a template."""
    return frozenset(VARIABLE.findall(template))


def render(name: str, /, **values: object) -> str:
    """The prompt `<name>.md` with its variables filled in. Raises KeyError naming the missing and the extra variables."""
    return fill(f"prompt {name!r}", text(name), values)


def fill(what: str, template: str, values: Mapping[str, object]) -> str:
    """The template with its variables filled in, in one pass: a value that looks like a variable stays text.

    what: names the template in the KeyError that tells the missing and the extra variables.
    """
    named = variables(template)
    missing, extra = named - values.keys(), values.keys() - named
    if missing or extra:
        raise KeyError(f"{what}: missing {sorted(missing)}, extra {sorted(extra)}")
    return VARIABLE.sub(lambda match: str(values[match.group(1)]), template)
