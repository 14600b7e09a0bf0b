"""Real runs with real approaches and real child processes: started, killed, resumed, cancelled, stopped, refused."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.core.errors import Interrupted, NothingBuilt, PersonDecides, PersonMustMend
from tools.core.plan import Plan
from tools.home import runs_folder
from tools.jobs import journal, runner

Plans = Callable[..., Plan]
Processes = Callable[[str], list[Any]]


def approve(plan: Plan) -> dict[str, Any]:
    return {"plan_hash": plan.hash, "how": "in a test"}


def wait_for(run_id: str, event: str, name: str | None = None, seconds: float = 90.0) -> None:
    """Until the journal holds that event (of that candidate)."""
    folder, until = runner.find(run_id).folder, time.monotonic() + seconds
    events: list[dict[str, Any]] = []
    while time.monotonic() < until and not any(entry["event"] == "run-finished" for entry in events):
        events = journal.read(folder)
        if any(entry["event"] == event and name in (None, entry.get("name")) for entry in events):
            return
        time.sleep(0.02)
    raise AssertionError(f"no {event} {name or ''} in {events}")


def finish(run_id: str) -> list[dict[str, Any]]:
    return list(runner.follow(run_id))


def names(events: list[dict[str, Any]], event: str) -> list[str]:
    return [entry["name"] for entry in events if entry["event"] == event]


def test_an_approved_plan_is_built_measured_packed_and_proved(plans: Plans) -> None:
    plan = plans("majority", "tfidf-linear")
    run_id = runner.start(plan, approve(plan), "a conversation")
    events = finish(run_id)
    outcome = runner.outcome(run_id)
    assert list(outcome) == [
        "run_id", "task", "candidates", "chosen", "recommended", "why", "prototype", "proof_seconds", "seconds",
    ]  # fmt: skip
    assert (outcome["chosen"], outcome["recommended"]) == ("tfidf-linear", True)
    best, trivial = outcome["candidates"]
    assert list(best) == [
        "name", "approach", "status", "validation", "test", "fit_seconds", "score_seconds", "predict_ms_per_row", "size_mb",
        "dollars", "reason",
    ]  # fmt: skip
    assert best["test"]["metric"] == "accuracy"
    assert best["test"]["low"] <= best["test"]["value"] <= best["test"]["high"]
    assert best["test"]["value"] > trivial["test"]["value"]
    assert Path(outcome["prototype"]).is_file()
    assert outcome["proof_seconds"] > 0
    assert [event["ok"] for event in events if event["event"] == "proved"] == [True]
    spent = sum(row["fit_seconds"] + row["score_seconds"] for row in outcome["candidates"])
    assert outcome["seconds"] - outcome["proof_seconds"] <= 1.25 * spent + 60
    folder = runner.find(run_id).folder
    for name in (
        "task.json",
        "profile.json",
        "plan.json",
        "approval.json",
        "split.json",
        "comparison.json",
        "report/report.html",
    ):
        assert (folder / name).is_file(), name
    assert sorted(path.name for path in (folder / "candidates" / "tfidf-linear").iterdir()) == [
        "log.txt", "model", "predictions.parquet", "result.json",
    ]  # fmt: skip
    # the same approval again: the same run, and nothing is built twice
    assert runner.start(plan, approve(plan), "a conversation") == run_id
    assert runner.resume(run_id) == "finished"
    assert runner.start(plan, approve(plan), "another conversation") != run_id
    runner.cancel(runner.run_id("another conversation", plan))
    assert names(journal.read(folder), "candidate-started") == ["majority", "tfidf-linear"]
    assert runner.status(run_id).state == "done"


def test_killing_everything_at_three_moments_loses_no_finished_work(plans: Plans, processes: Processes) -> None:
    plan = plans("majority", "tfidf-linear")
    run_id = runner.start(plan, approve(plan), "key")
    for event, name in (("candidate-started", "majority"), ("candidate-started", "tfidf-linear"), ("proving", None)):
        wait_for(run_id, event, name)
        killed = processes(run_id)
        assert len(killed) >= 2, "a worker and its child"
        for process in killed:
            process.kill()
        for process in killed:
            process.wait(10)
        assert processes(run_id) == []
        assert runner.status(run_id).state == "interrupted"
        with pytest.raises(PersonMustMend, match=f"run {run_id} is interrupted"):
            runner.outcome(run_id)
        assert runner.resume(run_id) == "started"
    events = finish(run_id)
    assert runner.outcome(run_id)["chosen"] == "tfidf-linear"
    assert runner.outcome(run_id)["prototype"]
    assert sorted(names(events, "candidate-finished")) == ["majority", "tfidf-linear"]
    started = names(events, "candidate-started")
    assert (started.count("majority"), started.count("tfidf-linear")) == (2, 2)
    assert [entry["seconds"] for entry in events] == sorted(entry["seconds"] for entry in events), "used time is never lost"


def test_killing_only_the_terminal_leaves_the_worker_at_work(plans: Plans, processes: Processes, tmp_path: Path) -> None:
    plan = plans("majority", "tfidf-linear")
    (tmp_path / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
    terminal = (
        "import sys, time\nfrom tools.core.plan import Plan\nfrom tools.jobs import runner\n"
        "plan = Plan.model_validate_json(open(sys.argv[1]).read())\n"
        "print(runner.start(plan, {'plan_hash': plan.hash}, 'key'), flush=True)\n"
        "for _ in runner.follow(runner.run_id('key', plan)): pass\n"
    )
    with subprocess.Popen(
        [sys.executable, "-P", "-c", terminal, str(tmp_path / "plan.json")], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        run_id = watching.stdout.readline().strip()
        wait_for(run_id, "candidate-started", "majority")
        watching.kill()
    assert processes(run_id), "the worker lives on"
    assert runner.resume(run_id) == "attached"
    wait_for(run_id, "candidate-finished", "tfidf-linear")
    runner.cancel(run_id)
    events = finish(run_id)
    assert [entry["event"] for entry in events].count("run-started") == 1
    assert names(events, "candidate-started") == ["majority", "tfidf-linear"]


def test_cancelling_ends_every_process_and_can_be_taken_back(plans: Plans, processes: Processes) -> None:
    plan = plans("majority", "tfidf-linear")
    run_id = runner.start(plan, approve(plan), "key")
    wait_for(run_id, "candidate-finished", "majority")
    began = time.monotonic()
    assert runner.cancel(run_id).state == "cancelled"
    assert time.monotonic() - began < 10
    assert processes(run_id) == []
    with pytest.raises(Interrupted) as caught:
        runner.outcome(run_id)
    assert str(caught.value) == (
        f"Expected a finished run. Found run {run_id} was cancelled. `fasttrack resume {run_id}` goes on where it stopped."
    )
    assert runner.start(plan, approve(plan), "key") == run_id, "approved again: the same run goes on"
    assert runner.status(run_id).state == "running"
    folder = runner.find(run_id).folder
    until = time.monotonic() + 90
    while "tfidf-linear" not in names(journal.read(folder), "candidate-finished") and time.monotonic() < until:
        time.sleep(0.05)
    runner.cancel(run_id)
    assert runner.status(run_id).finished == ["majority", "tfidf-linear"]
    assert names(journal.read(folder), "candidate-started").count("majority") == 1


def test_stopping_keeps_the_best_so_far(plans: Plans) -> None:
    plan = plans("majority", "tfidf-linear")
    run_id = runner.start(plan, approve(plan), "key")
    wait_for(run_id, "candidate-started", "tfidf-linear")
    runner.stop(run_id)
    finish(run_id)
    outcome = runner.outcome(run_id)
    assert (outcome["chosen"], outcome["recommended"]) == ("majority", outcome["recommended"])
    rows = {row["name"]: row for row in outcome["candidates"]}
    assert rows["tfidf-linear"]["status"] == "cancelled"
    assert rows["tfidf-linear"]["reason"] == "stopped by the person while it was built; the best so far was kept"
    assert outcome["prototype"]


def test_another_plan_than_the_approved_one_is_refused(plans: Plans) -> None:
    plan, other = plans("majority"), plans("tfidf-linear")
    with pytest.raises(PersonDecides) as caught:
        runner.start(other, approve(plan), "key")
    assert str(caught.value) == (
        f"Expected an approval of plan {other.hash}. Found one of plan {plan.hash}. "
        "Show this plan to the person and ask for approval."
    )
    assert runner.list_runs() == []


def test_a_run_that_cannot_be_read_hides_no_other() -> None:
    broken = runs_folder() / "run-000000000000"
    broken.mkdir()
    (broken / "plan.json").write_text("{", encoding="utf-8")
    [listed] = runner.list_runs()
    assert (listed.run_id, listed.state, listed.reason) == (
        broken.name,
        "failed",
        "its folder cannot be read (ValidationError)",
    )


def test_the_worker_refuses_a_plan_that_was_changed_after_approval(plans: Plans) -> None:
    plan = plans("majority")
    run_id = runner.start(plan, approve(plan), "key")
    runner.cancel(run_id)
    path = runner.find(run_id).folder / "plan.json"
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["candidates"].append({**changed["candidates"][0], "name": "tfidf-linear"})
    path.write_text(json.dumps(changed), encoding="utf-8")
    runner.resume(run_id)
    events = finish(run_id)
    found = runner.find(run_id).plan.hash
    assert events[-1]["status"] == "refused"
    assert events[-1]["reason"] == f"Expected the approved plan {plan.hash}. Found plan {found}. Approve this plan first."
    assert names(events, "candidate-started") in ([], ["majority"])
    with pytest.raises(PersonDecides):
        runner.outcome(run_id)


def test_one_run_builds_at_a_time_and_the_other_says_that_it_waits(plans: Plans) -> None:
    plan = plans("majority", "tfidf-linear")
    first = runner.start(plan, approve(plan), "first")
    wait_for(first, "preparing")
    second = runner.start(plan, approve(plan), "second")
    wait_for(second, "waiting")
    assert runner.status(second).state == "waiting"
    assert [one.run_id for one in runner.list_runs()] == [second, first]
    runner.cancel(first)
    wait_for(second, "candidate-started", "majority")
    events = journal.read(runner.find(second).folder)
    assert [event["seconds"] for event in events if event["event"] == "waiting"] == [0.0], "waiting is not working time"
    runner.cancel(second)


def test_when_every_candidate_fails_nothing_is_built(plans: Plans) -> None:
    plan = plans("majority", memory_mb=30.0)
    run_id = runner.start(plan, approve(plan), "key")
    finish(run_id)
    with pytest.raises(NothingBuilt) as caught:
        runner.outcome(run_id)
    assert caught.value.exit_code == 3
    assert "majority: It was stopped at " in caught.value.found
    assert "the limit is 30 MB" in caught.value.found
    assert runner.resume(run_id) == "finished"


def test_an_unknown_run_says_what_to_do() -> None:
    with pytest.raises(PersonMustMend) as caught:
        runner.status("run-nowhere")
    assert str(caught.value) == (
        "Expected the id of a run. Found 'run-nowhere'. There is no run yet; `fasttrack build` starts one."
    )
