"""The assistant's words, one file a language in prompts/narration: the same keys and variables in each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache

from prompts import FOLDER, fill
from tools.core.task import Language

Phrases = dict[str, str]


@cache
def phrases(language: Language) -> Phrases:
    """`section.key` -> text with variables such as `{{ name }}`."""
    sections = tomllib.loads((FOLDER / "narration" / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, entries in sections.items() for key, text in entries.items()}


def phrase(language: Language, key: str, **values: object) -> str:
    """A text with its variables filled in.

    Raises KeyError for an unknown key, and one that names the missing and the extra variables.
    """
    return fill(f"phrase {key!r} ({language})", phrases(language)[key], values)


def has(language: Language, key: str) -> bool:
    """Whether there is such a phrase."""
    return key in phrases(language)


def count(language: Language, value: float) -> str:
    """A whole number with the language's separators: 12,345 or 12.345."""
    return f"{round(value):,}".replace(",", phrases(language)["number.thousands"])


def amount(language: Language, value: float, digits: int = 3) -> str:
    """A number with about so many telling digits: 0.873, 1,234, 12.5."""
    if value == 0 or abs(value) >= 1000:
        return count(language, value)
    rounded = f"{value:.{digits}g}" if abs(value) >= 1 else f"{value:.{digits}f}"
    text = rounded if "e" in rounded else re.sub(r"(\.\d*?)0+$", r"\1", rounded).rstrip(".")
    return text.replace(".", phrases(language)["number.decimal"])


def listed(language: Language, names: Iterable[str], word: str = "and") -> str:
    """`a, b and c` in the language. word: `and` or `or`."""
    parts = list(names)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {phrases(language)[f'number.{word}']} {parts[-1]}"


def duration(language: Language, minutes: float) -> str:
    """Minutes in words."""
    if minutes < 0.75:
        return phrase(language, "plan.under_a_minute")
    if minutes < 1.5:
        return phrase(language, "plan.one_minute")
    return phrase(
        language, "plan.minutes", minutes=amount(language, round(minutes) if minutes >= 3 else round(2 * minutes) / 2)
    )
