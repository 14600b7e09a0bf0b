"""The worker: carries out one approved run, in a process that no terminal holds.

Started by the runner as `python -P -m tools.jobs.worker RUN --lock FD`, with the keys as one JSON line on stdin.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools import offline, quiet
from tools.core.errors import FasttrackError
from tools.core.plan import Candidate
from tools.jobs import lock
from tools.jobs.child import MARK, Child, Limits, Message, end_leftovers
from tools.jobs.journal import Journal
from tools.jobs.reasons import reason_of_ending
from tools.jobs.record import Record
from tools.jobs.run import Request, Run, write_atomically
from tools.jobs.spending import spent
from tools.jobs.stages import FINISHING, SKIPPED, STAGES

WAIT_LOOK = 0.5
GRACE_SECONDS, GRACE_SHARE = 15.0, 0.1  # beyond the limit, for an approach that stops by itself a little late
SCORING_SECONDS = 60.0  # at least; a finished fit is not thrown away for a slow answer
STAGE_MEMORY_MB = 2048.0  # comparing and packing need this much at times, whatever candidates may use
LEAST_SECONDS = 5.0  # with less of the budget left, a candidate that is not trivial is not begun
OUTSIDE_SECONDS = 3.0  # a child killed from outside: who kills everything of a run gets to this process within that time


class Finished(Exception):
    """The run is over, with a status of `run-finished` and why."""

    def __init__(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason = status, reason
        super().__init__(status)


class Worker:
    """Carries out one run; holds its lock."""

    def __init__(self, run: Run, keys: dict[str, str]) -> None:
        self.run, self.keys, self.journal = run, keys, Journal(run.folder)
        self.record = Record(run, self.journal)
        self.stage_began = 0.0

    def work(self) -> None:
        """The whole run, from wherever it stands, to `run-finished`."""
        end_leftovers(self.run.folder)
        self.journal.write("run-started", pid=os.getpid(), resumed=bool(self.journal.base))
        try:
            self._check_approval()
            self._wait_for_machine()
            self.journal.begin()
            self._stage("preparing")
            self._build_all()
            self._finish()
        except Finished as end:
            self.journal.write("run-finished", status=end.status, reason=end.reason)
        except FasttrackError as error:
            self.journal.write("run-finished", status="failed", reason=str(error), error=error.as_dict())

    def _check_approval(self) -> None:
        approved, found = self.run.approval.get("plan_hash"), self.run.plan.hash
        if approved != found:
            raise Finished("refused", f"Expected the approved plan {approved}. Found plan {found}. Approve this plan first.")

    def _wait_for_machine(self) -> None:
        """One run builds at a time. The lock is never let go: it ends with this process."""
        told = False
        while lock.take_machine() is None:
            if not told:
                self.journal.write("waiting", **{"for": "another run that is being built on this machine"})
                told = True
            if self.run.requested == "cancel":
                raise Finished("cancelled", "cancelled while it waited")
            time.sleep(WAIT_LOOK)

    def _build_all(self) -> None:
        for candidate in self.run.building:
            if self.run.requested == "cancel":
                raise Finished("cancelled", "cancelled by the person")
            if self.run.result(candidate.name) is not None:
                self.record.acknowledged(candidate)
            elif self.run.requested == "stop":
                self.record.left_out(
                    candidate, "cancelled", "stopped by the person before it was built; the best so far was kept"
                )
            elif self._seconds_left() < LEAST_SECONDS and candidate is not self.run.building[0]:
                minutes = self.run.plan.budget.minutes
                self.record.left_out(
                    candidate, "skipped", f"the {minutes:g} minutes of the run were used up before it could be built"
                )
            else:
                self._build(candidate)

    def _build(self, candidate: Candidate, retried: bool = False) -> None:
        """One candidate, in a child process. Ends with a result, or with a reason why there is none."""
        seconds = min(candidate.cap_minutes * 60, max(self._seconds_left(), LEAST_SECONDS))
        for stage in FINISHING:  # of a run that was stopped and goes on after all: its comparison is out of date
            (self.run.folder / STAGES[stage].done).unlink(missing_ok=True)
        folder = self.run.candidate(candidate.name)
        shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed; nothing in it was finished
        folder.mkdir(parents=True)
        if not retried:
            self.record.started(candidate, seconds)
        began = self.journal.seconds
        asks = candidate.approach == "prompting"
        ending = self._child(
            self._command(candidate, seconds),
            folder / "log.txt",
            self.keys if asks else {},
            self._limits(seconds, folder),
            lambda message: self.record.progress(candidate, message, began) if message["say"] == "progress" else None,
            self._look,
            {offline.VARIABLE: "1"} if not (candidate.estimate.download_mb or candidate.leaves_machine) else {},
        ).carry_out()
        result = self.run.result(candidate.name)
        if result is not None:
            self.record.finished(candidate, result, ending, seconds)
        elif ending.how == "cancel":
            raise Finished("cancelled", "cancelled by the person")
        elif ending.how == "stop":
            self.record.left_out(candidate, "cancelled", "stopped by the person while it was built; the best so far was kept")
        elif ending.how == "killed" and not retried:
            time.sleep(OUTSIDE_SECONDS)
            self.journal.write("candidate-retried", name=candidate.name, reason=f"killed from outside (signal {-ending.code})")
            self._build(candidate, retried=True)
        else:
            self.record.finished(candidate, self.record.failed(candidate, ending, seconds), ending, seconds)

    def _command(self, candidate: Candidate, seconds: float) -> list[str]:
        dollars = self.run.plan.budget.dollars - spent(self.run.folder)
        return [
            *("tools.jobs.candidate", str(self.run.folder), candidate.name),
            *("--minutes", f"{seconds / 60:.4f}", "--dollars", f"{max(0.0, dollars):.8f}"),
        ]

    def _finish(self) -> None:
        """Compare, report, export and prove. What is already there is not made again."""
        write_atomically(self.run.folder / SKIPPED, {name: list(why) for name, why in self.record.unbuilt.items()})
        if self.run.proof is None:
            self.run.zip.unlink(missing_ok=True)  # of a worker that was killed, perhaps while the proof was added to it
        for stage in FINISHING:
            if not self.run.has(STAGES[stage].done):
                self._stage(*FINISHING)
                break
        comparison = self.run.comparison
        if comparison is None or comparison.chosen is None:
            raise Finished("nothing-built", "no candidate could be built")
        raise Finished("done")

    def _stage(self, *names: str) -> None:
        """Carry out stages in one child process."""
        if all(self.run.has(STAGES[name].done) for name in names):
            return
        budget = self.run.plan.budget
        ending = self._child(
            ["tools.jobs.stages", str(self.run.folder), *names],
            self.run.folder / "stages.log",
            self.keys,
            Limits(None, 0.0, 0.0, max(budget.memory_mb, STAGE_MEMORY_MB), budget.disk_mb, self.run.folder),
            self._hear_stage,
            lambda: "cancel" if self._look() == "cancel" else None,
            {},
        ).carry_out()
        if ending.how == "cancel":
            raise Finished("cancelled", "cancelled by the person")
        if ending.how == "killed":
            time.sleep(OUTSIDE_SECONDS)
        if ending.how != "exited" or ending.code != 0:
            told = ending.messages.get("failed", {})
            where = told.get("name") or ending.messages.get("stage", {}).get("name") or names[0]
            raise Finished("failed", f"{where}: {told.get('reason') or reason_of_ending(ending, 0.0, self.run.plan.budget)}")

    def _child(
        self,
        command: list[str],
        log: Path,
        keys: dict[str, str],
        limits: Limits,
        hear: Callable[[Message], None],
        look: Callable[[], Request | None],
        environment: dict[str, str],
    ) -> Child:
        return Child(command, self.run.folder, log, keys, limits, hear, look, environment)

    def _look(self) -> Request | None:
        self.journal.beat()
        return self.run.requested

    def _limits(self, seconds: float, folder: Path) -> Limits:
        budget = self.run.plan.budget
        grace = max(GRACE_SECONDS, GRACE_SHARE * seconds)
        return Limits(seconds, grace, max(SCORING_SECONDS, seconds / 2), budget.memory_mb, budget.disk_mb, folder)

    def _hear_stage(self, message: Message) -> None:
        if message["say"] == "stage":
            self.stage_began = self.journal.seconds
            self.journal.write(message["name"])
        elif message["say"] == "done":
            said = {"comparing": "compared", "reporting": "reported", "exporting": "exported", "proving": "proved"}.get(
                message["name"]
            )
            took = {"proof_seconds": round(self.journal.seconds - self.stage_began, 2)} if said == "proved" else {}
            if said:
                self.journal.write(said, **message["told"], **took)

    def _seconds_left(self) -> float:
        return self.run.plan.budget.minutes * 60 - self.journal.seconds


def main() -> int:
    """Entry point of the worker process. Exit code 0 also where another worker is already at work on the run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--lock", type=int, default=None)
    options = parser.parse_args()
    os.environ.pop(MARK, None)
    quiet.enforce()
    offline.enforce()
    keys = json.loads(sys.stdin.buffer.readline() or b"{}")
    run = Run(options.run)
    held = options.lock if options.lock is not None else lock.take(run.folder)
    if held is None:
        return 0
    os.set_inheritable(held, False)
    Worker(run, keys).work()
    return 0


if __name__ == "__main__":
    sys.exit(main())
