"""Plans, events, results and errors in the person's language. The words stand in `prompts/phrases/`."""

from __future__ import annotations

from agent.narration.asking import asked, asking
from agent.narration.planning import plan
from agent.narration.results import exported, results, tried
from agent.narration.running import progress, started, turned_down
from agent.narration.talking import error, labelling, refusal, smalltalk

__all__ = [
    "asked",
    "asking",
    "error",
    "exported",
    "labelling",
    "plan",
    "progress",
    "refusal",
    "results",
    "smalltalk",
    "started",
    "tried",
    "turned_down",
]
