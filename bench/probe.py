"""How fast a loaded model answers. As a script it runs in a prototype's environment and imports the prototype alone.

python probe.py PROTOTYPE rows|forecast FILE OUTPUT.json HORIZON
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS, CALLS, LEAST_CALLS = 5.0, 200, 5


def percentiles(ask: Callable[[int], object], rows: int) -> tuple[float, float]:
    """(median, 95th percentile) in milliseconds of `ask(row)` for rows 0, 1, ... one at a time, at most 5 s of them."""
    taken: list[float] = []
    begun = time.perf_counter()
    while len(taken) < CALLS and (len(taken) < LEAST_CALLS or time.perf_counter() - begun < SECONDS):
        started = time.perf_counter()
        ask(len(taken) % rows)
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[min(len(taken) - 1, int(0.95 * len(taken)))]


def main(kind: str, source: Path, output: Path, horizon: int) -> None:
    """All rows at once after a first one, then rows one by one; a forecast: from the whole history, a second time."""
    from prototype import FOLDER, load
    from prototype.records import Hints, open_table

    begun = time.perf_counter()
    model = load()
    told = {"load_seconds": time.perf_counter() - begun}
    hints = Hints.read(FOLDER, [column["name"] for column in model.manifest["inputs"]])
    rows = [record.inputs for record in open_table(source, hints).records()]
    if kind == "forecast":
        model.forecast(rows, horizon=horizon)
        begun = time.perf_counter()
        told["rows_per_second"] = len(model.forecast(rows, horizon=horizon)) / (time.perf_counter() - begun)
    else:
        model.predict(rows[:1])
        begun = time.perf_counter()
        model.predict(rows)
        told["rows_per_second"] = len(rows) / (time.perf_counter() - begun)
        told["single_p50_ms"], told["single_p95_ms"] = percentiles(lambda row: model.predict([rows[row]]), len(rows))
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    output.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    sys.path[0] = sys.argv[1]  # in place of this folder, whose names would stand before those of packages
    main(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
