"""The worker's end: start a child process, hear its messages, keep it within its limits, end it when it must end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tools.jobs.load import Load
from tools.jobs.run import Request

How = Literal["exited", "time", "memory", "disk", "killed", "cancel", "stop"]
Message = dict[str, Any]

START_SECONDS = 300.0  # to start and to load rows, beyond the limit: a busy machine is not the candidate's fault
LOOK_EVERY = 0.5
TERM_SECONDS = 3.0
MEGABYTE = 2**20
MARK = "FASTTRACK_RUN"  # in the environment of every child of a run, to find what a killed worker left behind


@dataclass(frozen=True)
class Limits:
    """seconds: since the child said "fitting" (None: no limit). grace: seconds beyond it. scoring: at least, for scoring.

    memory_mb: resident memory of the child and its own children. disk_mb: size of `folder`.
    """

    seconds: float | None
    grace: float
    scoring: float
    memory_mb: float
    disk_mb: float
    folder: Path


@dataclass
class Ending:
    """How a child ended. peak_mb: its highest resident memory. slowdown: what others on the machine did to its time (`Load`).

    marks: name of a message -> working seconds when it came, and "ended".
    """

    how: How
    code: int
    peak_mb: float = 0.0
    slowdown: float = 1.0
    marks: dict[str, float] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)

    def between(self, first: str, second: str) -> float | None:
        """Seconds from one message to another; None where one never came."""
        if first not in self.marks or second not in self.marks:
            return None
        return round(self.marks[second] - self.marks[first], 3)


@dataclass
class Child:
    """One child process. hear: called for every message; look: called about twice a second, says what the person requested."""

    command: Sequence[str]
    run_folder: Path
    log: Path
    keys: dict[str, str]
    limits: Limits
    hear: Callable[[Message], None]
    look: Callable[[], Request | None]
    environment: dict[str, str] = field(default_factory=dict)

    def carry_out(self) -> Ending:
        """Start it and stay with it until it ended."""
        reading, writing = os.pipe()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", *self.command, "--pipe", str(writing), "--worker", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
                env={**os.environ, **self.environment, MARK: str(self.run_folder)},
            )
        os.close(writing)
        began = time.monotonic()
        try:
            self._hand_over_keys(process)
            ending = self._attend(process, reading, began)
            ending.marks["ended"] = time.monotonic() - began
            return ending
        finally:
            end_tree(process)
            os.close(reading)
            if process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()

    def _hand_over_keys(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(self.keys).encode() + b"\n")
            process.stdin.flush()

    def _attend(self, process: subprocess.Popen[bytes], reading: int, began: float) -> Ending:
        ending, load = Ending("exited", 0), Load()
        looked, rest = 0.0, b""
        while True:
            ended = process.poll() is not None
            found = os.read(reading, 65536) if select.select([reading], [], [], 0.0 if ended else LOOK_EVERY / 2)[0] else b""
            *lines, rest = (rest + found).split(b"\n")
            for line in lines:
                self._note(line, ending, began)
            if ended and not found:
                ending.code = process.returncode
                ending.how = "killed" if process.returncode < 0 else "exited"
                return ending
            if not found and not ended:
                time.sleep(0.02)  # a closed pipe is always readable; do not spin on it
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                load.sample(family(process.pid))
                ending.slowdown = load.slowdown
                must_end = self.look() or self._exceeded(process.pid, ending, looked - began)
                if must_end and process.poll() is None:
                    ending.how, ending.code = must_end, -1
                    return ending

    def _note(self, line: bytes, ending: Ending, began: float) -> None:
        try:
            message = json.loads(line)
        except ValueError:  # torn by a kill, or empty
            return
        ending.marks[message["say"]] = time.monotonic() - began
        ending.messages[message["say"]] = message
        self.hear(message)

    def _exceeded(self, pid: int, ending: Ending, seconds: float) -> How | None:
        limits = self.limits
        if limits.seconds is not None:
            limit = limits.seconds + limits.grace
            start = ending.marks.get("fitting")
            deadline = START_SECONDS + limit if start is None else start + limit
            if "scoring" in ending.marks:  # what fitting left of its time may be used, too
                deadline = max(deadline, ending.marks["scoring"] + limits.scoring)
            if seconds > deadline:
                return "time"
        resident = resident_mb(pid)
        ending.peak_mb = max(ending.peak_mb, resident)
        if resident > limits.memory_mb:
            return "memory"
        return "disk" if folder_mb(limits.folder) > limits.disk_mb else None


def family(pid: int) -> list[int]:
    """Ids of a process and its children, as far as they still live."""
    import psutil

    with contextlib.suppress(psutil.Error):  # it ended just now
        return [pid, *(one.pid for one in psutil.Process(pid).children(recursive=True))]
    return []


def resident_mb(pid: int) -> float:
    """Resident memory in MB of a process and its children, as far as they still live."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total / MEGABYTE


def folder_mb(folder: Path) -> float:
    """Size in MB of what lies in a folder; what vanishes meanwhile does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total / MEGABYTE


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a child and all its children: asked first, killed after a few seconds."""
    import psutil

    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TERM_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)
    for one in family:
        with contextlib.suppress(psutil.Error):
            one.kill()
    process.wait()


def end_leftovers(run_folder: Path) -> list[int]:
    """Kill what an earlier, killed worker of this run left behind (grandchildren outlive a killed parent). Gives their ids."""
    import psutil

    ended = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(run_folder):
                process.kill()
                ended.append(process.pid)
    return ended


def _signal_group(group: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)
