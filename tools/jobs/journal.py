"""`events.jsonl`: what happened in a run, one JSON object a line, only ever appended. Whoever wants to know reads it.

Every event has `at` (UTC, ISO), `seconds` (working time of the run so far, over all its workers; waiting does not count) and
`event`, one of:

    approved           {plan_hash}
    resumed            {}                                 somebody asked to go on; a worker follows
    run-started        {pid, resumed}
    waiting            {for}                              another run is being built on this machine
    preparing          {}
    candidate-started  {name, title, estimate_minutes, limit_minutes}
    progress           {name, fraction, phase, left_seconds, dollars}   of the candidate; the last two are about the whole run
    candidate-finished {name, status, validation, fit_seconds, score_seconds, reason, dollars}
    candidate-retried  {name, reason}                     killed from outside, once
    comparing, reporting, exporting, proving {}
    compared           {chosen, recommended, why}
    reported           {ok, reason}
    exported           {prototype}
    proved             {ok, proof_seconds, difference, how} or {ok: false, proof_seconds, reason}
    heartbeat          {}                                 working time, where nothing else was said for a while
    requested          {what}                             "cancel" or "stop", by the person
    run-finished       {status, reason}                   "done", "nothing-built", "cancelled", "failed" or "refused"
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.core.errors import MachineError
from tools.jobs import lock

Event = dict[str, Any]

FILE = "events.jsonl"
MILESTONES = frozenset(
    {"candidate-finished", "compared", "exported", "proved", "requested", "run-finished"}
)  # synced to disk: losing one would cost work or a decision; the others may lag behind by what the system buffers


class Journal:
    """The writer. base: working seconds that earlier workers of this run have used."""

    def __init__(self, run_folder: Path) -> None:
        self.path = run_folder / FILE
        self.base = used_seconds(run_folder)
        self.began: float | None = None
        self.written = time.monotonic()

    def begin(self) -> None:
        """Start the clock of working time."""
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Working time so far, in seconds."""
        return self.base + (time.monotonic() - self.began if self.began is not None else 0.0)

    def write(self, event: str, **details: Any) -> Event:
        """Append one event. Raises MachineError where the disk is full."""
        entry: Event = {"at": _now(), "seconds": round(self.seconds, 2), "event": event, **details}
        _append(self.path, entry, sync=event in MILESTONES)
        self.written = time.monotonic()
        return entry

    def beat(self, every: float = 5.0) -> None:
        """Write a heartbeat where nothing was written for `every` seconds: a kill forgets no more used time than that."""
        if time.monotonic() - self.written >= every:
            self.write("heartbeat")


def note(run_folder: Path, event: str, **details: Any) -> Event:
    """Append one event from outside the worker; working time stands still."""
    entry: Event = {"at": _now(), "seconds": used_seconds(run_folder), "event": event, **details}
    _append(run_folder / FILE, entry, sync=True)
    return entry


def read(run_folder: Path) -> list[Event]:
    """All whole events so far. A line torn by a kill is left out."""
    path = run_folder / FILE
    return _parse(path.read_bytes()) if path.is_file() else []


def follow(run_folder: Path, poll: float = 0.2) -> Iterator[Event]:
    """Events from the first on, as they come. Ends after `run-finished`, or when no worker is at work any more.

    A run that was finished and is resumed goes on: only the last `run-finished` ends it.
    """
    path, place, rest = run_folder / FILE, 0, b""
    while True:
        at_work = lock.is_held(run_folder)  # before reading, so that what a dying worker wrote last is still read
        found = _from(path, place)
        place += len(found)
        whole, _, rest = (rest + found).rpartition(b"\n")
        yield from _parse(whole)
        if not at_work and not found:
            return
        if not found:
            time.sleep(poll)


def used_seconds(run_folder: Path) -> float:
    """Working seconds as last journalled."""
    return max((float(event.get("seconds", 0.0)) for event in read(run_folder)), default=0.0)


def last(events: list[Event], name: str) -> Event | None:
    """The latest event of that name."""
    return next((event for event in reversed(events) if event["event"] == name), None)


def _append(path: Path, entry: Event, sync: bool) -> None:
    line = json.dumps(entry, ensure_ascii=False, default=str).encode() + b"\n"
    try:
        with path.open("ab+", buffering=0) as file:
            if file.seek(0, os.SEEK_END) and _last_byte(file.fileno()) != b"\n":
                line = b"\n" + line  # an earlier writer was killed in the middle of a line
            file.write(line)
            if sync:
                os.fsync(file.fileno())
    except OSError as error:
        raise MachineError(
            code="disk",
            expected=f"to write the run's journal at {path}",
            found=error.strerror or str(error),
            remedy="Free some disk space, then `fasttrack resume` goes on where it stopped.",
        ) from error


def _from(path: Path, place: int) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        file.seek(place)
        return file.read()


def _last_byte(descriptor: int) -> bytes:
    return os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1)


def _parse(content: bytes) -> list[Event]:
    events = []
    for line in content.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:  # torn by a kill, or empty
            continue
        if isinstance(event, dict) and "event" in event:
            events.append(event)
    return events


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
