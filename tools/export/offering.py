"""The prototype as it is offered: packed, and proved before anybody gets it."""

from __future__ import annotations

from pathlib import Path

from tools import offline
from tools.core.errors import PersonMustMend
from tools.export.exporter import export
from tools.export.verify import prove


def offered(run_folder: Path) -> Path:
    """The proved zip of a run; where the run left none it is packed and proved now, which takes up to a few minutes.

    Raises PersonMustMend while a worker is at work on the run and where there is nothing to export, NothingBuilt where the
    proof fails.
    """
    from tools.jobs import journal, lock
    from tools.jobs.run import Run, write_atomically

    run = Run(run_folder)
    if run.proof is not None and run.zip.is_file():
        return run.zip
    held = lock.take(run.folder)
    if held is None:
        raise PersonMustMend(
            code="not-finished",
            expected="a finished run",
            found=f"run {run.id}, which is still being built or proved",
            remedy=f"`fasttrack resume {run.id}` waits for its end.",
        )
    try:
        (run.folder / "proof.json").unlink(missing_ok=True)
        packed = export(run.folder)
        proof = prove(run.folder, packed, offline.asked() or run.plan.task.constraints.offline)
        write_atomically(run.folder / "proof.json", proof)
        told = {"proof_seconds": proof.seconds, "difference": proof.largest_difference, "how": proof.how}
        journal.note(run.folder, "proved", ok=True, **told)
    finally:
        lock.release(held)
    return packed
