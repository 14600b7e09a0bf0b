"""Keys of endpoints: from the environment, or typed into a window and held in memory for its conversation only."""

from __future__ import annotations

from collections.abc import Mapping

from tools.core.language_model import LanguageModel
from tools.runtime.endpoint_key import held, key_in

__all__ = ["KEY", "SECRETS", "held", "keys_for", "without_secrets"]

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


def keys_for(model: LanguageModel | None) -> dict[str, str]:
    """Variable -> key, of what this model's endpoint needs, held ones first; empty where there is none, or none is needed."""
    if model is None or model.kind != "openai":
        return {}
    key = key_in(KEY)
    return {KEY: key} if key else {}


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment without keys, for a child process; keys reach it by pipe."""
    return {name: value for name, value in environment.items() if name.upper() not in SECRETS}
