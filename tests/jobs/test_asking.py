"""Candidates that ask a language model, in a real run: dollars over attempts, keys, answers that are kept."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from chat_server import ChatServer

from tools.core.language_model import LanguageModel
from tools.core.plan import Plan
from tools.home import cache, runs_folder
from tools.jobs import journal, lock, runner, worker
from tools.jobs.child import Child
from tools.jobs.run import Run
from tools.jobs.spending import Ledger, spent

KEY = "sk-of-this-test-0123456789abcdef"
Plans = Callable[..., Plan]
Carry = Callable[..., Run]
Processes = Callable[[str], list[psutil.Process]]


def knowing(request: dict[str, Any]) -> str:
    row = str(request["messages"][1]["content"]).rpartition("Now this one:")[2]
    return json.dumps(
        {"answer": "login" if any(word in row for word in ("sign", "password", "account", "code")) else "billing"}
    )


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(knowing, seconds=0.005, key=KEY) as opened:
        yield opened


@pytest.fixture
def carry(monkeypatch: pytest.MonkeyPatch) -> Carry:
    """carry(plan, key="a"): the run, built and compared, as often as it is called."""
    monkeypatch.setattr(worker, "FINISHING", ("comparing",))
    monkeypatch.setattr(worker, "OUTSIDE_SECONDS", 0.0)
    monkeypatch.setattr(lock, "take_machine", lambda: 0)  # held to the end of a worker's process, and here are two

    def carry_out(plan: Plan, key: str = "a") -> Run:
        run = Run(runs_folder() / runner.run_id(key, plan))
        if not run.folder.exists():
            runner._create(run, plan, {"plan_hash": plan.hash}, None)
        monkeypatch.setenv("PROMPT_CACHE", runner._environment(run)["PROMPT_CACHE"])
        worker.Worker(run, {"OPENAI_API_KEY": KEY}).work()
        return run

    return carry_out


def asking(plan: Plan, url: str, price: float = 0.0) -> Plan:
    model = LanguageModel(kind="openai", name="test", base_url=url, input_price=price, output_price=price)
    return plan.model_copy(update={"language_model": model})


def test_a_run_asks_only_once_and_says_what_it_cost(plans: Plans, carry: Carry, server: ChatServer) -> None:
    plan = asking(plans("majority", "prompting", dollars=1.0), server.url, price=1.0)
    run = carry(plan)
    result = run.result("prompting")
    assert result is not None
    assert (result.status, result.reason) == ("done", None)
    assert result.test is not None
    assert result.test.main.value > 0.9
    usage = result.settings["usage"]
    assert result.dollars == pytest.approx(usage["dollars"], abs=1e-6) == pytest.approx(spent(run.folder), abs=1e-6)
    assert usage["calls"] == len(server.requests)
    assert result.settings["per_row"]["input_tokens"] > 50
    assert result.settings["per_row"]["dollars"] > 0
    assert result.predict_ms_per_row is not None
    assert 0 < result.predict_ms_per_row <= result.settings["predict_ms_single"]
    finished = [event for event in journal.read(run.folder) if event["event"] == "candidate-finished"]
    assert [event["dollars"] for event in finished] == [0.0, result.dollars]
    count = len(server.requests)
    again = carry(plan, "another conversation").result("prompting")
    assert len(server.requests) == count
    assert again is not None
    assert again.dollars == 0.0
    assert again.test == result.test
    assert again.settings["usage"]["cached"] == count
    assert again.settings["predict_ms_single"] == pytest.approx(result.settings["predict_ms_single"], rel=0.2)


def test_dollars_hold_over_attempts_that_are_killed(plans: Plans, carry: Carry, server: ChatServer) -> None:
    plan = asking(plans("majority", "prompting", dollars=0.09), server.url, price=1.0)
    server.seconds = 0.05
    killed: list[float] = []

    def kill() -> None:
        folder = runs_folder() / runner.run_id("a", plan)
        while len(server.requests) < 100:
            time.sleep(0.01)
        for process in psutil.process_iter():
            with_name = [] if process.pid == os.getpid() else _command(process)
            if "tools.jobs.candidate" in with_name and str(folder) in with_name:
                process.kill()
        killed.append(spent(folder))

    thread = threading.Thread(target=kill)
    thread.start()
    run = carry(plan)
    thread.join()
    result = run.result("prompting")
    assert result is not None
    assert killed[0] > 0
    assert any(event["event"] == "candidate-retried" for event in journal.read(run.folder))
    assert result.dollars > killed[0] - 1e-6, "what the killed attempt spent, or may have, counts"
    assert result.dollars <= plan.budget.dollars
    paid = sum(_tokens(request) for request in server.requests) / 1e6
    assert paid <= result.dollars + 1e-6
    assert result.status == "done"
    assert result.settings["usage"]["cached"] >= 80, "what was answered before the kill is not paid again"


def test_without_the_dollars_the_others_are_built(plans: Plans, carry: Carry, server: ChatServer) -> None:
    run = carry(asking(plans("majority", "prompting", dollars=0.001), server.url, price=1.0))
    result = run.result("prompting")
    assert result is not None
    assert result.status == "failed"
    assert str(result.reason).endswith(
        "Found $0.0010 that this candidate may still spend. Allow more dollars, or leave prompting out."
    )
    assert result.dollars <= 0.001
    assert run.comparison is not None
    assert run.comparison.chosen == "majority"


def test_a_refused_key_is_told_in_the_row(plans: Plans, carry: Carry, server: ChatServer) -> None:
    server.key = "another"
    result = carry(asking(plans("majority", "prompting"), server.url)).result("prompting")
    assert result is not None
    assert str(result.reason).startswith("Expected ")
    assert KEY not in str(result.reason)


def test_keys_reach_only_what_asks_and_are_written_nowhere(
    plans: Plans, carry: Carry, server: ChatServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processes: Processes
) -> None:
    handed: dict[str, dict[str, str]] = {}
    environments: list[bytes] = []
    hand_over = Child._hand_over_keys

    def noted(child: Child, process: Any) -> None:
        handed[f"{child.command[0]} {child.command[2]}"] = child.keys
        environments.append(Path(f"/proc/{process.pid}/environ").read_bytes())
        assert KEY not in " ".join(psutil.Process(process.pid).cmdline())
        hand_over(child, process)

    monkeypatch.setattr(Child, "_hand_over_keys", noted)
    run = carry(asking(plans("majority", "prompting"), server.url))
    assert run.result("prompting").status == "done"  # type: ignore[union-attr]
    assert handed.pop("tools.jobs.candidate prompting") == {"OPENAI_API_KEY": KEY}
    assert handed.pop("tools.jobs.candidate majority") == {}
    assert all(command.startswith("tools.jobs.stages") for command in handed)
    assert len(environments) >= 4
    assert not any(KEY.encode() in environment for environment in environments)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert written == []


def test_a_worker_inherits_no_secret_and_knows_where_answers_are_kept(plans: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    plan = asking(plans("majority", "prompting"), "http://127.0.0.1:9/v1")
    run = Run(runs_folder() / runner.run_id("a", plan))
    runner._create(run, plan, {"plan_hash": plan.hash}, None)
    environment = runner._environment(run)
    assert KEY not in environment.values()
    kept = Path(environment["PROMPT_CACHE"])
    assert kept == cache() / "prompting.sqlite"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_ledger_is_overwritten_in_place_and_summed_over_attempts(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path, "prompting"), Ledger(tmp_path, "prompting")
    other = Ledger(tmp_path, "prompting-2")
    assert spent(tmp_path) == 0.0
    first.note(0.0)
    assert not (tmp_path / "spending").exists(), "who spends nothing leaves nothing"
    first.note(0.5)
    first.settle(0.25)
    first.note(0.125)
    second.note(1.0)
    other.note(4.0)
    assert spent(tmp_path, "prompting") == pytest.approx(1.375)
    assert spent(tmp_path) == pytest.approx(5.375)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _tokens(request: dict[str, Any]) -> float:
    """At least so many tokens does the server count for the question."""
    return sum(len(message["content"]) for message in request["messages"]) / 4
