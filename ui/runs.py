"""`runs`, `show`, `resume`, `cancel`, `export`: what became of approved plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import Interrupted
from ui.building import copied, finished, report, watch_run
from ui.output import out, print_json, quiet_stdout

if TYPE_CHECKING:
    from tools.jobs.status import RunStatus


def list_all(as_json: bool) -> None:
    """All runs, the latest first."""
    from tools.jobs import runner

    statuses = runner.list_runs()
    if as_json:
        print_json({"runs": [status.model_dump(mode="json") for status in statuses]})
        return
    console = out()
    if not statuses:
        console.print("No runs yet. Start with `fasttrack chat` or `fasttrack demo`.")
    for status in statuses:
        console.print(told(status), markup=False)


def show_one(run: str, as_json: bool) -> None:
    """The results of a finished run, how another one stands."""
    from tools.jobs import runner

    status = runner.status(run)
    if status.state == "done":
        report(runner.outcome(run), as_json)
        page = runner.find(run).folder / "report" / "report.html"
        if page.exists() and not as_json:
            out().print(f"Report: {page}", markup=False)
    elif as_json:
        print_json(status.model_dump(mode="json"))
    else:
        out().print(told(status), markup=False)


def go_on(run: str, folder: Path | None, as_json: bool) -> None:
    """Resume or attach, watch to the end, report. Interrupting only stops the watching."""
    from tools.jobs import runner

    with quiet_stdout(as_json):
        run_id = runner.find(run).id
        runner.resume(run_id)
        try:
            watch_run(run_id)
        except KeyboardInterrupt:
            raise Interrupted(
                expected="to watch to the end",
                found="an interruption by you",
                remedy=f"The run goes on by itself: `fasttrack show {run_id}`, or `fasttrack cancel {run_id}`.",
            ) from None
        outcome = finished(run_id, folder)
    report(outcome, as_json)


def call_off(run: str, as_json: bool) -> None:
    """Cancel a run."""
    from tools.jobs import runner

    status = runner.cancel(run)
    if as_json:
        print_json(status.model_dump(mode="json"))
    else:
        out().print(told(status), markup=False)


def pack(run: str, folder: Path | None, as_json: bool) -> None:
    """The prototype's zip, packed and proved now where it was not yet; in the given folder, else in this one."""
    from tools.export.offering import offered
    from tools.jobs import runner

    found = runner.find(run)
    with quiet_stdout(as_json):
        path = copied(offered(found.folder), folder or Path.cwd())
    if as_json:
        print_json({"run_id": found.id, "prototype": str(path)})
    else:
        out().print(f"Prototype: {path}", markup=False)


def told(status: RunStatus) -> str:
    """A run in a line."""
    parts = [status.run_id, status.state]
    if status.state == "running":
        left = f", about {status.left_seconds / 60:.1f} min left" if status.left_seconds is not None else ""
        parts.append(f"{len(status.finished)} of {status.of} candidates{left}")
    if status.chosen:
        parts.append(f"chose {status.chosen}")
    if status.reason:
        parts.append(status.reason)
    words = " ".join(status.words.split())
    return "  ".join([*parts, (status.started or "")[:16].replace("T", " "), words if len(words) < 60 else words[:57] + "..."])
