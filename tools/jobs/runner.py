"""Start, follow and end runs. Building happens in a detached worker; nothing here waits for it, except `follow`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools import offline, quiet
from tools.core.data import DataProfile
from tools.core.errors import MachineError, PersonDecides, PersonMustMend
from tools.core.plan import Plan
from tools.home import cache, home, runs_folder
from tools.jobs import journal, lock
from tools.jobs import outcome as outcomes
from tools.jobs import status as statuses
from tools.jobs.journal import Event
from tools.jobs.run import Run, write_atomically
from tools.jobs.status import RunStatus
from tools.llm.keys import keys_for, without_secrets

LOG_BYTES = 64 * 1024  # of a log's end are read
ANSWERS = "PROMPT_CACHE"  # tools/runtime/prompted.py reads it
LEAST_DISK_MB = 200.0  # rows, models, a report and a zip; below, a run would only fail later
RUN_ID = re.compile(r"run-[0-9a-f]{12}")


class _Detached(subprocess.Popen[bytes]):
    """A worker outlives the process that started it; a Popen would warn of that when it is dropped."""

    def __del__(self) -> None:
        self.poll()


_workers: list[_Detached] = []


def start(
    plan: Plan, approval: dict[str, Any], key: str, *, profile: DataProfile | None = None, keys: dict[str, str] | None = None
) -> str:
    """Carry out an approved plan in a detached worker, and give the run's id at once.

    approval: `plan_hash` and whatever else tells when and how the person approved. key: whose approval it is (a conversation);
    the same key and plan always give the same run, started once. profile: of the plan's data, else it is made again.
    keys: secrets for prompting, as environment variables of the children that ask, handed over by pipe, never written; None:
    those that the plan's language model needs, as this conversation or this process holds them.
    Raises PersonDecides where the approval is of another plan, MachineError where the disk is full.
    """
    if approval.get("plan_hash") != plan.hash:
        raise PersonDecides(
            code="not-approved",
            expected=f"an approval of plan {plan.hash}",
            found=f"one of plan {approval.get('plan_hash')}",
            remedy="Show this plan to the person and ask for approval.",
        )
    run = Run(runs_folder() / run_id(key, plan))
    if not run.folder.exists():
        _create(run, plan, approval, profile)
    found = statuses.status(run)
    if found.state in ("cancelled", "failed"):
        resume(run.id, keys)  # whoever approves a plan again after cancelling it wants it to go on
    elif not found.is_over:
        _launch(run, keys)
    return run.id


def run_id(key: str, plan: Plan) -> str:
    """The id of the run that an approval of this plan in this conversation gives."""
    return "run-" + hashlib.sha256(f"{key}\n{plan.hash}".encode()).hexdigest()[:12]


def resume(run_id: str, keys: dict[str, str] | None = None) -> str:
    """Go on with a run: "attached" where a worker is at work on it, "finished" where nothing is left to do, else "started".

    A run that was cancelled, that failed or that was not proved goes on too; finished candidates are not built again.
    """
    run = find(run_id)
    if lock.is_held(run.folder):
        return "attached"
    state = statuses.status(run).state
    unproved = state == "done" and run.proof is None
    if state in ("done", "nothing-built", "refused") and not unproved:
        return "finished"
    if run.requested == "cancel":
        run.request(None)
    journal.note(run.folder, "resumed")
    return "started" if _launch(run, keys) else "attached"


def cancel(run_id: str, patience: float = 15.0) -> RunStatus:
    """End a run. What is finished stays, and `resume` can go on. Waits up to `patience` seconds for the worker to end."""
    run = find(run_id)
    if not statuses.status(run).is_over:
        run.request("cancel")
        journal.note(run.folder, "requested", what="cancel")
        until = time.monotonic() + patience
        while lock.is_held(run.folder) and time.monotonic() < until:
            time.sleep(0.1)
        if not lock.is_held(run.folder) and not statuses.status(run).is_over:
            journal.note(run.folder, "run-finished", status="cancelled", reason="cancelled by the person")
    return statuses.status(run)


def stop(run_id: str) -> RunStatus:
    """Stop building and keep the best so far: what is finished is compared, exported and proved. Returns at once."""
    run = find(run_id)
    if not statuses.status(run).is_over:
        run.request("stop")
        journal.note(run.folder, "requested", what="stop")
        _launch(run, None)
    return statuses.status(run)


def status(run_id: str) -> RunStatus:
    """How a run stands."""
    return statuses.status(find(run_id))


def outcome(run_id: str) -> dict[str, Any]:
    """The contract's `build --json` of a finished run. Raises what `tools.jobs.outcome` says for others."""
    return outcomes.outcome(find(run_id))


