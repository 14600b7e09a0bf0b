"""A run as it goes, candidate by candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from tools.core.evaluation import Score

if TYPE_CHECKING:
    from tools.core.plan import Candidate

StepState = Literal["waiting", "building", "done", "failed", "skipped", "cancelled"]
RunState = Literal["running", "waiting", "interrupted", "done", "nothing-built", "cancelled", "failed", "refused"]
FINISHED = frozenset({"done", "failed", "skipped", "cancelled"})
LOG_LINES = 60


@dataclass(frozen=True)
class Step:
    """One candidate on its way. fraction: 0..1. doing: what is done just now, in the approach's own words.

    seconds: what building and scoring took, once it is finished. score: on validation rows. reason: why it was not finished.
    """

    name: str
    title: str
    rung: str
    state: StepState
    fraction: float
    doing: str
    estimate_minutes: float
    seconds: float | None = None
    score: Score | None = None
    reason: str | None = None


@dataclass(frozen=True)
class RunProgress:
    """phase: what is done now: preparing, building, comparing, reporting, exporting, proving; None where nothing is.

    fraction: of all candidates, weighed by their estimates. left_seconds: an estimate, None where there is none.
    requested: "cancel" or "stop", while it is not carried out yet. silent_seconds: since the run was last heard of.
    """

    run_id: str
    state: RunState
    phase: str | None
    steps: list[Step]
    fraction: float
    seconds: float
    left_seconds: float | None
    requested: Literal["cancel", "stop"] | None
    silent_seconds: float
    reason: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in ("running", "waiting", "interrupted")


def progress(run_id: str) -> RunProgress:
    """How the run stands, from its journal. Raises PersonMustMend where there is no such run."""
    from tools.jobs import journal, runner

    run, status = runner.find(run_id), runner.status(run_id)
    events = journal.read(run.folder)
    steps = _steps(run.building, events)
    return RunProgress(
        run_id=run.id,
        state=status.state,
        phase=status.phase,
        steps=steps,
        fraction=_fraction(steps),
        seconds=status.seconds,
        left_seconds=status.left_seconds,
        requested=None if status.is_over else run.requested,
        silent_seconds=_silence(events),
        reason=status.reason,
    )


def log(run_id: str, candidate: str) -> str:
    """The last lines that building the candidate printed; empty where there are none."""
    from tools.jobs import runner

    return runner.log(run_id, candidate, LOG_LINES)


def _steps(building: Sequence[Candidate], events: Sequence[Mapping[str, Any]]) -> list[Step]:
    """In building order; what the journal said last of each candidate holds."""
    said: dict[str, list[Mapping[str, Any]]] = {candidate.name: [] for candidate in building}
    for event in events:
        said.get(str(event.get("name")), []).append(event)
    return [_step(candidate, said[candidate.name]) for candidate in building]


def _step(candidate: Candidate, events: Sequence[Mapping[str, Any]]) -> Step:
    state: StepState = "waiting"
    fraction, doing, seconds, score, reason = 0.0, "", None, None, None
    for event in events:
        kind = event["event"]
        if kind in ("candidate-started", "candidate-retried"):
            state, fraction, doing, reason = "building", 0.0, "", event.get("reason")
        elif kind == "progress" and state == "building":
            fraction, doing = float(event.get("fraction") or 0.0), str(event.get("phase") or "")
        elif kind == "candidate-finished":
            state, fraction, doing, reason = event["status"], 1.0, "", event.get("reason")
            score = Score.model_validate(event["validation"]) if event.get("validation") else None
            seconds = (event.get("fit_seconds") or 0.0) + (event.get("score_seconds") or 0.0)
    return Step(
        name=candidate.name,
        title=candidate.title,
        rung=candidate.approach,
        state=state,
        fraction=min(max(fraction, 0.0), 1.0),
        doing=doing,
        estimate_minutes=candidate.estimate.minutes,
        seconds=seconds,
        score=score,
        reason=reason,
    )


def _fraction(steps: Sequence[Step]) -> float:
    """Weighed by the estimates, so that a long candidate is not as much as a short one."""
    weights = [max(step.estimate_minutes, 0.02) for step in steps]
    done = sum(weight * step.fraction for weight, step in zip(weights, steps, strict=True))
    return done / sum(weights) if weights else 0.0


def _silence(events: Sequence[Mapping[str, Any]]) -> float:
    last = next((str(event["at"]) for event in reversed(events) if event.get("at")), None)
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(last)).total_seconds()) if last else 0.0
