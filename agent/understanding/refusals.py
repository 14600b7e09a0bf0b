"""What Fasttrack does not do: the impossible, what would harm people, and what is no machine learning."""

from __future__ import annotations

from typing import Literal

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.shown import Shown
from tools.core.task import TASK_KINDS

Refusal = Literal["impossible", "harmful", "not-ml"]
HARMFUL_ALONE = ("deanonymise", "stalking", "weapons", "fraud")


def refusal(message: Message, shown: Shown) -> Refusal | None:
    """Why a request is refused, or None. Only the person's own prose counts, never what was pasted or lies in a file."""
    folded = message.standing_folded
    meaning = {
        name: max([s.meanings.get(name, 0.0) for s in message.standing] + [message.whole.get(name, 0.0)])
        for name in ("harmful", "impossible", "not-ml")
    }
    if _harmful(folded, meaning["harmful"]):
        return "harmful"
    if _impossible(folded, meaning["impossible"], shown.anything):
        return "impossible"
    return "not-ml" if not shown.anything and _not_ml(message) else None


def _harmful(folded: str, meaning: float) -> bool:
    """Secretly finding out what people keep to themselves, acting against them for it, or helping with crimes."""
    benign = bool(cues.first("refuse", "benign", folded))
    alone = sum(bool(cues.first("refuse", name, folded)) for name in HARMFUL_ALONE)
    if alone and (not benign or meaning > 0.5):
        return True
    sensitive = bool(cues.first("refuse", "sensitive", folded))
    about_people = bool(cues.first("refuse", "staff", folded))
    covert, against = bool(cues.first("refuse", "covert", folded)), bool(cues.first("refuse", "against_people", folded))
    evidence = 1.0 * sensitive + 0.5 * about_people + 1.0 * covert + 1.0 * against + 3.0 * meaning - 1.5 * benign
    return (sensitive and about_people and evidence >= 2.6) or (meaning > 0.75 and not benign)


def _impossible(folded: str, meaning: float, has_data: bool) -> bool:
    """What no data can tell: independent draws, the supernatural, certainty about the future."""
    lottery = bool(cues.first("refuse", "lottery", folded)) and bool(cues.first("refuse", "lottery_wish", folded))
    magic = bool(cues.first("refuse", "magic", folded))
    return magic or (lottery and meaning > 0.05) or (meaning > 0.75 and not has_data)


def _not_ml(message: Message) -> bool:
    """Chores that other programs do; only where nothing else explains the words better."""
    kinds = max(
        (strength for kind in cues.names("kinds") if (strength := cues.strength("kinds", kind, message.standing_folded))),
        default=0.0,
    )
    chore = message.whole.get("not-ml", 0.0)
    parts = [message.whole, *(sentence.meanings for sentence in message.standing)]
    others = max(
        max((value for name, value in message.whole.items() if name != "not-ml"), default=0.0),
        max((part.get(kind, 0.0) for part in parts for kind in TASK_KINDS), default=0.0),
    )
    return (chore > 0.3 and chore > 1.2 * others and kinds < 1.2) or (chore > 0.2 and chore > others and kinds < 0.7)
