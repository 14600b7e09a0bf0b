"""A whole build from the command line, with the cheapest candidate: real worker, real proof."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from ui.cli import run

KEYS = ["run_id", "task", "candidates", "chosen", "recommended", "why", "prototype", "proof_seconds", "seconds"]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fine.csv"
    path.write_text("x,z,y\n" + "".join(f"{i},{(i * 7) % 13},{'yes' if i > 60 else 'no'}\n" for i in range(120)))
    return path


def test_a_build_ends_in_a_proved_prototype(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["build", str(table), "--task", "predict y", "--target", "y", "--approaches", "majority", "--minutes", "2"]
    assert run([*arguments, "--yes", "--out", "here", "--json"]) == 0
    printed = capsys.readouterr()
    outcome = json.loads(printed.out)
    assert list(outcome) == KEYS
    candidate = outcome["candidates"][0]
    assert (candidate["name"], candidate["status"]) == ("majority", "done")
    assert candidate["test"].keys() == {"metric", "value", "low", "high"}
    assert Path(outcome["prototype"]) == table.parent / "here" / "prototype.zip"
    assert any(name.endswith("predict.py") for name in zipfile.ZipFile(outcome["prototype"]).namelist())
    assert "majority: done" in printed.err
    assert "█" not in printed.err  # piped: plain lines, no bars

    run_id = outcome["run_id"]
    assert run(["show", run_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chosen"] == "majority"
    assert run(["resume", run_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == run_id
    assert run(["export", run_id, "--out", "there", "--json"]) == 0
    assert Path(json.loads(capsys.readouterr().out)["prototype"]).exists()
    assert run(["runs"]) == 0
    assert f"{run_id}  done  chose majority" in capsys.readouterr().out
    assert run(["show", run_id]) == 0
    assert "★" in capsys.readouterr().out


def test_an_interruption_cancels_the_run(table: Path, own_home: Path) -> None:
    program = [sys.executable, "-P", "-c", "from ui.cli import main; main()", "build", str(table), "--task", "predict y"]
    build = subprocess.Popen(
        [*program, "--target", "y", "--yes", "--json", "--minutes", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    until = time.monotonic() + 120
    while not list((own_home / "runs").glob("run-*/events.jsonl")) and build.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    build.send_signal(signal.SIGINT)
    answer, _ = build.communicate(timeout=120)
    assert build.returncode == 130
    assert json.loads(answer)["error"]["code"] == "interrupted"
    ended = (own_home / "runs").glob("run-*/events.jsonl")
    events = [json.loads(line) for line in next(ended).read_text().splitlines()]
    assert [event["status"] for event in events if event["event"] == "run-finished"] == ["cancelled"]
