"""Who is at work: one worker a run, one building run a machine. Locks end with the process that holds them."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path

from tools.home import cache

FILE = "worker.lock"


def take(run_folder: Path, patience: float = 0.5) -> int | None:
    """Take the run's lock: an open descriptor, or None where a worker holds it. Who inherits the descriptor has the lock."""
    return _take(run_folder / FILE, patience)


def is_held(run_folder: Path) -> bool:
    """Whether a worker is at work on the run."""
    path = run_folder / FILE
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDWR)
    try:  # a shared lock, so that two who only look do not mistake each other for a worker
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take_machine() -> int | None:
    """Take this machine's building lock, or None where another run is being built. It lies in the cache: homes may share it."""
    return _take(cache() / f"building-{socket.gethostname()}.lock", patience=0.0)


def release(descriptor: int) -> None:
    """Let go of a lock (the end of the process does it too)."""
    os.close(descriptor)


def _take(path: Path, patience: float) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                return None
            time.sleep(0.05)
        else:
            return descriptor
