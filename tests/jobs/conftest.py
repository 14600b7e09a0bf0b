"""A small real task and its plan, in a home and a cache of the test's own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tools.core.plan import Budget, Candidate, Estimate, Plan
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.jobs.child import MARK

Plans = Callable[..., Plan]
Processes = Callable[[str], list[psutil.Process]]

SAID = {
    "billing": "please send the invoice for may again|i was charged twice|the refund did not arrive|my card was declined",
    "login": "i cannot sign in|the password link is broken|my account is locked|the code never arrives",
}


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and CACHE of this test alone, so that tests beside it do not wait for its runs."""
    monkeypatch.setenv("FASTTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    return tmp_path


@pytest.fixture
def plans(tmp_path: Path) -> Plans:
    """plans("majority", "tfidf-linear", minutes=5): a plan over 300 labelled messages."""

    def make(*names: str, cap_minutes: float = 2.0, **budget: float) -> Plan:
        from tools.approaches import approach_named
        from tools.data.attaching import attach
        from tools.data.splitting import make_split

        id = attach(_messages(tmp_path / "messages.csv")).id
        task = TaskSpec(
            kind="text-classification",
            modality="text",
            words="sort mails",
            inputs=["message"],
            target="team",
            labels=[Label(name=name) for name in SAID],
        )
        split = make_split(task, {"train": id}, {"message": "text", "team": "category"})
        return Plan(
            task=task.model_copy(update={"constraints": task.constraints.model_copy(update={"offline": True})}),
            attachments={"train": id},
            candidates=[
                Candidate(
                    name=name,
                    approach=approach_named(name).rung,
                    title=approach_named(name).title,
                    reason="for the test",
                    estimate=Estimate(minutes=0.05, memory_mb=300),
                    cap_minutes=cap_minutes,
                )
                for name in names
            ],
            metric=MetricSpec(name="accuracy"),
            test_rows=len(split.test),
            split_hash=split.data_hash,
            budget=Budget(**{"minutes": 10.0, **budget}),
        )

    return make


@pytest.fixture
def processes() -> Iterator[Processes]:
    """processes(run_id): the worker of that run and all its children. What a test leaves behind is ended."""
    asked: set[str] = set()

    def find(run_id: str) -> list[psutil.Process]:
        asked.add(run_id)
        return [process for process in psutil.process_iter() if _belongs(process, run_id)]

    yield find
    for process in psutil.process_iter():
        if any(_belongs(process, run_id) for run_id in asked):
            process.kill()


def _belongs(process: psutil.Process, run_id: str) -> bool:
    try:
        return any(run_id in part for part in [*process.cmdline(), process.environ().get(MARK, "")])
    except psutil.Error:
        return False


def _messages(path: Path) -> Path:
    random.seed(0)
    lines = ["message,team"]
    for number in range(300):
        team = random.choice(sorted(SAID))
        said = random.choice(SAID[team if number % 10 else "login"].split("|"))
        lines.append(f"{said} order {number},{team}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
