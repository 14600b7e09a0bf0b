"""What a person wants different in a plan, from words: rungs and candidates left out or alone kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from agent.understanding.words import fold
from tools.core.plan import Plan

RUNG_NAMES: dict[str, tuple[str, ...]] = {
    "baseline": ("baseline", "baselines"),
    "zero-shot": ("zero-shot", "zero shot", "zeroshot"),
    "prompting": ("prompting", "prompts"),
    "fine-tuning": ("fine-tuning", "fine tuning", "finetuning", "fine-tune", "feinabstimmung"),
    "automl": ("automl", "auto ml", "auto-ml", "autogluon"),
}
LEAVE_OUT = (
    r"(?:without|no|not|skip|leave out|drop|remove|forget|ohne|kein\w*|nicht|weg mit|sans|pas d[e' ]|enleve\w*|sin|quita\w*)"
)
ALONE = r"(?:only|just|nothing but|nur|bloss|allein|seulement|juste|solo|solamente|unicamente)"
BETWEEN = r"(?:\W+(?:the|any|use|do|das|die|den|le|la|les|l|el|los|las))*\W+"


def preferences_in(words: str, plan: Plan | None) -> dict[str, Any]:
    """Arguments of `propose_plan` that the words ask for; empty where they say nothing about candidates."""
    folded = fold(words)
    out, alone = [], []
    for name, spoken in _names(plan).items():
        forms = "|".join(re.escape(form) for form in spoken)
        if re.search(rf"\b{LEAVE_OUT}{BETWEEN}(?:{forms})\b", folded):
            out.append(name)
        elif re.search(rf"\b{ALONE}{BETWEEN}(?:{forms})\b", folded):
            alone.append(name)
    preferences: dict[str, Any] = {}
    if out:
        preferences["exclude"] = out
    if alone:
        preferences["approaches"] = alone
    return preferences


def _names(plan: Plan | None) -> dict[str, Iterable[str]]:
    """Rungs and candidates of the plan with the ways to say them; a rung that is also a candidate is one name."""
    names: dict[str, Iterable[str]] = dict(RUNG_NAMES)
    for candidate in plan.candidates if plan else []:
        names[candidate.name] = (*names.get(candidate.name, ()), candidate.name, candidate.name.replace("-", " "))
    return names
