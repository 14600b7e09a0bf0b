"""How a run stands, read from its folder alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.core.task import Model
from tools.jobs import journal, lock
from tools.jobs.journal import Event
from tools.jobs.run import Run

State = Literal["running", "waiting", "interrupted", "done", "nothing-built", "cancelled", "failed", "refused"]
PHASES = frozenset({"preparing", "comparing", "reporting", "exporting", "proving"})


class RunStatus(Model):
    """state: "interrupted" means that its worker is gone and `resume` goes on. phase: what is being done now, in one word.

    candidate, fraction: what is being built and how far it is. finished: names of candidates with a result, in order; of: how
    many there are in all. seconds: working time so far. left_seconds: an estimate for the whole run, None where there is none.
    reason: why it ended, where it did not end well.
    """

    run_id: str
    state: State
    words: str = ""
    started: str | None = None
    phase: str | None = None
    candidate: str | None = None
    fraction: float | None = None
    finished: list[str] = Field(default_factory=list)
    of: int = 0
    seconds: float = 0.0
    left_seconds: float | None = None
    chosen: str | None = None
    reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in ("running", "waiting", "interrupted")


def status(run: Run) -> RunStatus:
    """How the run stands now."""
    at_work = lock.is_held(run.folder)
    events = journal.read(run.folder)
    ended, compared = _ended(events), run.comparison
    building = run.building
    found = RunStatus(
        run_id=run.id,
        state=ended["status"] if ended else _state(events, at_work),
        words=run.plan.task.words,
        started=events[0]["at"] if events else None,
        finished=[one.name for one in building if run.result(one.name) is not None],
        of=len(building),
        seconds=max((event["seconds"] for event in events), default=0.0),
        chosen=compared.chosen if compared else None,
        reason=ended.get("reason") if ended else None,
    )
    if found.state in ("running", "interrupted"):
        _add_progress(found, events, run)
    return found


def _ended(events: list[Event]) -> Event | None:
    """The end of the run, unless it was resumed since."""
    for event in reversed(events):
        if event["event"] in ("run-started", "resumed"):
            return None
        if event["event"] == "run-finished":
            return event
    return None


def _state(events: list[Event], at_work: bool) -> State:
    if not at_work:
        return "interrupted"
    latest = next((event["event"] for event in reversed(events) if event["event"] not in ("heartbeat", "requested")), None)
    return "waiting" if latest == "waiting" else "running"


def _add_progress(found: RunStatus, events: list[Event], run: Run) -> None:
    """What is being done and how long it will still take."""
    finished = set(found.finished)
    for event in reversed(events):
        if event["event"] in PHASES:
            found.phase = event["event"]
            return
        if event["event"] in ("candidate-started", "progress") and event["name"] not in finished:
            found.phase, found.candidate = "building", event["name"]
            found.fraction, found.left_seconds = event.get("fraction", 0.0), event.get("left_seconds")
            break
    if found.left_seconds is None:
        found.left_seconds = 60 * sum(one.estimate.minutes for one in run.building if one.name not in finished)
