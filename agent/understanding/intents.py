"""What a message is for: a task, an answer, a greeting, a question about Fasttrack, a yes, a change, results, small talk."""

from __future__ import annotations

from typing import Literal

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.shown import Shown
from tools.core.task import QuestionField, TaskSpec

Intent = Literal["task", "answer", "greeting", "about", "approve-words", "change", "results", "smalltalk"]
SHORTEST = 3  # thanks and the like, also in place of an answer
SHORT = 7  # words; a longer message says more than a greeting or a yes


def intent_of(message: Message, task: TaskSpec, shown: Shown, asked: QuestionField | None) -> Intent:
    """The intent of one message in the light of what is known already."""
    folded, started = message.folded, task.kind is not None or task.target is not None
    if cues.first("intents", "greeting", folded):
        return "greeting"
    if asked is None and cues.first("intents", "approve", folded) and (started or not shown.anything):
        return "approve-words"
    if cues.first("intents", "smalltalk", folded) and len(folded.split()) <= SHORTEST:
        return "smalltalk"
    if asked is not None and not _asks_back(message):
        return "change" if started and cues.first("intents", "correction", folded) else "answer"
    if cues.first("intents", "smalltalk", folded) and len(folded.split()) <= SHORT:
        return "smalltalk"
    if started and (cues.first("intents", "results", folded) or message.whole.get("results", 0.0) > 0.6):
        return "results"
    if _about(message, shown):
        return "about"
    return "change" if started else "task"


def leaves_it_to_us(message: Message) -> bool:
    """The person wants no questions: "just build it", "you decide"."""
    return bool(cues.first("intents", "just_build", message.folded))


def _about(message: Message, shown: Shown) -> bool:
    """A question about Fasttrack and no task in the same message."""
    cue = cues.first("intents", "about", message.folded)
    meaning = max([message.whole.get("about", 0.0), *(s.meanings.get("about", 0.0) for s in message.standing)])
    kinds = max(cues.strength("kinds", kind, message.standing_folded) for kind in cues.names("kinds"))
    if shown.anything:
        return bool(cue) and meaning > 0.2 and kinds < 1.0
    return (bool(cue) and kinds < 2.0 and not message.pasted.rows) or (meaning > 0.6 and kinds < 1.0)


def _asks_back(message: Message) -> bool:
    """A question about Fasttrack in place of an answer."""
    return "?" in message.raw and bool(cues.first("intents", "about", message.folded))
