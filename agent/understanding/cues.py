"""Words that tell, from prompts/lexicon/cues.toml: regular expressions over folded text, in all languages at once."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import Any

from prompts import FOLDER

WEAK = 1 / 3  # a weak cue counts a third of a strong one


@functools.cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "lexicon" / "cues.toml").read_text(encoding="utf-8"))


@functools.cache
def patterns(group: str, name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of `[group] name = [...]` or of `[group.name] strong = [...]`."""
    entry = _lexicon()[group][name]
    return tuple(re.compile(pattern) for pattern in (entry["strong"] if isinstance(entry, dict) else entry))


@functools.cache
def weak_patterns(group: str, name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of `[group.name] weak = [...]`."""
    return tuple(re.compile(pattern) for pattern in _lexicon()[group][name].get("weak", []))


def names(group: str) -> tuple[str, ...]:
    """The names in a group."""
    return tuple(_lexicon()[group])


def first(group: str, name: str, folded: str) -> re.Match[str] | None:
    """The first match of any pattern in folded text."""
    return next((match for pattern in patterns(group, name) if (match := pattern.search(folded))), None)


def strength(group: str, name: str, folded: str) -> float:
    """How strongly folded text speaks for a name: strong patterns that match, and a third for each weak one."""
    strong = sum(bool(pattern.search(folded)) for pattern in patterns(group, name))
    return strong + WEAK * sum(bool(pattern.search(folded)) for pattern in weak_patterns(group, name))
