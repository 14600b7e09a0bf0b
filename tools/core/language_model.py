"""A language model that can be asked: which one, where, and what a token costs. Plain data; the clients are in `tools/llm`."""

from __future__ import annotations

from typing import Literal

from tools.core.task import Model


class LanguageModel(Model):
    """One chat model. It is part of a plan, so that an approval is of exactly this model at exactly this place.

    kind: `openai` is any OpenAI-compatible endpoint, `llamacpp` a GGUF file on this machine.
    name: the model's name at its endpoint, or the file name of the GGUF.
    base_url: of the endpoint, without secrets; path: of the GGUF. The one that does not apply is None.
    remote: whether asking it sends anything off this machine (an endpoint on loopback does not).
    input_price, output_price: dollars for a million tokens; None: not known.
    """

    kind: Literal["openai", "llamacpp"]
    name: str
    base_url: str | None = None
    path: str | None = None
    remote: bool = False
    input_price: float | None = None
    output_price: float | None = None

    @property
    def brain(self) -> str:
        """As a person names it: `openai:MODEL` or `llamacpp:PATH`."""
        return f"{self.kind}:{self.path or self.name}"

    @property
    def where(self) -> str:
        """Where words go that are sent to it, for people."""
        return self.base_url or "this machine"

    @property
    def paid(self) -> bool:
        """Whether a question may cost money; an unknown price may."""
        return self.input_price != 0.0 or self.output_price != 0.0

    def dollars(self, input_tokens: float, output_tokens: float) -> float:
        """What so many tokens cost. Raises ValueError where the price is not known."""
        if self.input_price is None or self.output_price is None:
            raise ValueError(f"Expected a price for {self.name}. Found none. Give one with FASTTRACK_PRICES.")
        return (input_tokens * self.input_price + output_tokens * self.output_price) / 1e6


class Usage(Model):
    """What asking has cost so far. calls: that reached the model; cached: answers that were known already."""

    calls: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            calls=self.calls + other.calls,
            cached=self.cached + other.cached,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            dollars=self.dollars + other.dollars,
        )
