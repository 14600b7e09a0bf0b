"""What a model said to one question, and the reply that it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .answer_form import THINKING, read
from .asking import Question, Reply
from .token_probabilities import label_probabilities, tokens_of

CHARACTERS = 4  # of a token, where nobody counted: a rule of thumb for English
SHOWN = 80  # characters of an answer that is quoted


@dataclass(frozen=True)
class Said:
    """One answer as it came. tokens: as in the protocol's `logprobs.content`. finish: "length" where it was cut off.

    note: what to know of it. The rest as in Reply.
    """

    text: str
    tokens: list[dict[str, Any]] | None = None
    finish: str = "stop"
    refusal: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    counted: bool = True
    seconds: float = 0.0
    cached: bool = False
    note: str | None = None

    @staticmethod
    def from_response(response: Mapping[str, Any], question: Question, seconds: float, cached: bool) -> Said:
        """Of a chat completion. Raises ValueError where it is none."""
        try:
            choice = response["choices"][0]
            message = choice["message"]
            content = message.get("content")
            if isinstance(content, list):  # parts; those of thinking have no text of their own
                content = "".join(
                    str(part.get("text") or "") for part in content if part.get("type") in ("text", "output_text")
                )
            text, refusal = str(content or ""), str(message.get("refusal") or "")
            finish, tokens = str(choice.get("finish_reason") or ""), (choice.get("logprobs") or {}).get("content")
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ValueError(f"no chat completion ({type(error).__name__}: {error})") from error
        given, made, counted = _counts(response.get("usage"), question, text)
        return Said(text, tokens or None, finish, refusal, given, made, counted, seconds, cached)

    @property
    def ran_out_thinking(self) -> bool:
        """Whether it was cut off before it began to answer: nothing was said, or only thoughts."""
        return self.finish == "length" and not THINKING.sub("", self.text).strip()

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON and nothing else."""
        try:
            json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return True

    def reply(self, question: Question) -> Reply:
        """The reply that it makes; where it holds no answer of the question's form, one with a problem."""
        labels, number = read(self.text, question.answer)
        probabilities = None
        if self.tokens is not None and labels is not None:
            probabilities = label_probabilities(self.text, tokens_of(self.tokens), question.answer, labels)
        return Reply(
            labels=labels,
            number=number,
            probabilities=probabilities,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            counted=self.counted,
            seconds=self.seconds,
            cached=self.cached,
            problem=self._problem() if labels is None and number is None else None,
            note=self.note,
        )

    def _problem(self) -> str:
        if self.refusal:
            return f"the model refused: {_short(self.refusal)}"
        if not self.text.strip():
            return "the answer was empty"
        cut = " (it was cut off)" if self.finish == "length" else ""
        return f"no answer of the form that was asked for: {_short(self.text)}{cut}"


def _counts(usage: Any, question: Question, text: str) -> tuple[int, int, bool]:
    """Tokens in and out, and whether the endpoint counted them; else a token for four characters."""
    if isinstance(usage, Mapping):
        given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(given, int) and isinstance(made, int):
            return given, made, True
    asked = sum(len(message["content"]) for message in question.messages)
    return -(-asked // CHARACTERS), -(-len(text) // CHARACTERS), False


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN else line[:SHOWN] + "…")
