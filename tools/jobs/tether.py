"""The child's end: it reports to its worker by pipe, gets its keys by pipe, and dies when its worker dies."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
PROGRESS_EVERY = 0.5  # seconds; more would only fill the journal


class Tether:
    """Messages to the worker, a JSON object a line. Said from any thread; a progress that comes too soon is dropped."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self.pipe = os.fdopen(descriptor, "wb", buffering=0)
        self.guard = threading.Lock()
        self.told = 0.0

    def say(self, what: str, **details: Any) -> None:
        """Tell the worker. A worker that is gone is not an error here: the process ends by itself."""
        line = json.dumps({"say": what, **details}, ensure_ascii=False, default=str).encode() + b"\n"
        with self.guard, contextlib.suppress(BrokenPipeError):
            self.pipe.write(line)

    def progress(self, fraction: float, phase: str) -> None:
        """How far it is: 0..1 and the phase in words."""
        now = time.monotonic()
        if now - self.told >= PROGRESS_EVERY or fraction >= 1.0:
            self.told = now
            self.say("progress", fraction=round(min(max(float(fraction), 0.0), 1.0), 4), phase=str(phase))


def tie(descriptor: int, worker: int) -> Tether:
    """Tie this process to its worker: take the keys from stdin into the environment, then live no longer than the worker.

    descriptor: the pipe to report to. worker: the worker's process id.
    """
    os.environ.update(json.loads(sys.stdin.buffer.readline() or b"{}"))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker:  # it died before the tie was made
        _end()
    threading.Thread(target=_watch, name="tether", daemon=True).start()
    return Tether(descriptor)


def _watch() -> None:
    """The worker never writes again: the end of the pipe is the end of the worker. Takes this process's own children along."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    _end()


def _end() -> NoReturn:
    with contextlib.suppress(OSError):
        if os.getpgid(0) == os.getpid():  # this process leads its group, so nobody else is in it
            os.killpg(0, signal.SIGKILL)
    os._exit(1)
