"""What the worker writes down of each candidate: its row in the journal, why it has no model, how far it is, what it taught."""

from __future__ import annotations

import shutil
from typing import Any

from tools.core.evaluation import CandidateResult
from tools.core.plan import Candidate
from tools.jobs import journal
from tools.jobs.child import Ending, Message
from tools.jobs.journal import Journal
from tools.jobs.reasons import reason_of_ending
from tools.jobs.run import Run, write_atomically
from tools.jobs.spending import spent

BOUND_SHARE = 0.8  # of its limit: what was reckoned to take more, or took more, tells of the limit and not of the work


class Record:
    """Of one run. unbuilt: name -> (status, reason) of candidates that were left out."""

    def __init__(self, run: Run, into: Journal) -> None:
        self.run, self.journal = run, into
        self.unbuilt: dict[str, tuple[str, str]] = {}

    def started(self, candidate: Candidate, seconds: float) -> None:
        """It is begun, with so many seconds at most."""
        self.journal.write(
            "candidate-started",
            name=candidate.name,
            title=candidate.title,
            estimate_minutes=candidate.estimate.minutes,
            limit_minutes=round(seconds / 60, 2),
        )

    def finished(self, candidate: Candidate, result: CandidateResult, ending: Ending, limit: float) -> None:
        """Journal a result with the times as this process saw them. limit: seconds that it had."""
        fit = ending.between("fitting", "scoring") or ending.between("fitting", "ended")  # what failed took its time too
        score = ending.between("scoring", "finished") or ending.between("scoring", "ended")
        more = {"peak_mb": round(ending.peak_mb), "slowdown": round(ending.slowdown, 2)}
        self._write(result, fit or result.fit_seconds, score or result.score_seconds, **more)
        if result.status == "done" and fit is not None and score is not None:
            learn_from(candidate, fit + score, ending.slowdown, limit)

    def failed(self, candidate: Candidate, ending: Ending, seconds: float) -> CandidateResult:
        """The row of a candidate whose process ended without one. seconds: what it was allowed."""
        folder = self.run.candidate(candidate.name)
        result = CandidateResult(
            name=candidate.name,
            approach=candidate.approach,
            title=candidate.title,
            status="failed",
            estimate=candidate.estimate,
            dollars=round(spent(self.run.folder, candidate.name), 6),
            fit_seconds=ending.between("fitting", "scoring") or ending.between("fitting", "ended"),
            reason=reason_of_ending(ending, seconds, self.run.plan.budget),
        )
        shutil.rmtree(folder / "model", ignore_errors=True)
        shutil.rmtree(folder / "scratch", ignore_errors=True)
        write_atomically(folder / "result.json", result)
        return result

    def acknowledged(self, candidate: Candidate) -> None:
        """A result that a killed worker had no time to journal."""
        result = self.run.result(candidate.name)
        told = {event["name"] for event in journal.read(self.run.folder) if event["event"] == "candidate-finished"}
        if result is not None and candidate.name not in told:
            self._write(result, result.fit_seconds, result.score_seconds)

    def left_out(self, candidate: Candidate, status: str, reason: str) -> None:
        """It is not built in this run, or not to its end."""
        self.unbuilt[candidate.name] = (status, reason)
        self.journal.write("candidate-finished", name=candidate.name, status=status, validation=None, reason=reason)

    def progress(self, candidate: Candidate, message: Message, began: float) -> None:
        """How far it is, and how long the whole run will still take. began: working seconds when it was begun."""
        fraction, used = message["fraction"], self.journal.seconds - began
        self.journal.write(
            "progress",
            name=candidate.name,
            fraction=fraction,
            phase=message["phase"],
            left_seconds=round(seconds_left(candidate, fraction, used) + self._estimate_after(candidate), 1),
            dollars=round(spent(self.run.folder), 6),
        )

    def _estimate_after(self, candidate: Candidate) -> float:
        """Estimated seconds of the candidates that come after this one."""
        after = self.run.building[self.run.building.index(candidate) + 1 :]
        return 60 * sum(one.estimate.minutes for one in after if self.run.result(one.name) is None)

    def _write(self, result: CandidateResult, fit: float | None, score: float | None, **more: Any) -> None:
        self.journal.write(
            "candidate-finished",
            name=result.name,
            status=result.status,
            validation=result.validation.main.model_dump() if result.validation else None,
            fit_seconds=fit,
            score_seconds=score,
            reason=result.reason,
            dollars=result.dollars,
            **more,
        )


def seconds_left(candidate: Candidate, fraction: float, used: float) -> float:
    """Seconds that a candidate still needs: its estimate at first, its own pace more and more."""
    estimate = max(60 * candidate.estimate.minutes - used, 0.0)
    if fraction <= 0.0:
        return estimate
    pace = used * (1 - fraction) / fraction
    return fraction * pace + (1 - fraction) * estimate


def learn_from(candidate: Candidate, seconds: float, slowdown: float, limit: float) -> None:
    """Let later estimates know what it took, as it would have been on a machine with nothing else to do."""
    from tools.rates import learn

    reckoned = candidate.formula_minutes
    if reckoned is None or 60 * reckoned > BOUND_SHARE * limit or seconds > BOUND_SHARE * limit:
        return
    learn(candidate.name, reckoned, seconds / 60 / slowdown)
