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
    status, headers, body   not a completion but this: a status, headers (Retry-After), a raw body (bytes, str or JSON). A
                        status of 400 and more without a body gets OpenAI's form of an error
    finish, usage       finish_reason; (input, output) tokens, None: counted roughly, False: left out
    refusal             the model's refusal, in the field of that name
    delay               seconds before the first byte; None: the server's `seconds`
    fault               "drop": the connection closes without a byte; "reset": it is reset; "hang": nothing ever comes;
                        "cut": half of the answer (of the stream's pieces) comes and the connection closes; "stall": half comes,
                        then nothing

`key`: questions with another bearer key get 401. `rejects`: fields that get 400 where a request uses them ("json_schema",
"json_object", "object_schema" for a json_object with a schema, "logprobs", "tools", "stream", "max_tokens").
`models`: what GET /models lists, or a Said in its place.
`python tests/doubles/chat_server.py --seconds 0.05` serves alone, for measurements; GET /count tells how many questions came.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from chat_wire import PATIENCE, Heard, Request, Said, failure, read, say_stream, say_whole

__all__ = ["ChatServer", "Heard", "Request", "Said", "call", "fitting"]

Entry = str | Said | Callable[[Request], "str | Said"]
Script = Sequence[Entry] | Callable[[Request], "str | Said"] | None


def call(tool: str, **arguments: Any) -> Said:
    """A reply that calls one tool."""
    return Said(calls=[(tool, arguments)])


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
                # the client left, or the server ends
                with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    await self._connection(reader, writer)
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
            heard = await read(reader)
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
            return failure(401, "Incorrect API key provided: sk-wr***ng.", "invalid_api_key")
        if path == "/models" and heard.method == "GET":
            if isinstance(self.models, Said):
                return self.models
            return Said(body={"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if path != "/chat/completions" or heard.method != "POST":
            return failure(404, f"Invalid URL ({heard.method} {heard.path})", "not_found")
        if not isinstance(heard.body, dict) or not isinstance(heard.body.get("messages"), list):
            return failure(400, "Expected a JSON object with messages.", "invalid_request_error")
        self.requests.append(heard.body)
        for name in self.rejects:
            if name in _used(heard.body):
                return failure(400, f"Unsupported parameter: {name}", "unsupported_parameter")
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
                return failure(500, f"The test's script failed: {error!r}", "script")
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
            return await say_stream(said, asks, writer)
        return await say_whole(said, asks, writer)


def fitting(request: Request) -> Said:
    """What fits the request's `response_format`: the first label of an enum, an empty list, zero, else "ok"."""
    form = request.get("response_format") or {}
    schema = form.get("schema") or (form.get("json_schema") or {}).get("schema")
    if schema:
        return Said(text=json.dumps(_instance(schema), ensure_ascii=False))
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
    form = request.get("response_format") or {}
    return used | {form.get("type", "text")} | ({"object_schema"} if "schema" in form else set())


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


if __name__ == "__main__":
    main()
