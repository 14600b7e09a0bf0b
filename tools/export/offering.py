"""The prototype as it is offered: packed, and proved before anybody gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools import offline
from tools.core.errors import PersonMustMend
from tools.export.chosen import place_of
from tools.export.exporter import export
from tools.export.verify import prove

if TYPE_CHECKING:
    from tools.jobs.run import Run


def offered(run_folder: Path, candidate: str | None = None) -> Path:
    """The proved zip of a run; where the run left none it is packed and proved now, which takes up to a few minutes.

    candidate: another finished one than the chosen.
    Raises PersonMustMend while a worker is at work on the run and where there is nothing to export, NothingBuilt where the
    proof fails.
    """
    from tools.jobs import lock
    from tools.jobs.run import Run

    run = Run(run_folder)
    if (ready := kept(run, candidate)) is not None:
        return ready
    held = lock.take(run.folder)
    if held is None:
        raise PersonMustMend(
            code="not-finished",
            expected="a finished run",
            found=f"run {run.id}, which is still being built or proved",
            remedy=f"`fasttrack resume {run.id}` waits for its end.",
        )
    try:
        return _packed_and_proved(run, candidate)
    finally:
        lock.release(held)


def kept(run: Run, candidate: str | None = None) -> Path | None:
    """The zip where it was packed and proved already, else None."""
    place = _place(run, candidate)
    return place / "prototype.zip" if (place / "prototype.zip").is_file() and (place / "proof.json").is_file() else None


def _packed_and_proved(run: Run, candidate: str | None) -> Path:
    from tools.jobs import journal
    from tools.jobs.run import write_atomically

    proof_file = _place(run, candidate) / "proof.json"
    proof_file.unlink(missing_ok=True)
    packed = export(run.folder, candidate=candidate)
    proof = prove(run.folder, packed, offline.asked() or run.plan.task.constraints.offline, candidate)
    write_atomically(proof_file, proof)
    if proof_file.parent == run.folder:
        told = {"proof_seconds": proof.seconds, "difference": proof.largest_difference, "how": proof.how}
        journal.note(run.folder, "proved", ok=True, **told)
    return packed


def _place(run: Run, candidate: str | None) -> Path:
    comparison = run.comparison
    return place_of(run.folder, candidate if comparison is None or candidate != comparison.chosen else None)
