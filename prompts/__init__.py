"""Texts that a brain reads or speaks: a file a prompt, a file of phrases a language. A missing or an extra variable raises."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


@cache
def text(name: str) -> str:
    """The prompt as written, variables included. Raises FileNotFoundError for an unknown prompt."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@cache
def phrases(language: str) -> dict[str, str]:
    """Key -> phrase as written, variables included, of `phrases/<language>.toml`."""
    with (FOLDER / "phrases" / f"{language}.toml").open("rb") as file:
        return {str(key): str(phrase) for key, phrase in tomllib.load(file).items()}


def variables(template: str) -> frozenset[str]:
    """Names of the variables in a template."""
    return frozenset(VARIABLE.findall(template))


def render(name: str, /, **values: object) -> str:
    """The prompt `<name>.md` with its variables filled in. Raises KeyError naming the missing and the extra variables."""
    return _filled(f"prompt {name!r}", text(name), values)


def phrase(language: str, key: str, /, **values: object) -> str:
    """One phrase with its variables filled in. Raises KeyError for an unknown key, a missing or an extra variable."""
    return _filled(f"phrase {key!r} ({language})", phrases(language)[key], values)


def _filled(what: str, template: str, values: dict[str, object]) -> str:
    """In one pass: a value that looks like a variable stays text."""
    named = variables(template)
    missing, extra = named - values.keys(), values.keys() - named
    if missing or extra:
        raise KeyError(f"{what}: missing {sorted(missing)}, extra {sorted(extra)}")
    return VARIABLE.sub(lambda match: str(values[match.group(1)]), template)
