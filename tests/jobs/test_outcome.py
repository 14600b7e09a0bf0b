"""What `build --json` says where things went wrong after the candidates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tools.core.errors import FasttrackError, MachineError, PersonMustMend
from tools.core.evaluation import CandidateResult, Comparison, Evaluation, Score
from tools.core.plan import Plan
from tools.core.prototype import Proof
from tools.home import runs_folder
from tools.jobs import journal, outcome, runner
from tools.jobs.run import Run, write_atomically
from tools.jobs.status import status

Plans = Callable[..., Plan]


@pytest.fixture
def run(plans: Plans) -> Run:
    """A run whose only candidate is built and compared, and whose prototype is packed."""
    plan = plans("majority")
    run = Run(runs_folder() / runner.run_id("key", plan))
    runner._create(run, plan, {"plan_hash": plan.hash}, None)
    evaluation = Evaluation(rows=60, main=Score(metric="accuracy", value=0.75, low=0.6, high=0.85))
    result = CandidateResult(
        name="majority", approach="baseline", title="majority", status="done", validation=evaluation, fit_seconds=0.5
    )
    write_atomically(run.candidate("majority") / "result.json", result)
    comparison = Comparison(
        metric="accuracy", candidates=[result], chosen="majority", recommended=False, why="It is all there is."
    )
    write_atomically(run.folder / "comparison.json", comparison)
    run.zip.write_bytes(b"a zip")
    journal.note(run.folder, "candidate-finished", name="majority", status="done", fit_seconds=1.25, score_seconds=0.25)
    return run


def test_a_prototype_that_was_not_proved_is_not_offered(run: Run) -> None:
    journal.note(run.folder, "proved", ok=False, reason="Expected 60 answers. Found 59.", proof_seconds=3.0)
    journal.note(run.folder, "run-finished", status="done", reason=None)
    told = outcome.outcome(run)
    assert told["why"] == (
        "It is all there is. The prototype could not be proved, so it is not offered: Expected 60 answers. Found 59."
    )
    assert (told["prototype"], told["proof_seconds"]) == (None, None)


def test_a_report_that_could_not_be_written_is_said_and_the_prototype_is_still_offered(run: Run) -> None:
    proof = Proof(
        how="assembled", when="2026", seconds=2, rows=60, largest_difference=0, tolerance=0.001, same_predictions=True
    )
    write_atomically(run.folder / "proof.json", proof)
    journal.note(run.folder, "reported", ok=False, reason="ValueError: no plot")
    journal.note(run.folder, "proved", ok=True, proof_seconds=3.0)
    journal.note(run.folder, "run-finished", status="done", reason=None)
    told = outcome.outcome(run)
    assert told["why"] == "It is all there is. The report could not be written: ValueError: no plot"
    assert (told["prototype"], told["proof_seconds"]) == (str(run.zip), 3.0)


def test_times_are_those_that_the_worker_saw(run: Run) -> None:
    journal.note(run.folder, "run-finished", status="done", reason=None)
    (row,) = outcome.outcome(run)["candidates"]
    assert (row["fit_seconds"], row["score_seconds"]) == (1.25, 0.25)
    assert row["validation"] == {"metric": "accuracy", "value": 0.75, "low": 0.6, "high": 0.85}
    assert row["test"] is None


def test_a_failed_stage_says_how_to_go_on(run: Run) -> None:
    journal.note(run.folder, "run-finished", status="failed", reason="exporting: The disk is full.")
    with pytest.raises(PersonMustMend) as caught:
        outcome.outcome(run)
    assert str(caught.value) == (
        f"Expected run {run.id} to be carried out. Found exporting: The disk is full. "
        f"Finished candidates are kept; mend the cause, then `fasttrack resume {run.id}`."
    )


def test_a_run_whose_worker_is_gone_is_interrupted_and_a_full_disk_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.note(run.folder, "run-started", pid=0, resumed=False)
    assert status(run).state == "interrupted"
    with pytest.raises(FasttrackError, match="is interrupted"):
        outcome.outcome(run)
    monkeypatch.setattr(outcome, "FULL_MB", float("inf"))
    with pytest.raises(MachineError, match="and the run could not go on"):
        outcome.outcome(run)


def test_a_run_that_is_resumed_is_not_over_although_it_ended_before(run: Run) -> None:
    journal.note(run.folder, "run-finished", status="cancelled", reason=None)
    assert status(run).is_over
    journal.note(run.folder, "resumed")
    assert not status(run).is_over
