"""A language model did not get its turn done: said once, in a sentence."""

from __future__ import annotations

from agent.narration.phrases import has, phrase
from tools.core.task import Language

LASTING = {"stays-here": "stays_here", "dollars": "used_up", "calls-conversation": "too_many"}


def fell(language: Language, brain: str, why: str, rests: bool) -> str:
    """The built-in brain answers instead. why: a code of `checking.Problem` or `limits.reached`. rests: for some minutes."""
    if why in LASTING:
        return phrase(language, f"brain.{LASTING[why]}", brain=brain)
    reason = phrase(language, f"brain_why.{why if has(language, f'brain_why.{why}') else 'broken'}")
    return phrase(language, "brain.fell_rests" if rests else "brain.fell", brain=brain, why=reason)
