"""What happens before and after the candidates, in a process of its own: preparing, comparing, reporting, exporting, proving.

Each stage leaves a file, and where that file is, the stage is done: a killed run goes on with the next one.
Run by the worker as `python -P -m tools.jobs.stages RUN STAGE... --pipe FD --worker PID`.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import offline, quiet
from tools.core.data import DataProfile, Split
from tools.core.errors import PersonMustMend
from tools.core.evaluation import CandidateResult, Comparison
from tools.jobs.reasons import reason_of
from tools.jobs.run import Run, write_atomically
from tools.jobs.tether import Tether, tie

if TYPE_CHECKING:
    from tools.approaches.base import Predictions

SKIPPED = ".unbuilt.json"  # why candidates without a result have none: written by the worker, read by comparing


def prepare(run: Run) -> dict[str, Any]:
    """`profile.json` and `split.json`. Raises PersonMustMend where the rows are not those that were approved."""
    if run.profile is None:
        write_atomically(run.folder / "profile.json", _profile(run))
    split = _split(run)
    if run.plan.split_hash is not None and split.data_hash != run.plan.split_hash:
        raise PersonMustMend(
            code="data-changed",
            expected=f"the rows that were approved (split {run.plan.split_hash[:12]})",
            found=f"others (split {split.data_hash[:12]})",
            remedy="Make the plan again and approve it.",
        )
    write_atomically(run.folder / "split.json", split)
    return {}


def compare(run: Run) -> dict[str, Any]:
    """`comparison.json`: all candidates side by side, chosen on validation."""
    from tools.approaches import APPROACHES
    from tools.comparing import compare as side_by_side
    from tools.jobs import predictions

    results = all_results(run)
    validation: dict[str, Predictions] = {}
    test: dict[str, Predictions] = {}
    target: list[Any] = []
    test_target: list[Any] | None = None
    for result in results:
        folder = run.candidate(result.name)
        if result.status == "done" and result.validation is not None:
            _, target, validation[result.name] = predictions.read(folder, "validation")
        if result.status == "done" and result.test is not None:
            _, test_target, test[result.name] = predictions.read(folder, "test")
    trivial = {approach.name for approach in APPROACHES if approach.trivial}
    priority = run.plan.task.constraints.priority
    comparison = side_by_side(
        run.plan.task,
        run.plan.metric,
        results,
        target,
        validation,
        trivial,
        priority,
        test_target=test_target,
        test_predictions=test,
    )
    write_atomically(run.folder / "comparison.json", comparison)
    return _as_event(comparison)


def report(run: Run) -> dict[str, Any]:
    """`report/report.html` and what belongs to it."""
    from tools.report.report import write

    write(run.folder)
    return {"ok": True}


def export(run: Run) -> dict[str, Any]:
    """`prototype.zip`."""
    from tools.export.exporter import export as pack

    return {"prototype": str(pack(run.folder))}


def prove(run: Run) -> dict[str, Any]:
    """`proof.json`: the prototype gave the run's own answers in a fresh environment. Raises NothingBuilt where it did not."""
    from tools.export.verify import prove as prove_prototype

    proof = prove_prototype(run.folder, run.zip, offline.asked())
    write_atomically(run.folder / "proof.json", proof)
    return {"ok": True, "difference": proof.largest_difference, "how": proof.how}


@dataclass(frozen=True)
class Stage:
    """done: the file that tells that it was carried out. needed: the run fails where it fails; else it goes on and says so."""

    done: str
    act: Callable[[Run], dict[str, Any]]
    needed: bool = True


STAGES: dict[str, Stage] = {
    "preparing": Stage("split.json", prepare),
    "comparing": Stage("comparison.json", compare),
    "reporting": Stage("report/report.html", report, needed=False),
    "exporting": Stage("prototype.zip", export),
    "proving": Stage("proof.json", prove, needed=False),
}
FINISHING = ("comparing", "reporting", "exporting", "proving")


def all_results(run: Run) -> list[CandidateResult]:
    """A result for every candidate of the run, in building order; those without one were skipped, stopped or cancelled."""
    import json

    unbuilt = run.folder / SKIPPED
    reasons: dict[str, list[str]] = json.loads(unbuilt.read_text(encoding="utf-8")) if unbuilt.is_file() else {}
    results = []
    for candidate in run.building:
        found = run.result(candidate.name)
        status, reason = reasons.get(candidate.name, ["cancelled", "the run was stopped before it was built"])
        results.append(
            found
            or CandidateResult.model_validate(
                {
                    "name": candidate.name,
                    "approach": candidate.approach,
                    "title": candidate.title,
                    "status": status,
                    "estimate": candidate.estimate,
                    "reason": reason,
                }
            )
        )
    return results


def _profile(run: Run) -> DataProfile:
    from tools.data.profiling import profile

    if not run.plan.attachments:
        return DataProfile()
    found = profile(list(run.plan.attachments.values()), run.plan.task)
    role_of = {attachment: role for role, attachment in run.plan.attachments.items()}
    files = [file.model_copy(update={"role": role_of.get(file.attachment, file.role)}) for file in found.files]
    return found.model_copy(update={"files": files})


def _split(run: Run) -> Split:
    from tools.data.splitting import make_split
    from tools.jobs.material import column_roles

    plan, profile = run.plan, run.profile
    if not plan.attachments or profile is None:
        return Split(train=[], validation=[], test=[], test_source="none", how="there are no rows", data_hash="")
    attachments: Any = plan.attachments
    return make_split(plan.task, attachments, column_roles(plan, profile))


def _as_event(comparison: Comparison) -> dict[str, Any]:
    return {"chosen": comparison.chosen, "recommended": comparison.recommended, "why": comparison.why}


def main() -> int:
    """Entry point of the child process. Exit code 1: a stage failed, and the worker was told which and why."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("stages", nargs="+", choices=list(STAGES))
    parser.add_argument("--pipe", type=int, required=True)
    parser.add_argument("--worker", type=int, required=True)
    options = parser.parse_args()
    quiet.enforce()
    tether = tie(options.pipe, options.worker)
    offline.enforce()
    return _carry_out(Run(options.run), options.stages, tether)


def _carry_out(run: Run, stages: list[str], tether: Tether) -> int:
    for name in stages:
        stage = STAGES[name]
        if run.has(stage.done):
            continue
        tether.say("stage", name=name)
        try:
            told = stage.act(run)
        except Exception as error:  # noqa: BLE001 - finished candidates are kept; the reason is told and the run can be resumed
            traceback.print_exc()
            if stage.needed:
                tether.say("failed", name=name, reason=reason_of(error))
                return 1
            told = {"ok": False, "reason": reason_of(error)}
        tether.say("done", name=name, told=told)
        if name == "comparing" and told["chosen"] is None:
            return 0
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
