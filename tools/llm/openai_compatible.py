"""A chat model behind any OpenAI-compatible endpoint, as LangChain knows it: for brains. Prompting has a client of its own.

It speaks chat completions only (what compatible servers know), streams, and waits no longer than `waiting.at_most` allows.
It does not retry: whoever asks knows how long a person has waited already.
"""

from __future__ import annotations

import json
import math
import weakref
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from tools.core.language_model import LanguageModel
from tools.llm import waiting

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # between two pieces of an answer, and before the first: big models think that long
MALFORMED = "malformed"  # in additional_kwargs: what is wrong with the form of an answer
NO_KEY = "none"  # servers on loopback want no key; the protocol wants the header


class OpenAICompatibleChat(ChatOpenAI):
    """language_model: which one and where; what is counted and said about the brain hangs on it."""

    language_model: LanguageModel
    _refused: set[str] = PrivateAttr(default_factory=set)  # parameters that the endpoint does not take

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Never written anywhere: it holds a key."""
        return False

    def body(self, messages: Sequence[BaseMessage], tools: Sequence[BaseTool]) -> dict[str, Any]:
        """The JSON body that asking with these messages and tools sends."""
        bound: Any = self.bind_tools(tools)
        return self._get_request_payload(list(messages), **bound.kwargs, **self._streamed())

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        """As the library does, also where the endpoint does not count the tokens of a stream.

        Arguments that are no JSON are noted (MALFORMED): the library would guess how they end.
        """
        written: dict[int, str] = defaultdict(str)
        for chunk in self._counted(messages, *args, **kwargs):
            if isinstance(chunk.message, AIMessageChunk):
                for part in chunk.message.tool_call_chunks:
                    written[part["index"] or 0] += part["args"] or ""
            yield chunk
        if problem := next((found for text in written.values() if (found := _unreadable(text))), None):
            yield ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs={MALFORMED: problem}))

    def _counted(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        try:
            yield from super()._stream(messages, *args, **kwargs, stream_usage="stream_options" not in self._refused)
        except ModelInvalidRequestError as problem:
            if "stream_options" not in str(problem) or "stream_options" in self._refused:
                raise
            self._refused.add("stream_options")
            yield from super()._stream(messages, *args, **kwargs, stream_usage=False)

    def _streamed(self) -> dict[str, Any]:
        options = {} if "stream_options" in self._refused else {"stream_options": {"include_usage": True}}
        return {"stream": True, **options}


def chat_model(model: LanguageModel, key: str | None) -> OpenAICompatibleChat:
    """The chat model of that endpoint. key: None where it wants none."""
    limits = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
    client = httpx.Client(
        timeout=limits,
        event_hooks={"request": [_hurry], "response": [_watch]},
        follow_redirects=False,  # what is sent goes where the person was told, or nowhere
    )
    chat = OpenAICompatibleChat(
        model=model.name,
        base_url=model.base_url,
        api_key=SecretStr(key or NO_KEY),
        streaming=True,
        timeout=limits,
        max_retries=0,
        use_responses_api=False,
        http_client=client,
        http_socket_options=(),
        language_model=model,
    )
    weakref.finalize(chat, client.close)
    return chat


def _unreadable(arguments: str) -> str | None:
    """What is wrong with the arguments of a tool call; None where they are a JSON object, or nothing at all."""
    try:
        given = json.loads(arguments or "{}")
    except ValueError as problem:
        return f"the arguments of the tool call are no JSON ({problem})"
    return None if isinstance(given, dict) else "the arguments of the tool call are no JSON object"


class _Watched(httpx.SyncByteStream):
    """The answer's bytes, until the person has waited long enough: a stream that drips would never be silent."""

    def __init__(self, stream: httpx.SyncByteStream, request: httpx.Request) -> None:
        self.stream, self.request = stream, request

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.stream:
            yield piece
            if not waiting.left():
                raise httpx.ReadTimeout("the answer took too long", request=self.request)

    def close(self) -> None:
        """Close the connection's stream."""
        self.stream.close()


def _hurry(request: httpx.Request) -> None:
    """No single wait longer than what is left of the person's."""
    left = waiting.left()
    if not left:
        raise httpx.ReadTimeout("no time is left to ask", request=request)
    limits = request.extensions.get("timeout", {})
    if left < math.inf:
        request.extensions["timeout"] = {name: min(left, seconds or left) for name, seconds in limits.items()}


def _watch(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _Watched(response.stream, response.request)
