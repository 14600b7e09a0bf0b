"""Everything around the work: greeting, what Fasttrack is, refusals, errors."""

from __future__ import annotations

from collections.abc import Mapping

from agent.narration.describing import read
from prompts import phrase
from tools.core.data import DataProfile
from tools.core.task import TaskSpec

SMALLTALK = {"greeting": "greeting", "about": "about", "approve-words": "approve_words"}


def smalltalk(task: TaskSpec, intent: str) -> str:
    """A greeting, what Fasttrack does, why words do not approve; else an invitation to say what is wanted."""
    return phrase(task.language, SMALLTALK.get(intent, "smalltalk"))


def refusal(task: TaskSpec, profile: DataProfile, verdict: str, reason: str | None) -> str:
    """Why this is not built, and what could be. verdict: not-supported or not-ml; reason: harmful, impossible or not-ml."""
    if verdict == "not-supported":
        kind = phrase(task.language, f"kind_{(task.kind or 'text-generation').replace('-', '_')}")
        return " ".join([*read(task.language, profile), phrase(task.language, "not_supported", kind=kind)])
    known = reason if reason in ("harmful", "impossible") else "not_ml"
    return phrase(task.language, f"refuse_{known}")


def error(task: TaskSpec, told: Mapping[str, str]) -> str:
    """An error of a tool, in a sentence: expected, found, what to do."""
    return phrase(
        task.language, "error", expected=told["expected"].rstrip("."), found=told["found"].rstrip("."), remedy=told["remedy"]
    )


def labelling(task: TaskSpec, rows: int) -> str:
    """What the labelling card is for."""
    return phrase(task.language, "labelling", rows=rows)
