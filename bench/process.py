"""A process with a limit: started, watched (time, processor, memory), and ended with all its children."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_SECONDS = 0.2
MOST_SAID = 4000  # characters of stderr that are kept


@dataclass(frozen=True)
class Ended:
    """How a process ended. late: it was ended at its limit. seconds are wall time; cpu_seconds of it and its children.

    peak_mb: resident memory of it and its children together, looked at five times a second.
    """

    code: int
    late: bool
    seconds: float
    cpu_seconds: float
    peak_mb: float
    out: str
    err: str

    @property
    def reason(self) -> str | None:
        """Why it failed, in a line; None where it did not."""
        if self.late:
            return f"not finished after {self.seconds:.0f} s"
        if self.code == 0:
            return None
        lines = [line for line in self.err.strip().splitlines() if line.strip()]
        return f"exit code {self.code}: {lines[-1].strip()[:300] if lines else 'it said nothing'}"


def carry_out(command: Sequence[str | Path], limit: float, cwd: Path, environment: Mapping[str, str]) -> Ended:
    """Run a command for at most `limit` seconds."""
    began = time.monotonic()
    started = subprocess.Popen(
        [str(part) for part in command], cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    watch = _Watch(started.pid)
    watch.start()
    late = False
    try:
        out, err = started.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        late = True
        watch.end_all()
        out, err = started.communicate()
    except BaseException:
        watch.end_all()
        raise
    finally:
        watch.over.set()
    seconds = time.monotonic() - began
    watch.join()
    return Ended(started.returncode, late, seconds, sum(watch.cpu.values()), watch.peak / 2**20, out, err[-MOST_SAID:])


class _Watch(threading.Thread):
    """Looks at a process and all its descendants, also at those with a session of their own."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root, self.over = psutil.Process(pid), threading.Event()
        self.cpu: dict[int, float] = {}
        self.peak = 0
        self.seen: dict[int, psutil.Process] = {}

    def run(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        with suppress(psutil.Error):  # it may end at any moment
            for one in (self.root, *self.root.children(recursive=True)):
                self.seen.setdefault(one.pid, one)
        together = 0
        for pid, one in list(self.seen.items()):
            with suppress(psutil.Error):
                if not one.is_running():
                    continue
                times = one.cpu_times()
                self.cpu[pid] = times.user + times.system
                together += one.memory_info().rss
        self.peak = max(self.peak, together)

    def end_all(self) -> None:
        self.look()
        for one in reversed(list(self.seen.values())):
            with suppress(psutil.Error):
                one.kill()
