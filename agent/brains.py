"""The brains that a conversation can have. Adding one: a branch here, and its chat model in tools/llm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.errors import TaskError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BRAINS = ("auto", "builtin")
COMING = ("openai:", "llamacpp:")


def check_brain(name: str) -> None:
    """Raises TaskError for a brain that is not there (yet). Cheap: nothing is loaded."""
    if name in BRAINS:
        return
    known = name.startswith(COMING)
    raise TaskError(
        code="brain-not-there-yet" if known else "unknown-brain",
        expected=f"a brain ({', '.join(BRAINS)})",
        found=f"{name!r}, which comes in a later version" if known else repr(name),
        remedy="Leave --brain out: the built-in brain needs no key and no network.",
    )


def brain_named(name: str) -> BaseChatModel:
    """The chat model of that name. `auto` is the built-in one, the only one so far."""
    check_brain(name)
    from agent.builtin import BuiltinBrain

    return BuiltinBrain()
