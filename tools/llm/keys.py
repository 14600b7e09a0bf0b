"""Keys of endpoints: from the environment, or typed into a window and held in memory for its conversation only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from tools.core.language_model import LanguageModel

KEY = "OPENAI_API_KEY"
SECRETS: tuple[str, ...] = (
    KEY,
    "AZURE_OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "TOGETHER_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
)
"""Variables that a child process does not inherit. Only the first is used by Fasttrack; the others are none of its business."""

_held: ContextVar[Mapping[str, str] | None] = ContextVar("keys", default=None)


@contextmanager
def held(keys: Mapping[str, str]) -> Iterator[None]:
    """Within: these keys (variable -> key) come before the environment's. Empty ones are passed over. Nothing is written."""
    token = _held.set({**(_held.get() or {}), **{name: key.strip() for name, key in keys.items() if key.strip()}})
    try:
        yield
    finally:
        _held.reset(token)


def keys_for(model: LanguageModel | None) -> dict[str, str]:
    """Variable -> key, of what this model's endpoint needs; empty where there is none, or none is needed."""
    if model is None or model.kind != "openai":
        return {}
    key = (_held.get() or {}).get(KEY) or os.environ.get(KEY, "").strip()
    return {KEY: key} if key else {}


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment without keys, for a child process; keys reach it by pipe."""
    return {name: value for name, value in environment.items() if name.upper() not in SECRETS}
