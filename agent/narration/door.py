"""Which brain speaks, what it is sent and where to: said before anything is sent."""

from __future__ import annotations

from agent.narration.phrases import phrase
from tools.core.language_model import LanguageModel
from tools.core.task import Language


def speaking(language: Language, model: LanguageModel | None, samples: bool = False) -> str:
    """The brain that speaks. model: None for the built-in one. samples: whether cell values may go to it."""
    if model is None:
        return phrase(language, "door.builtin")
    if not model.remote:
        return phrase(language, "door.local", brain=model.brain)
    return phrase(language, "door.remote", brain=model.brain, where=model.where, gets=gets(language, samples))


def gets(language: Language, samples: bool) -> str:
    """What a remote brain is sent."""
    return phrase(language, "door.gets_samples" if samples else "door.gets")


def waiting(language: Language, model: LanguageModel, samples: bool = False) -> str:
    """A remote brain that waits for the person's yes."""
    return phrase(language, "door.waits", brain=model.brain, where=model.where, gets=gets(language, samples))


def silent(language: Language, model: LanguageModel, offline: bool) -> str:
    """Why a brain that is set up does not speak: connections are forbidden, or the person said no."""
    if offline:
        return phrase(language, "door.offline", brain=model.brain, where=model.where)
    return phrase(language, "door.declined", brain=model.brain)


def not_ready(language: Language, why: str) -> str:
    """The brain that was set up cannot speak. why: a sentence, as the brains say it."""
    return phrase(language, "door.not_ready", why=why)
