"""The brains that a conversation can have. Adding one: a branch here, and its chat model in tools/llm."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.core.errors import FasttrackError, TaskError
from tools.core.language_model import LanguageModel

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BRAINS = ("auto", "builtin", "openai:MODEL", "llamacpp:PATH")
AUTO, BUILTIN = "auto", "builtin"
FORMS = ("openai:", "llamacpp:")
VARIABLE = "FASTTRACK_MODEL"


@dataclass(frozen=True)
class Choice:
    """Which brain speaks. name: `builtin`, or as the person would write it. language_model: None for the built-in one.

    why: for people, in a sentence: who named it, or why it is not the one that was named. ready: False for the latter.
    """

    name: str
    language_model: LanguageModel | None
    why: str
    ready: bool = True

    @property
    def remote(self) -> bool:
        """Whether what is said to it leaves this machine."""
        return self.language_model is not None and self.language_model.remote


def check_brain(name: str) -> None:
    """Raises TaskError for a brain that cannot be. Cheap: nothing is loaded, and nothing is looked for."""
    if name in (AUTO, BUILTIN) or (name.startswith(FORMS) and name.partition(":")[2].strip()):
        return
    raise TaskError(
        code="unknown-brain",
        expected=f"a brain ({', '.join(BRAINS)})",
        found=repr(name),
        remedy="Leave --brain out: the built-in brain needs no key and no network.",
    )


def resolve(name: str) -> Choice:
    """The brain behind the name. `auto` takes the model of FASTTRACK_MODEL or of the settings where it is ready, else builtin.

    Raises TaskError or MachineError where a brain that was named outright cannot speak: an unknown form, no key, no file,
    a remote one while offline.
    """
    check_brain(name)
    if name == BUILTIN:
        return Choice(BUILTIN, None, "the built-in brain was asked for")
    if name != AUTO:
        return Choice(name, _ready(name), "it was asked for by name")
    wanted, where = _preferred()
    if wanted is None:
        return Choice(BUILTIN, None, f"no language model is set up ({VARIABLE} and the settings name none)")
    if wanted == BUILTIN:
        return Choice(BUILTIN, None, f"{where} asks for it")
    try:
        check_brain(wanted)
        return Choice(wanted, _ready(wanted), f"{where} names it")
    except FasttrackError as problem:
        why = f"{where} names {wanted}, which is not ready: {problem.found}. {problem.remedy}"
        return Choice(BUILTIN, None, why, ready=False)


def brain_named(choice: Choice) -> BaseChatModel:
    """The chat model of that choice. A local one is loaded when it first speaks, once for the process."""
    model = choice.language_model
    if model is None:
        from agent.builtin import BuiltinBrain

        return BuiltinBrain()
    if model.kind == "llamacpp":
        from tools.llm.llama_cpp import LlamaCppChat

        return LlamaCppChat(language_model=model)
    from tools.llm.openai_compatible import chat_model

    speaking: BaseChatModel = chat_model(model, _key(model))
    return speaking


def _preferred() -> tuple[str | None, str]:
    """What `auto` stands for, and who says so."""
    named = os.environ.get(VARIABLE, "").strip()
    if named and named != AUTO:
        return named, VARIABLE
    from tools import settings

    saved = settings.load().brain
    return (saved, "the settings") if saved and saved != AUTO else (None, "")


def _ready(name: str) -> LanguageModel:
    """The model of that name. Raises where it could not be asked: no key for a remote endpoint, or no network allowed."""
    from tools import offline
    from tools.llm.naming import language_model

    model = language_model(name)
    if model.remote and offline.asked():
        raise TaskError(
            code="offline",
            expected="a brain on this machine, because of --offline",
            found=f"{name} at {model.where}",
            remedy="Leave out --offline, or use the built-in brain or a local one.",
        )
    if model.kind == "openai" and model.remote and _key(model) is None:
        raise TaskError(
            code="no-key",
            expected=f"a key for {model.where}",
            found="none in OPENAI_API_KEY",
            remedy="Set OPENAI_API_KEY, or use the built-in brain: it needs no key.",
        )
    return model


def _key(model: LanguageModel) -> str | None:
    """The endpoint's key: one that is held in this session before one of the environment; None where there is none."""
    from tools.llm.keys import keys_for

    return keys_for(model).get("OPENAI_API_KEY")