def follow(run_id: str) -> Iterator[Event]:
    """The run's events from the first on, as they come, until it ends or its worker is gone."""
    return journal.follow(find(run_id).folder)


def log(run_id: str, candidate: str, lines: int) -> str:
    """The last lines of what building a candidate printed; empty where it has printed nothing, or is none of the run's."""
    run = find(run_id)
    path = run.candidate(candidate) / "log.txt"
    if candidate not in {one.name for one in run.building} or not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def list_runs() -> list[RunStatus]:
    """All runs, the latest first. One whose plan cannot be read any more is listed as failed, and hides no other."""
    folders = [folder for folder in runs_folder().iterdir() if RUN_ID.fullmatch(folder.name)]
    return sorted((_listed(Run(folder)) for folder in folders), key=lambda one: one.started or "", reverse=True)


def _listed(run: Run) -> RunStatus:
    try:
        return statuses.status(run)
    except (OSError, ValueError) as problem:
        return RunStatus(run_id=run.id, state="failed", reason=f"its folder cannot be read ({type(problem).__name__})")


def find(run_id: str) -> Run:
    """The run with that id, or the only one whose id begins so. Raises PersonMustMend."""
    known = [folder.name for folder in runs_folder().iterdir() if RUN_ID.fullmatch(folder.name)]
    fitting = [name for name in known if run_id and name.startswith(run_id)]
    if run_id in known or len(fitting) == 1:
        return Run(runs_folder() / (run_id if run_id in known else fitting[0]))
    raise PersonMustMend(
        code="unknown-run",
        expected="the id of a run" + (f", such as {sorted(known)[0]}" if known else ""),
        found=repr(run_id) + ("" if not fitting else f", with which {len(fitting)} ids begin"),
        remedy="`fasttrack runs` lists them." if known else "There is no run yet; `fasttrack build` starts one.",
    )


def _create(run: Run, plan: Plan, approval: dict[str, Any], profile: DataProfile | None) -> None:
    """Make the run folder whole at once: it is written aside and moved into place."""
    _check_disk(run.folder.parent)
    aside = Path(tempfile.mkdtemp(prefix=".new-", dir=run.folder.parent))
    try:
        write_atomically(aside / "task.json", plan.task)
        write_atomically(aside / "plan.json", plan)
        write_atomically(aside / "approval.json", approval)
        if profile is not None:
            write_atomically(aside / "profile.json", profile)
        journal.note(aside, "approved", plan_hash=plan.hash)
        aside.chmod(0o700)
        try:
            aside.rename(run.folder)
        except OSError:
            if not run.folder.is_dir():  # else the same approval came twice at the same moment, and the other one was first
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 2**20
    if free < LEAST_DISK_MB:
        raise MachineError(
            code="disk",
            expected=f"at least {LEAST_DISK_MB:.0f} MB of free disk at {folder}",
            found=f"{free:.0f} MB",
            remedy="Free some disk space, or set FASTTRACK_HOME to a folder on another disk.",
        )


def _launch(run: Run, keys: dict[str, str] | None) -> bool:
    """Start a worker, which inherits the run's lock. False where another worker holds it."""
    keys = keys_for(run.plan.language_model) if keys is None else keys
    _workers[:] = [worker for worker in _workers if worker.poll() is None]
    held = lock.take(run.folder)
    if held is None:
        return False
    try:
        with (run.folder / "worker.log").open("ab") as log:
            worker = _Detached(
                [sys.executable, "-P", "-m", "tools.jobs.worker", str(run.folder), "--lock", str(held)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(held,),
                start_new_session=True,
                cwd=run.folder,
                env=_environment(run),
            )
    finally:
        lock.release(held)
    _workers.append(worker)
    assert worker.stdin is not None
    with worker.stdin as pipe:
        pipe.write(json.dumps(keys).encode() + b"\n")
    return True


def _environment(run: Run) -> dict[str, str]:
    """This process's environment with absolute homes, no secrets, no tracing, and offline where the plan says so."""
    # Threads that spin while they wait take the core from whoever else needs it: on busy cores a training took 66 s, not 2.
    # Those that sleep at once wake late: it takes 2.7 s in place of 1.7 on quiet ones. So they spin for a moment, then sleep.
    patient = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}
    environment = {**patient, **without_secrets(os.environ), **quiet.SWITCHES}
    environment |= {"FASTTRACK_HOME": str(home()), "FASTTRACK_CACHE": str(cache())}
    if run.plan.language_model is not None:
        environment[ANSWERS] = str(_kept_answers())
    if run.plan.task.constraints.offline:
        environment[offline.VARIABLE] = "1"
    return environment


def _kept_answers() -> Path:
    """The file that keeps what language models answered, for this user's eyes only: nothing is paid twice."""
    path = cache() / "prompting.sqlite"
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return path
