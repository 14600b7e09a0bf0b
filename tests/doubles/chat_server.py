"""A chat-completions server on loopback that says what a test tells it to: good conversations, and every way to fail.

    with ChatServer(["hello", call("inspect_data", attachment="a.csv"), Said(status=500), Said(fault="drop")]) as server:
        client = OpenAI(base_url=server.url, api_key="any")      # server.url ends in /v1
        ...
    server.requests[0]["messages"]     # bodies of the questions, in order of arrival

`script` is a list (one entry a question; after its end the last entry is said again), or a function that gets the request's
JSON and gives an entry, or None: every question gets an answer that fits its `response_format` (the first label of an enum),
else "ok". An entry is a text, a `Said`, or a function as above. A function that raises makes a 500 with the error's words.

`Said` is one reply; whether it goes out as a stream (SSE) or whole is decided by the request's `stream`:

    text, calls         what the model says, and the tools that it calls: [("name", {"argument": value})], or as a whole
                        call("name", argument=value); arguments may be raw: ("name", "{not json")
    tokens              the text as tokens with their alternatives, for `logprobs`: [("sp", {"sp": 0.9, "h": 0.1}), ("am", {})];
                        a token may be bytes that are no whole character; alternatives are probabilities
    pieces              how the text is parted in a stream; None: at spaces
    status, headers, body   not a completion but this: a status, headers (Retry-After), a raw body (bytes, str or JSON). A status of
                        400 and more without a body gets OpenAI's form of an error
    finish, usage       finish_reason; (input, output) tokens, None: counted roughly, False: left out
    refusal             the model's refusal, in the field of that name
    delay               seconds before the first byte; None: the server's `seconds`
    fault               "drop": the connection closes without a byte; "reset": it is reset; "hang": nothing ever comes; "cut": half
                        of the answer (of the stream's pieces) comes and the connection closes; "stall": half comes, then nothing

`key`: questions with another bearer key get 401. `rejects`: fields that get 400 where a request uses them ("json_schema",
"json_object", "logprobs", "tools", "stream", "max_tokens"). `models`: what GET /models lists, or a Said in its place.
`python tests/doubles/chat_server.py --seconds 0.05` serves alone, for measurements; GET /count tells how many questions came.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import socket
import struct
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
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


Entry = str | Said | Callable[[Request], "str | Said"]
Script = Sequence[Entry] | Callable[[Request], "str | Said"] | None


def call(tool: str, **arguments: Any) -> Said:
    """A reply that calls one tool."""
    return Said(calls=[(tool, arguments)])


@dataclass
class Heard:
    """A request as it came. body: None where there was none, or no JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class ChatServer:
    """Serves from `with` on, in a thread of its own. url: for clients' base_url. requests: the questions' bodies.

    heard: every request. busiest: how many questions were under way at once, at most.
    """

    def __init__(
        self,
        script: Script = None,
        *,
        seconds: float = 0.0,
        key: str | None = None,
        rejects: Sequence[str] = (),
        models: Sequence[str] | Said = ("test-model",),
    ) -> None:
        self.script, self.seconds, self.key, self.rejects, self.models = script, seconds, key, tuple(rejects), models
        self.requests: list[Request] = []
        self.heard: list[Heard] = []
        self.busy = self.busiest = 0
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    def __enter__(self) -> ChatServer:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the test server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def serve(self, port: int = 0) -> None:
        """Serve until the end is wished."""
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        open_connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            open_connections.add(task)
            try:
                await self._connection(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the client left, or the server ends
            finally:
                open_connections.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", port, limit=2**26)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in list(open_connections):
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard = await _read(reader)
            if heard is None:
                return
            self.heard.append(heard)
            answer = self._route(heard)
            if isinstance(answer, Said):
                goes_on = await self._say(answer, heard, writer)
            else:
                self.busy += 1
                self.busiest = max(self.busiest, self.busy)
                try:
                    goes_on = await self._say(self._next(answer), heard, writer)
                finally:
                    self.busy -= 1
            if not goes_on:
                return

    def _route(self, heard: Heard) -> Said | Request:
        """A question's body, or what is said to everything else."""
        path = heard.path.split("?")[0].removeprefix("/v1")
        if path == "/count":
            return Said(body={"count": len(self.requests)})
        if self.key is not None and heard.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided: sk-wr***ng.", "invalid_api_key")
        if path == "/models" and heard.method == "GET":
            if isinstance(self.models, Said):
                return self.models
            return Said(body={"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if path != "/chat/completions" or heard.method != "POST":
            return _error(404, f"Invalid URL ({heard.method} {heard.path})", "not_found")
        if not isinstance(heard.body, dict) or not isinstance(heard.body.get("messages"), list):
            return _error(400, "Expected a JSON object with messages.", "invalid_request_error")
        self.requests.append(heard.body)
        for name in self.rejects:
            if name in _used(heard.body):
                return _error(400, f"Unsupported parameter: {name}", "unsupported_parameter")
        return heard.body

    def _next(self, request: Request) -> Said:
        entry: Entry
        if self.script is None:
            entry = fitting
        elif callable(self.script):
            entry = self.script
        else:
            entry = self.script[min(len(self.requests), len(self.script)) - 1]
        if callable(entry):
            try:
                entry = entry(request)
            except Exception as error:  # noqa: BLE001  a script of a test may raise anything; the test should see it
                return _error(500, f"The test's script failed: {error!r}", "script")
        return entry if isinstance(entry, Said) else Said(text=entry)

    async def _say(self, said: Said, heard: Heard, writer: asyncio.StreamWriter) -> bool:
        """Send it. Gives whether the connection stays open."""
        asks = heard.body if isinstance(heard.body, dict) else {}
        delay = said.delay if said.delay is not None else self.seconds if "messages" in asks else 0.0
        if delay:
            await asyncio.sleep(delay)
        if said.fault == "hang":
            await asyncio.sleep(PATIENCE)
        if said.fault == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        if said.fault in ("drop", "hang", "reset"):
            return False
        if asks.get("stream") and said.status < 400 and said.body is None:
            return await _stream(said, asks, writer)
        return await _whole(said, asks, writer)


def fitting(request: Request) -> Said:
    """What fits the request's `response_format`: the first label of an enum, an empty list, zero, else "ok"."""
    form = request.get("response_format") or {}
    if form.get("type") == "json_schema":
        return Said(text=json.dumps(_instance(form["json_schema"]["schema"]), ensure_ascii=False))
    return Said(text='{"answer": "ok"}' if form.get("type") == "json_object" else "ok")


def _instance(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: _instance(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_instance(schema["items"])] if schema.get("minItems") else []
    return {"number": 0, "integer": 0, "boolean": False, "null": None}.get(kind, "ok") if isinstance(kind, str) else None


def _used(request: Request) -> set[str]:
    """Names of the fields that a request uses, the kinds of response_format among them."""
    used = {name for name, value in request.items() if value not in (None, False, [])}
    return used | {(request.get("response_format") or {}).get("type", "text")}


async def _read(reader: asyncio.StreamReader) -> Heard | None:
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


async def _whole(said: Said, asks: Request, writer: asyncio.StreamWriter) -> bool:
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


async def _stream(said: Said, asks: Request, writer: asyncio.StreamWriter) -> bool:
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


def _error(status: int, message: str, code: str) -> Said:
    return Said(status=status, body={"error": {"message": message, "type": code, "param": None, "code": code}})


def _error_body(status: int) -> dict[str, Any]:
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return {"error": {"message": f"{reason}, says the test.", "type": "test", "param": None, "code": str(status)}}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve alone until it is stopped, with answers that fit; the first line printed is the url."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    server = ChatServer(seconds=options.seconds)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(options.port))
        while not server.url:
            await asyncio.sleep(0.01)
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        await serving

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


def saying(said: Said, **changes: Any) -> Said:
    """The same reply with some fields changed, such as its fault."""
    return replace(said, **changes)


if __name__ == "__main__":
    main()
