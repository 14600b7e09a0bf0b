"""The worker in this process, with real candidates in children: what happens where one of them cannot be built."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tools.core.evaluation import CandidateResult
from tools.core.plan import Candidate, Estimate, Plan
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.home import runs_folder
from tools.jobs import journal, runner, worker
from tools.jobs.run import Run

Plans = Callable[..., Plan]
Carry = Callable[[Plan], Run]


@pytest.fixture
def carry(monkeypatch: pytest.MonkeyPatch) -> Carry:
    """carry(plan): the run, built and compared. Report, export and proof have tests of their own."""
    monkeypatch.setattr(worker, "FINISHING", ("comparing",))
    monkeypatch.setattr(worker, "OUTSIDE_SECONDS", 0.0)

    def carry_out(plan: Plan) -> Run:
        run = Run(runs_folder() / runner.run_id("key", plan))
        runner._create(run, plan, {"plan_hash": plan.hash}, None)
        worker.Worker(run, {}).work()
        return run

    return carry_out


def row(run: Run, name: str) -> CandidateResult:
    assert run.comparison is not None
    return next(result for result in run.comparison.candidates if result.name == name)


def test_a_candidate_that_takes_too_long_is_a_row_with_its_reason(
    plans: Plans, carry: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.0)
    plan = plans("majority", "tfidf-linear", cap_minutes=0.004)  # a quarter of a second; sklearn alone takes longer to import
    run = carry(
        plan.model_copy(update={"candidates": [plan.candidates[0].model_copy(update={"cap_minutes": 1}), plan.candidates[1]]})
    )
    failed = row(run, "tfidf-linear")
    assert failed.status == "failed"
    assert failed.reason == "It was stopped because it needed more than its 0 seconds. Give the run more minutes."
    assert run.result("tfidf-linear") == failed, "a failed candidate is not built again"
    assert row(run, "majority").status == "done"
    assert run.comparison is not None
    assert run.comparison.chosen == "majority"
    ended = journal.last(journal.read(run.folder), "run-finished")
    assert ended is not None
    assert ended["status"] == "done"


def test_a_candidate_that_cannot_be_built_says_why_in_its_row_and_in_its_log(plans: Plans, carry: Carry) -> None:
    run = carry(plans("majority", "mean"))  # an average of texts
    failed = row(run, "mean")
    assert failed.status == "failed"
    assert failed.reason is not None
    assert failed.reason.startswith("ValueError: could not convert string to float")
    assert "Traceback" in (run.candidate("mean") / "log.txt").read_text(encoding="utf-8")
    assert failed.fit_seconds is not None, "a failure took its time too"
    assert not (run.candidate("mean") / "scratch").exists()


def test_used_up_minutes_skip_what_is_not_trivial(plans: Plans, carry: Carry) -> None:
    run = carry(plans("tfidf-linear", "majority", minutes=0.05))
    assert [candidate.name for candidate in run.building] == ["majority", "tfidf-linear"]
    assert row(run, "majority").status == "done"
    skipped = row(run, "tfidf-linear")
    assert skipped.status == "skipped"
    assert skipped.reason == "the 0.05 minutes of the run were used up before it could be built"
    assert not run.candidate("tfidf-linear").exists(), "with more minutes it could still be built"


def test_the_trivial_answer_runs_even_where_it_is_not_ticked(plans: Plans, carry: Carry) -> None:
    plan = plans("majority", "tfidf-linear")
    run = carry(
        plan.model_copy(update={"candidates": [plan.candidates[0].model_copy(update={"selected": False}), plan.candidates[1]]})
    )
    assert row(run, "majority").status == "done"


def test_a_candidate_killed_from_outside_gets_a_second_chance(plans: Plans, carry: Carry) -> None:
    killed: list[int] = []
    threading.Thread(target=_kill_first_candidate, args=(killed,), daemon=True).start()
    run = carry(plans("majority"))
    assert killed
    assert row(run, "majority").status == "done"
    events = journal.read(run.folder)
    retried = journal.last(events, "candidate-retried")
    assert retried is not None
    assert retried["reason"] == "killed from outside (signal 9)"
    assert [event["event"] for event in events].count("candidate-finished") == 1


def test_predictions_and_result_tell_the_same(plans: Plans, carry: Carry) -> None:
    from tools.jobs import predictions
    from tools.scoring import evaluate

    plan = plans("tfidf-linear")
    run = carry(plan)
    result, split = run.result("tfidf-linear"), run.split
    assert result is not None
    assert split is not None
    row_ids, target, found = predictions.read(run.candidate("tfidf-linear"), "test")
    assert row_ids == split.test
    assert result.test == evaluate(plan.task, plan.metric, target, found)
    assert set(row_ids).isdisjoint(split.train + split.validation)
    assert predictions.read(run.candidate("tfidf-linear"), "validation")[0] == split.validation
    assert result.size_mb is not None
    assert result.size_mb > 0
    assert result.settings["predict_ms_single"] > 0
    assert result.predict_ms_per_row is not None
    assert result.predict_ms_per_row > 0


def test_without_labelled_rows_it_says_that_nothing_was_measured(carry: Carry) -> None:
    labels = [Label(name="praise"), Label(name="complaint")]
    plan = Plan(
        task=TaskSpec(kind="text-classification", modality="text", words="sort feedback", inputs=["text"], labels=labels),
        attachments={},
        candidates=[
            Candidate(
                name="zero-shot",
                approach="zero-shot",
                title="label names",
                reason="for the test",
                estimate=Estimate(minutes=0.1),
            )
        ],
        metric=MetricSpec(name="accuracy"),
        test_rows=0,
    )
    run = carry(plan)
    result = row(run, "zero-shot")
    assert (result.status, result.validation, result.test) == ("done", None, None)
    assert result.reason == "not measured: no labelled rows"
    assert result.predict_ms_per_row is not None
    assert run.comparison is not None
    assert run.comparison.chosen == "zero-shot"
    assert run.split is not None
    assert run.split.test_source == "none"


def _kill_first_candidate(killed: list[int]) -> None:
    until = time.monotonic() + 60
    while not killed and time.monotonic() < until:
        for process in psutil.Process().children():
            if "tools.jobs.candidate" in _command(process):
                process.kill()
                killed.append(process.pid)
        time.sleep(0.02)


def _command(process: psutil.Process) -> list[Any]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_rows_that_changed_since_the_approval_are_refused(plans: Plans, carry: Carry) -> None:
    plan = plans("majority").model_copy(update={"split_hash": "0" * 64})
    run = carry(plan)
    ended = journal.last(journal.read(run.folder), "run-finished")
    assert ended is not None
    assert ended["status"] == "failed"
    assert ended["reason"].startswith(
        "preparing: Expected the rows that were approved (split 000000000000). Found others (split "
    )
    assert not Path(run.folder / "candidates").exists()
