"""The label for what fits none of the others: "everything else is other"."""

from __future__ import annotations

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.words import fold
from tools.core.task import Label, TaskSpec


def add(task: TaskSpec, message: Message) -> None:
    """Patches `other` and `labels` in place, for texts of one label each that has two known labels or more."""
    names = task.label_names
    task.other = None
    if task.kind != "text-classification" or len(names) < 2:
        return
    said = _named(message)
    if said is None:
        return
    task.other = next((name for name in names if fold(name) == fold(said)), said)
    if task.other not in names:
        task.labels = [*(task.labels or []), Label(name=task.other)]


def _named(message: Message) -> str | None:
    """What the words call the rest, as the person writes it; None where they say nothing of it."""
    for sentence in message.standing:
        match = cues.first("labels", "rest", sentence.folded)
        if match is not None:
            words = [part.strip("\"'“”„«».,;:!?()") for part in sentence.text.split()]
            return next((word for word in words if fold(word) == match["name"]), str(match["name"]))
    return None
