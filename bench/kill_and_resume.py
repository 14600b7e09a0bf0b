"""Kill every process of a build at moments spread over it, resume, and check that no finished work is lost.

    python -P bench/kill_and_resume.py [CSV TARGET TASK] [--minutes 2] [--approaches baseline] [--moments 10]

Everything goes through the command line, as a person would do it. One build is left alone and timed. Then, for each moment,
the same build is started in a home of its own, all of its processes (terminal, worker, children) are killed with signal 9, and
`fasttrack resume` must finish it: no candidate that had a result is started again, used time is not forgotten, and the chosen
candidate is the same, or its interval on validation overlaps with the other's. Exit code 1 where one of these fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

FASTTRACK = [sys.executable, "-P", "-c", "from ui.cli import main; main()"]


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", help="CSV TARGET TASK; default: scikit-learn's breast cancer table")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--approaches", help="as for `fasttrack build`; fewer make it quicker")
    parser.add_argument("--moments", type=int, default=10)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kill-and-resume-"))
    csv, target, task = options.data or _sample(place / "tumours.csv")
    build = ["build", str(Path(csv).resolve()), "--target", target, "--task", task, "--yes", "--offline", "--json"]
    build += ["--minutes", str(options.minutes), *(["--approaches", options.approaches] if options.approaches else [])]
    try:
        reference = _run(build, place / "reference")
        if "error" in reference:
            print(json.dumps(reference))
            return 1
        print(f"left alone: {reference['seconds']:.0f} s, chose {reference['chosen']}", flush=True)
        results = [
            _one_kill(build, place / f"moment-{number}", (number + 0.5) / options.moments * reference["seconds"], reference)
            for number in range(options.moments)
        ]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"{sum(results)} of {len(results)} kills lost nothing")
    return 0 if all(results) else 1


def _one_kill(build: list[str], home: Path, seconds: float, reference: dict[str, Any]) -> bool:
    """Build, kill everything after that many seconds of work, resume; says and gives whether all was well."""
    terminal = subprocess.Popen(
        [*FASTTRACK, *build], env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    run = _wait_for_work(home, terminal)
    time.sleep(seconds)
    killed = _kill_all(home, terminal)
    before, events = _finished(run), _events(run)
    outcome = _run(["resume", run.name, "--json"], home)
    problems = _problems(run, before, events, outcome, reference)
    print(
        f"{seconds:6.1f} s: killed {killed} processes at {events[-1]['event']}, {len(before)} finished; "
        f"then {outcome.get('seconds', 0):.0f} s in all, chose {outcome.get('chosen')}: {'; '.join(problems) or 'fine'}",
        flush=True,
    )
    return not problems


def _problems(
    run: Path, before: set[str], earlier: list[dict[str, Any]], outcome: dict[str, Any], reference: dict[str, Any]
) -> list[str]:
    if "error" in outcome:
        return [json.dumps(outcome["error"])]
    later = _events(run)[len(earlier) :]
    again = {event["name"] for event in later if event["event"] == "candidate-started"} & before
    used = max(event["seconds"] for event in earlier)
    problems = [f"built twice: {sorted(again)}"] if again else []
    if outcome["seconds"] < used:
        problems.append(f"forgot used time: {outcome['seconds']} s after {used} s")
    if not outcome["prototype"]:
        problems.append(f"no prototype: {outcome['why']}")
    if not _as_good(outcome, reference):
        problems.append(f"chose {outcome['chosen']} in place of {reference['chosen']}")
    return problems


def _as_good(outcome: dict[str, Any], reference: dict[str, Any]) -> bool:
    """Whether the same was chosen, or one whose interval on validation overlaps."""
    if outcome["chosen"] == reference["chosen"]:
        return True
    one, other = (
        next(row["validation"] for row in found["candidates"] if row["name"] == found["chosen"])
        for found in (outcome, reference)
    )
    return bool(one["low"] <= other["high"] and other["low"] <= one["high"])


def _run(arguments: list[str], home: Path) -> dict[str, Any]:
    """The JSON object that a command printed."""
    done = subprocess.run(
        [*FASTTRACK, *arguments], env=_environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "FASTTRACK_HOME": str(home)}


def _wait_for_work(home: Path, terminal: subprocess.Popen[bytes], patience: float = 300.0) -> Path:
    """The run folder, as soon as its worker is at work."""
    until = time.monotonic() + patience
    while time.monotonic() < until and terminal.poll() is None:
        for journal in home.glob("runs/run-*/events.jsonl"):
            if any(event["event"] == "preparing" for event in _events(journal.parent)):
                return journal.parent
        time.sleep(0.05)
    raise SystemExit("the build did not start")


def _kill_all(home: Path, terminal: subprocess.Popen[bytes]) -> int:
    """Kill the terminal and everything that works on this home, in no particular order."""
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get("FASTTRACK_HOME") == str(home):
                processes.append(process)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    terminal.wait()
    psutil.wait_procs(processes, timeout=10)
    return len(processes)


def _events(run: Path) -> list[dict[str, Any]]:
    events = []
    for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            events.append(json.loads(line))
    return events


def _finished(run: Path) -> set[str]:
    return {path.parent.name for path in run.glob("candidates/*/result.json")}


def _sample(path: Path) -> tuple[Path, str, str]:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    table = data.frame.assign(diagnosis=[data.target_names[value] for value in data.target]).drop(columns="target")
    table.to_csv(path, index=False)
    return path, "diagnosis", "tell from the measurements whether a tumour is malignant or benign"


if __name__ == "__main__":
    sys.exit(main())
