"""What `build --json` and `resume --json` say of a run, and the errors that they say instead."""

from __future__ import annotations

import shutil
from typing import Any

from tools.core.errors import Interrupted, MachineError, NothingBuilt, PersonDecides, PersonMustMend
from tools.core.evaluation import CandidateResult, Evaluation
from tools.jobs import journal
from tools.jobs.journal import Event
from tools.jobs.run import Run
from tools.jobs.status import RunStatus, status

UNPROVED = "The prototype could not be proved, so it is not offered: {reason}"
UNREPORTED = "The report could not be written: {reason}"
FULL_MB = 20.0  # with less, a worker that is gone most likely could not write
REMARKS = {"proved": UNPROVED, "reported": UNREPORTED}


def outcome(run: Run) -> dict[str, Any]:
    """The contract's object for a finished run. Times are those that the worker journalled.

    Raises NothingBuilt, Interrupted (cancelled), PersonDecides (not approved) or PersonMustMend (failed, or not finished yet).
    """
    found = status(run)
    comparison = run.comparison
    if found.state != "done" or comparison is None:
        raise _instead(run, found)
    events = journal.read(run.folder)
    finished = {event["name"]: event for event in events if event["event"] == "candidate-finished"}
    remarks = [text.format(reason=event["reason"]) for name, text in REMARKS.items() if (event := _failed(events, name))]
    return {
        "run_id": run.id,
        "task": run.plan.task.model_dump(mode="json"),
        "candidates": [_row(result, finished.get(result.name, {})) for result in comparison.candidates],
        "chosen": comparison.chosen,
        "recommended": comparison.recommended,
        "why": " ".join([comparison.why, *remarks]),
        "prototype": str(run.zip) if run.proof is not None and run.zip.is_file() else None,
        "proof_seconds": _proof_seconds(events),
        "seconds": found.seconds,
    }


def _proof_seconds(events: list[Event]) -> float | None:
    """How long the proof took; None where it failed."""
    proved = journal.last(events, "proved")
    return proved.get("proof_seconds") if proved is not None and proved.get("ok") else None


def _failed(events: list[Event], name: str) -> Event | None:
    """The latest `reported` or `proved`, where it says that it failed."""
    told = journal.last(events, name)
    return told if told is not None and not told.get("ok") else None


def _row(result: CandidateResult, finished: Event) -> dict[str, Any]:
    return {
        "name": result.name,
        "approach": result.approach,
        "status": result.status,
        "validation": _score(result.validation),
        "test": _score(result.test),
        "fit_seconds": finished.get("fit_seconds", result.fit_seconds),
        "score_seconds": finished.get("score_seconds", result.score_seconds),
        "predict_ms_per_row": result.predict_ms_per_row,
        "size_mb": result.size_mb,
        "dollars": result.dollars,
        "reason": result.reason,
    }


def _score(evaluation: Evaluation | None) -> dict[str, Any] | None:
    return evaluation.main.model_dump(mode="json") if evaluation else None


def _instead(run: Run, found: RunStatus) -> Exception:
    """The error for a run that has no result to show."""
    reasons = [f"{one.name}: {result.reason}" for one in run.building if (result := run.result(one.name)) and result.reason]
    if found.state == "nothing-built":
        return NothingBuilt(
            expected="at least one candidate to be built",
            found="; ".join(reason.rstrip(".") for reason in reasons) or "none was finished before the run was stopped",
            remedy="Mend what the reasons name, or plan other approaches or more minutes.",
        )
    if found.state == "cancelled":
        return Interrupted(
            code="cancelled",
            expected="a finished run",
            found=f"run {run.id} was cancelled",
            remedy=f"`fasttrack resume {run.id}` goes on where it stopped.",
        )
    if found.state == "refused":
        return PersonDecides(
            code="not-approved",
            expected="the approved plan",
            found=str(found.reason).rstrip("."),
            remedy="Approve the plan that is to be built.",
        )
    if found.state == "failed":
        return PersonMustMend(
            code="run-failed",
            expected=f"run {run.id} to be carried out",
            found=str(found.reason).rstrip("."),
            remedy=f"Finished candidates are kept; mend the cause, then `fasttrack resume {run.id}`.",
        )
    free = shutil.disk_usage(run.folder).free / 2**20
    if found.state == "interrupted" and free < FULL_MB:
        return MachineError(
            code="disk",
            expected=f"free disk at {run.folder}",
            found=f"{free:.0f} MB, and the run could not go on",
            remedy=f"Free some disk space, then `fasttrack resume {run.id}` goes on where it stopped.",
        )
    return PersonMustMend(
        code="not-finished",
        expected="a finished run",
        found=f"run {run.id} is {found.state}",
        remedy=f"`fasttrack resume {run.id}` goes on and waits for its end.",
    )
