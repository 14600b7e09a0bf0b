"""Plans, events, results and errors in the person's language; the words themselves lie in prompts/narration."""

from agent.narration.falling import fell
from agent.narration.outcome import exported, labelling, recommendation, results, tried
from agent.narration.planning import metric, plan, progress, started, turned_down
from agent.narration.showing import describe, understood
from agent.narration.talking import asking, error, refusal, smalltalk

__all__ = [
    "asking",
    "describe",
    "error",
    "exported",
    "fell",
    "labelling",
    "metric",
    "plan",
    "progress",
    "recommendation",
    "refusal",
    "results",
    "smalltalk",
    "started",
    "tried",
    "turned_down",
    "understood",
]
