"""How long a command takes to answer: the help, and a plan of a small table.

    python -P bench/startup.py [CSV TASK]

Without a table, scikit-learn's breast cancer data is used. Five runs each, wall time. Targets: help in under 0.5 s, a plan in
under 8 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FASTTRACK = [sys.executable, "-P", "-c", "from ui.cli import main; main()"]
RUNS = 5
TARGETS = {"help": 0.5, "plan": 8.0}


def main() -> int:
    """0: within the targets."""
    with tempfile.TemporaryDirectory() as place:
        table, task = sys.argv[1:3] if len(sys.argv) > 2 else (sample(Path(place)), "is the tumour benign")
        spent = {"help": seconds(["--help"]), "plan": seconds(["plan", table, "--task", task, "--offline", "--json"])}
    for name, times in spent.items():
        print(f"{name}: median {statistics.median(times):.2f} s, longest {max(times):.2f} s (target {TARGETS[name]} s)")
    return 0 if all(max(times) < TARGETS[name] for name, times in spent.items()) else 1


def seconds(arguments: list[str]) -> list[float]:
    """Wall seconds of each run. Raises CalledProcessError where the command fails."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([*FASTTRACK, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return times


def sample(folder: Path) -> str:
    """The breast cancer table as CSV."""
    from sklearn.datasets import load_breast_cancer

    path = folder / "tumours.csv"
    load_breast_cancer(as_frame=True).frame.to_csv(path, index=False)
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
