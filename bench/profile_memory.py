"""How much memory and time profiling a big CSV takes, in a process of its own.

    python -P bench/profile_memory.py [--gigabytes 1.0] [--rows N] [--words 30] [--limit-mb 1000]

Writes a CSV of mixed columns (ids, categories, numbers, dates, free text, some missing) into a temporary folder, attaches and
profiles it in a child process, and prints the child's peak resident memory and seconds. Exit 1 beyond the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ("late", "parcel", "refund", "broken", "card", "payment", "order", "please", "thanks", "never", "twice", "wrong")
CHILD = """
import json, resource, sys, time
from pathlib import Path
from tools.data.attaching import attach
from tools.data.profiling import profile
from tools.core.task import TaskSpec
start = time.perf_counter()
attached = attach(Path(sys.argv[1]))
copied = time.perf_counter()
profile([attached.id])
first = time.perf_counter()
found = profile([attached.id], TaskSpec(kind="tabular-classification", modality="table", target="team"))
print(json.dumps({"copy": copied - start, "profile": first - copied, "with_task": time.perf_counter() - first,
                  "rows": found.files[0].rows, "problems": [p.code for p in found.problems],
                  "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "cpu": sum(resource.getrusage(resource.RUSAGE_SELF)[:2])}))
"""


def write(path: Path, size: int, rows: int | None, words: int) -> int:
    """A CSV of about `size` bytes, or of exactly `rows` rows; returns the rows."""
    import numpy as np

    random = np.random.default_rng(0)
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("id,opened,team,amount,country,priority,message\n")
        while path.stat().st_size < size if rows is None else written < rows:
            count = max(100, 300_000 // words) if rows is None else min(10_000, rows - written)
            file.writelines(_lines(random, count, written, words))
            file.flush()
            written += count
    return written


def _lines(random: object, count: int, start: int, most: int) -> list[str]:
    draw = random.integers  # type: ignore[attr-defined]
    words, lengths = draw(0, len(WORDS), (count, most)), draw(4, most, count)
    teams, amounts, days = draw(0, 5, count), draw(0, 100_000, count), draw(1, 29, count)
    return [
        f"{start + i},2024-01-{days[i]:02d} 10:00:00,team {teams[i]},{amounts[i] / 100 if amounts[i] % 10 else ''},"
        f'c{amounts[i] % 90},{teams[i] % 3},"{" ".join(WORDS[w] for w in words[i][: lengths[i]])}, nr {amounts[i]}"\n'
        for i in range(count)
    ]


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--words", type=int, default=30, help="most words of a message")
    parser.add_argument("--limit-mb", type=float, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.csv"
        began = time.perf_counter()
        rows = write(path, int(options.gigabytes * 1024**3), options.rows, options.words)
        print(f"wrote {path.stat().st_size / 1e6:,.0f} MB, {rows:,} rows in {time.perf_counter() - began:.0f} s")
        environment = {**os.environ, "FASTTRACK_HOME": str(Path(folder) / "home")}
        done = subprocess.run(
            [sys.executable, "-P", "-c", CHILD, str(path)], env=environment, stdout=subprocess.PIPE, text=True
        )
    if done.returncode:
        return 1
    found = json.loads(done.stdout)
    print(
        f"peak resident {found['rss_mb']:,.0f} MB; copied in {found['copy']:.1f} s, profiled in {found['profile']:.1f} s, "
        f"with the task {found['with_task']:.1f} s more; {found['cpu']:.1f} s of CPU; {found['problems']}"
    )
    return int(found["rss_mb"] > options.limit_mb)


if __name__ == "__main__":
    raise SystemExit(main())
