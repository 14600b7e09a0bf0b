"""A child process keeps within its limits, gets its keys by pipe only, and dies with its worker and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tools.core.plan import Budget
from tools.jobs.child import Child, Ending, Limits, end_leftovers, folder_mb
from tools.jobs.reasons import reason_of, reason_of_ending

Run = Callable[..., Ending]

START = """
import argparse, os, subprocess, sys, time
from tools.jobs.tether import tie
parser = argparse.ArgumentParser()
parser.add_argument("--pipe", type=int)
parser.add_argument("--worker", type=int)
options = parser.parse_args()
tether = tie(options.pipe, options.worker)
tether.say("fitting")
"""


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., Child]:
    """child("code of the child", seconds=...): the code runs after the tie and "fitting"."""

    def make(code: str, *, look: Callable[[], Any] = lambda: None, keys: dict[str, str] | None = None, **limits: Any) -> Child:
        (tmp_path / "made_up_child.py").write_text(START + code)
        bounds = {"seconds": 60.0, "grace": 0.0, "scoring": 60.0, "memory_mb": 4000.0, "disk_mb": 100.0, "folder": tmp_path}
        return Child(
            ["made_up_child"],
            tmp_path,
            tmp_path / "log.txt",
            keys or {},
            Limits(**{**bounds, **limits}),
            lambda message: None,
            look,
            {"PYTHONPATH": str(tmp_path)},
        )

    return make


def alive(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def gone(number: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and alive(number):
        time.sleep(0.05)
    return not alive(number)


def test_messages_come_through_whatever_a_library_prints(child: Callable[..., Child]) -> None:
    made = child("print('chatter'); tether.progress(0.5, 'half'); tether.say('finished', answer=42); sys.exit(3)")
    ending = made.carry_out()
    assert (ending.how, ending.code) == ("exited", 3)
    assert ending.messages["finished"] == {"say": "finished", "answer": 42}
    assert ending.messages["progress"] == {"say": "progress", "fraction": 0.5, "phase": "half"}
    assert made.log.read_text() == "chatter\n"
    assert ending.between("fitting", "finished") is not None
    assert ending.between("fitting", "scoring") is None


def test_too_much_time(child: Callable[..., Child]) -> None:
    began = time.monotonic()
    ending = child("time.sleep(60)", seconds=0.3, grace=0.2).carry_out()
    assert ending.how == "time"
    assert time.monotonic() - began < 30
    assert reason_of_ending(ending, 90.0, Budget()) == (
        "It was stopped because it needed more than its 1.5 minutes. Give the run more minutes."
    )


def test_scoring_has_time_of_its_own(child: Callable[..., Child]) -> None:
    ending = child("tether.say('scoring'); time.sleep(1.5); tether.say('finished')", seconds=0.1, scoring=30.0).carry_out()
    assert (ending.how, ending.code) == ("exited", 0)


def test_too_much_memory_counts_grandchildren(child: Callable[..., Child]) -> None:
    hog = "subprocess.run([sys.executable, '-c', 'import time; block = bytes(range(256)) * 800000; time.sleep(60)'])"
    ending = child(hog, memory_mb=150.0).carry_out()
    assert ending.how == "memory"
    assert ending.peak_mb > 150
    assert reason_of_ending(ending, 0.0, Budget(memory_mb=150)) == (
        f"It was stopped at {ending.peak_mb:,.0f} MB of memory; the limit is 150 MB. Use fewer rows."
    )


def test_too_much_disk(child: Callable[..., Child], tmp_path: Path) -> None:
    write = f"open({str(tmp_path / 'big')!r}, 'wb').write(bytes(3_000_000)); time.sleep(60)"
    assert child(write, disk_mb=2.0).carry_out().how == "disk"
    assert folder_mb(tmp_path) > 2


def test_a_request_ends_the_whole_family_even_one_that_does_not_listen(child: Callable[..., Child], tmp_path: Path) -> None:
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        f"open({str(tmp_path / 'ids')!r}, 'w').write(f'{{os.getpid()}} {{other.pid}}')\n"
        "tether.say('ready'); time.sleep(60)"
    )
    made = child(stubborn)
    made.look = lambda: "cancel" if (tmp_path / "ids").exists() and (tmp_path / "ids").read_text() else None
    assert made.carry_out().how == "cancel"
    for number in (tmp_path / "ids").read_text().split():
        assert gone(int(number))


def test_killed_from_outside(child: Callable[..., Child]) -> None:
    ending = child("os.kill(os.getpid(), 9)").carry_out()
    assert (ending.how, ending.code) == ("killed", -9)
    assert reason_of_ending(ending, 0.0, Budget()).startswith("It was killed from outside twice (signal 9); most often ")


def test_keys_come_by_pipe_and_stand_nowhere_else(child: Callable[..., Child], tmp_path: Path) -> None:
    tell = (
        "command = open('/proc/self/cmdline').read(); first = open('/proc/self/environ').read()\n"
        "tether.say('keys', known=os.environ['MY_KEY'] == 's3cret', shown='s3cret' in command + first)"
    )
    ending = child(tell, keys={"MY_KEY": "s3cret"}).carry_out()
    assert ending.messages["keys"] == {"say": "keys", "known": True, "shown": False}
    assert not any(
        b"s3cret" in path.read_bytes() for path in tmp_path.iterdir() if path.name != "made_up_child.py" and path.is_file()
    )


def test_a_child_dies_with_its_worker(child: Callable[..., Child], tmp_path: Path) -> None:
    child(f"open({str(tmp_path / 'id')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    worker = (
        "import sys; from pathlib import Path; from tools.jobs.child import Child, Limits\n"
        "folder = Path(sys.argv[1])\n"
        "limits = Limits(60.0, 0.0, 60.0, 4000.0, 100.0, folder)\n"
        "Child(['made_up_child'], folder, folder / 'log.txt', {}, limits, lambda m: None, lambda: None,"
        " {'PYTHONPATH': str(folder)}).carry_out()\n"
    )
    process = subprocess.Popen([sys.executable, "-P", "-c", worker, str(tmp_path)])
    until = time.monotonic() + 30
    while not ((tmp_path / "id").exists() and (tmp_path / "id").read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    number = int((tmp_path / "id").read_text())
    assert alive(number)
    process.kill()
    process.wait()
    assert gone(number)


def test_leftovers_of_a_killed_worker_are_ended(tmp_path: Path) -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        subprocess.Popen(sleeping, env={**os.environ, "FASTTRACK_RUN": str(tmp_path)}) as left,
        subprocess.Popen(sleeping, env={**os.environ, "FASTTRACK_RUN": str(tmp_path / "other")}) as other,
    ):
        time.sleep(0.5)  # until both have their environment
        assert end_leftovers(tmp_path) == [left.pid]
        assert left.wait(5) == -9
        assert other.poll() is None
        other.kill()


def test_reasons_are_words() -> None:
    assert reason_of(MemoryError()) == "It ran out of memory. Give it more memory or fewer rows, or leave this candidate out."
    assert reason_of(OSError(28, "No space left on device")) == "The disk is full. Free some space and build again."
    assert reason_of(TimeoutError("2 of 5 folds")) == (
        "It could not be finished within its minutes (2 of 5 folds). Give the run more minutes."
    )
    assert reason_of(ValueError("first line\nsecond")) == "ValueError: first line"
    assert reason_of(KeyError()) == "KeyError"
