"""The server that llama-cpp-python brings, over weights of a file: an OpenAI-compatible endpoint on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

PATIENCE = 60.0  # seconds


@contextmanager
def served(weights: Path, context: int = 32_768) -> Iterator[str]:
    """The address of a server over these weights, for as long as this is open. context: tokens; a token may be a byte."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"model": weights, "host": "127.0.0.1", "port": port, "n_ctx": context, "n_threads": 1, "verbose": False}
    command = [sys.executable, "-P", "-m", "llama_cpp.server", *(f"--{name}={value}" for name, value in options.items())]
    with TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(f"http://127.0.0.1:{port}/v1/models", server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(20)


def _await(url: str, server: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):  # not listening yet
            return
        time.sleep(0.1)
    log.seek(0)
    raise TimeoutError(f"{url} did not answer: {log.read().decode(errors='replace')[-2000:]}")
