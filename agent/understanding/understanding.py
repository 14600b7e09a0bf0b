"""From free words and what was shown to a TaskSpec: the one door of this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from agent.understanding import answers, filling, wishes
from agent.understanding import message as messages
from agent.understanding.intents import Intent, intent_of, leaves_it_to_us
from agent.understanding.missing import missing
from agent.understanding.refusals import Refusal, refusal
from agent.understanding.shown import look
from tools.core.data import DataProfile
from tools.core.task import QuestionField, TaskSpec

Status = Literal["ready", "needs-answer", "not-supported", "not-ml"]
BESIDE_THE_TASK: frozenset[Intent] = frozenset({"greeting", "about", "smalltalk", "results", "approve-words"})


@dataclass
class Understanding:
    """task: patched, with a confidence for each field. pasted: examples from the message as rows. reason: why it is refused."""

    task: TaskSpec
    status: Status
    intent: Intent
    pasted: list[dict[str, Any]] | None = None
    reason: Refusal | None = None


def understand(words: str, task: TaskSpec, profile: DataProfile, asked: QuestionField | None = None) -> Understanding:
    """Reads a message in the light of what is known. asked: the question field that this message answers, if any.

    What was said before stays unless the message changes it; the given task itself is not changed.
    """
    shown = look(profile)
    new = messages.read(words, task.language if task.words else None)
    intent = intent_of(new, task, shown, asked)
    patched = task.model_copy(deep=True)
    patched.language = new.language
    refused = refusal(new, shown) if words.strip() else None
    if refused:
        return Understanding(patched, "not-ml", intent, None, refused)
    if intent in BESIDE_THE_TASK:
        return Understanding(patched, _status(patched, profile), intent)
    patched.words = "\n".join(part for part in (task.words, words.strip()) if part)
    everything = messages.read(patched.words, patched.language) if task.words else new
    patched.constraints = wishes.constraints(new, task.constraints)
    if asked is not None or intent == "change":
        answers.apply(patched, new, shown, asked)
    filling.fill(patched, everything, shown, alone=leaves_it_to_us(new))
    pasted = new.pasted.rows if new.pasted.rows and not shown.anything else None
    return Understanding(patched, _status(patched, profile), intent, pasted)


def _status(task: TaskSpec, profile: DataProfile) -> Status:
    if task.kind is not None and task.kind not in wishes.supported():
        return "not-supported"
    return "needs-answer" if missing(task, profile) else "ready"
