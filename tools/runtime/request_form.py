"""What an endpoint takes: begun with everything, and lowered as it refuses; found out once and remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from .answer_form import Mode, most_tokens, schema, wish
from .asking import Question

MOST, FEWER = 20, 5  # alternatives for each token: OpenAI's limit today, and the older one that others still have
WIDE = 4096  # tokens of an answer where the model thinks before it speaks
LOWER_MODE: dict[Mode, Mode] = {"json_schema": "object_schema", "object_schema": "json_object", "json_object": "text"}
NAMES_SCHEMA = re.compile(r"response_?format|json_?schema|json_?object|structured|grammar|schema", re.IGNORECASE)
NAMES_SYSTEM = re.compile(r"system (?:role|message|prompt)|role[s]?\W+(?:must )?alternate|developer", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """How questions are put to one endpoint.

    mode: how the answer is held to its form. told: the form is said in words, too (schemas that are taken and not heeded).
    alternatives: for each token of the answer; 0: none are asked for. temperature: whether 0 may be asked for.
    limit: the field that limits the answer's length. wide: much room is left, for a model that thinks first.
    system: whether there may be a system message; else it goes before the first of the user's.
    """

    mode: Mode = "json_schema"
    told: bool = False
    alternatives: int = MOST
    temperature: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] | None = "max_tokens"
    wide: bool = False
    system: bool = True

    def body(self, model: str, question: Question) -> dict[str, Any]:
        """The JSON of a chat-completions request."""
        answer = question.answer
        messages = [dict(message) for message in question.messages]
        if self.told or self.mode != "json_schema":
            messages[-1]["content"] = f"{messages[-1]['content']}\n\n{wish(answer, self.mode)}"
        body: dict[str, Any] = {"model": model, "messages": messages if self.system else _without_system(messages)}
        if self.mode == "json_schema":
            named = {"name": "answer", "strict": True, "schema": schema(answer)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.mode == "object_schema":
            body["response_format"] = {"type": "json_object", "schema": schema(answer)}
        elif self.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        if self.temperature:
            body["temperature"] = 0
        if self.limit:
            body[self.limit] = WIDE if self.wide else most_tokens(answer)
        if self.alternatives and answer.labels:
            body.update(logprobs=True, top_logprobs=self.alternatives)
        return body

    def lowered(self, message: str) -> tuple[Form | None, bool]:
        """What to try after a refusal in such words (None: nothing is left), and whether they named what to drop."""
        named = self._named(message.lower())
        if named is not None:
            return named, True
        if self.alternatives:
            return replace(self, alternatives=0), False
        if self.mode in LOWER_MODE:
            return replace(self, mode=LOWER_MODE[self.mode]), False
        if self.temperature:
            return replace(self, temperature=False), False
        return (replace(self, limit=None), False) if self.limit else (None, False)

    def _named(self, message: str) -> Form | None:
        if "max_completion_tokens" in message and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if "max_tokens" in message and self.limit == "max_tokens" and "unsupported" in message:
            return replace(self, limit=None)
        if "logprobs" in message and self.alternatives:
            fewer = self.alternatives > FEWER and "top_logprobs" in message and "unsupported" not in message
            return replace(self, alternatives=FEWER if fewer else 0)
        if "temperature" in message and self.temperature:
            return replace(self, temperature=False)
        if NAMES_SYSTEM.search(message) and self.system:
            return replace(self, system=False)
        if NAMES_SCHEMA.search(message) and self.mode in LOWER_MODE:
            return replace(self, mode=LOWER_MODE[self.mode])
        return None

    def as_json(self) -> dict[str, Any]:
        """For the cache and for manifests."""
        return asdict(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any] | None) -> Form:
        """The form that was remembered; what is unknown or missing is as at the beginning."""
        known = {field.name for field in fields(Form)}
        return Form(**{name: value for name, value in (raw or {}).items() if name in known})


def has_room(body: Mapping[str, Any]) -> bool:
    """Whether the answer to that request could be let longer."""
    return any(0 < int(body.get(name) or 0) < WIDE for name in ("max_tokens", "max_completion_tokens"))


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    said = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    others = [message for message in messages if message["role"] != "system"]
    if not said or not others:
        return [{**message, "role": "user"} if message["role"] == "system" else message for message in messages]
    return [{**others[0], "content": f"{said}\n\n{others[0]['content']}"}, *others[1:]]
