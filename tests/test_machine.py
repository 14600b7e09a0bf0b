"""What planning may count on, as this machine tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.machine import patient_threads, this_machine, usable_cores


def test_this_machine_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FASTTRACK_CACHE", str(tmp_path / "cache"))
    machine = this_machine(offline=True)
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert machine.memory_mb > 0
    assert machine.free_disk_mb > 0
    assert machine.offline
    assert machine.rates["machine_speed"] > 0


def test_cores_are_those_that_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_threads_wait_patiently_unless_somebody_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    patient_threads()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    patient_threads()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
