"""Recorded answers of a language model, served on loopback under the chat-completions protocol: no key, no money, no model.

It answers what was asked before and nothing else. A prototype carries this file beside its own test (so it imports nothing of
Fasttrack), and the proof of a prompting prototype runs against it.

    with Replay(read(path)) as replay: ... replay.url ...
    python replay.py ANSWERS COMMAND...     runs the command with PROMPT_BASE_URL at the replay and gives its exit code

ANSWERS is JSONL: {"request": fingerprint, "response": what the endpoint said}. The texts that were asked are not in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ADDRESS = "PROMPT_BASE_URL"  # what the client of a prototype asks instead of the endpoint in its manifest
GUARDED = "PROOF_REPLAY"  # the one address that the proof's guard lets through


def fingerprint(body: Mapping[str, Any]) -> str:
    """sha256 (hex) of a request's JSON body, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read(path: Path) -> dict[str, Any]:
    """Fingerprint -> response."""
    with path.open(encoding="utf-8") as file:
        return {line["request"]: line["response"] for line in map(json.loads, file)}


def write(path: Path, answers: Mapping[str, Any]) -> None:
    """As `read` reads it."""
    lines = [json.dumps({"request": key, "response": found}, ensure_ascii=False) + "\n" for key, found in answers.items()]
    path.write_text("".join(lines), encoding="utf-8")


class Replay:
    """A server on 127.0.0.1 for as long as it is open. url: its base URL. unknown: requests that were not recorded."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.unknown = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        """The base URL, as OpenAI-compatible clients want it."""
        return f"http://{self.address}/v1"

    def __enter__(self) -> Replay:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        """(status, JSON) for a request."""
        found = self.answers.get(fingerprint(body))
        if found is not None:
            return 200, found
        self.unknown += 1
        return 404, _error(
            f"Expected a question that was recorded. Found another one; {len(self.answers):,} answers are known here. "
            "Name a real endpoint to ask new questions."
        )


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One connection, kept open."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                body = json.loads(text)
            except ValueError:
                return self.say(400, _error("Expected a JSON object. Found none."))
            return self.say(*replay.answer(body))

        def do_GET(self) -> None:
            self.say(200, {"object": "list", "data": []})

        def say(self, status: int, content: Any) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing: stderr belongs to the command."""

    return Handler


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "not_recorded", "code": "not_recorded"}}


def raise_loopback() -> None:
    """Bring `lo` up: in a network namespace of its own it is down. Does nothing where that is not ours to do."""
    import fcntl

    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, get_flags, asked)[:18])[1]
        if not flags & up:
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def main() -> int:
    """The command's exit code."""
    if os.name == "posix" and sys.platform.startswith("linux"):
        raise_loopback()
    with Replay(read(Path(sys.argv[1]))) as replay:
        known = {**os.environ, ADDRESS: replay.url, GUARDED: replay.address}
        return subprocess.run(sys.argv[2:], env=known, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
