"""What a chat-completions server hears and says, byte by byte: see chat_server.py, which decides what is said."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

Request = dict[str, Any]
Token = tuple[str | bytes, dict[Any, float]]
PATIENCE = 60.0  # seconds that a hanging answer hangs where nobody hangs up


@dataclass(frozen=True)
class Said:
    """One reply; see the module's words."""

    text: str | None = None
    calls: Sequence[tuple[str, dict[str, Any] | str]] = ()
    tokens: Sequence[Token] | None = None
    pieces: Sequence[str] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    finish: str | None = None
    usage: tuple[int, int] | Literal[False] | None = None
    refusal: str | None = None
    delay: float | None = None
    fault: Literal["drop", "reset", "hang", "cut", "stall"] | None = None

    @property
    def content(self) -> str | None:
        """The whole text."""
        if self.tokens is not None:
            return b"".join(_bytes(token) for token, _ in self.tokens).decode("utf-8", "replace")
        return self.text


@dataclass
class Heard:
    """A request as it came. body: None where there was none, or no JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


async def read(reader: asyncio.StreamReader) -> Heard | None:
    """The next request, or None where the client left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    length = int(headers.get("content-length", 0))
    raw = await reader.readexactly(length) if length else b""
    if headers.get("transfer-encoding") == "chunked":
        raw = b"".join([piece async for piece in _chunks(reader)])
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    return Heard(method, path, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readline()
    await reader.readline()


async def say_whole(said: Said, asks: Request, writer: asyncio.StreamWriter) -> bool:
    """Send it in one piece. Gives whether the connection stays open."""
    body = said.body if said.body is not None else _error_body(said.status) if said.status >= 400 else _completion(said, asks)
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/plain" if isinstance(body, str | bytes) else "application/json"
    writer.write(_head(said, {"Content-Type": kind, "Content-Length": str(len(raw))}))
    if said.fault is None:
        writer.write(raw)
        await writer.drain()
        return True
    writer.write(raw[: len(raw) // 2])
    await writer.drain()
    if said.fault == "stall":
        await asyncio.sleep(PATIENCE)
    return False


async def say_stream(said: Said, asks: Request, writer: asyncio.StreamWriter) -> bool:
    """Send it as server-sent events. Gives whether the connection stays open."""
    writer.write(_head(said, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
    events = [f"data: {json.dumps(event)}\n\n".encode() for event in _events(said, asks)] + [b"data: [DONE]\n\n"]
    for event in events if said.fault is None else events[: max(1, len(events) // 2)]:
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()
    if said.fault is None:
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True
    if said.fault == "stall":
        await asyncio.sleep(PATIENCE)
    return False


def _head(said: Said, headers: dict[str, str]) -> bytes:
    reason = HTTPStatus(said.status).phrase if said.status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {said.status} {reason}", *(f"{name}: {value}" for name, value in {**headers, **said.headers}.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _completion(said: Said, asks: Request) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.content, "refusal": said.refusal}
    if said.calls:
        message["tool_calls"] = _tool_calls(said)
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": _finish(said), "logprobs": _logprobs(said, asks)}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asks.get("model"), "choices": [choice]}
    return whole if said.usage is False else {**whole, "usage": _usage(said, asks)}


def _events(said: Said, asks: Request) -> list[dict[str, Any]]:
    """The chunks of a stream: the role, pieces of the text, tool calls in halves, the end, and usage where it was asked for."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    content = said.content
    if content is not None:
        deltas += [{"content": piece} for piece in (said.pieces if said.pieces is not None else _parted(content))]
    if said.refusal is not None:
        deltas.append({"refusal": said.refusal})
    for index, made in enumerate(_tool_calls(said)):
        arguments = made["function"]["arguments"]
        half = len(arguments) // 2
        deltas.append(
            {"tool_calls": [{**made, "index": index, "function": {**made["function"], "arguments": arguments[:half]}}]}
        )
        deltas.append({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]})
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": asks.get("model")}
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish(said)})
    events: list[dict[str, Any]] = [{**chunk, "choices": [choice]} for choice in choices]
    if (asks.get("stream_options") or {}).get("include_usage") and said.usage is not False:
        events.append({**chunk, "choices": [], "usage": _usage(said, asks)})
    return events


def _parted(text: str) -> list[str]:
    words = text.split(" ")
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]


def _tool_calls(said: Said) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{number}_{name}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)},
        }
        for number, (name, given) in enumerate(said.calls)
    ]


def _finish(said: Said) -> str:
    return said.finish or ("tool_calls" if said.calls else "stop")


def _usage(said: Said, asks: Request) -> dict[str, int]:
    """Roughly four characters a token."""
    if said.usage:
        given, made = said.usage
    else:
        given = max(1, sum(len(str(message.get("content") or "")) for message in asks.get("messages", [])) // 4)
        made = max(1, (len(said.content or "") + sum(len(str(arguments)) for _, arguments in said.calls)) // 4)
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def _logprobs(said: Said, asks: Request) -> dict[str, Any] | None:
    if not asks.get("logprobs") or said.tokens is None:
        return None
    most = asks.get("top_logprobs") or 0
    content = []
    for token, alternatives in said.tokens:
        ranked = sorted(alternatives.items(), key=lambda pair: -pair[1])
        content.append({**_token(token, alternatives.get(token, 1.0)), "top_logprobs": [_token(*one) for one in ranked[:most]]})
    return {"content": content, "refusal": None}


def _token(token: str | bytes, probability: float) -> dict[str, Any]:
    raw = _bytes(token)
    try:
        shown = raw.decode()
    except UnicodeDecodeError:
        shown = "bytes:" + "".join(f"\\x{byte:02x}" for byte in raw)  # as OpenAI writes a part of a character
    return {"token": shown, "logprob": math.log(max(probability, 1e-9)), "bytes": list(raw)}


def _bytes(token: str | bytes) -> bytes:
    return token if isinstance(token, bytes) else token.encode()


def failure(status: int, message: str, code: str) -> Said:
    """An error in OpenAI's form."""
    return Said(status=status, body={"error": {"message": message, "type": code, "param": None, "code": code}})


def _error_body(status: int) -> dict[str, Any]:
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return {"error": {"message": f"{reason}, says the test.", "type": "test", "param": None, "code": str(status)}}
