"""How fast the model answers single rows: measured here, or, where a language model is asked, as the run recorded it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.runtime import Model

SECONDS = 1.5
CALLS = 100


@dataclass(frozen=True)
class Speed:
    """Milliseconds of one call with one row: the median and the 95th percentile, over `calls` calls."""

    p50_ms: float
    p95_ms: float
    calls: int

    def told(self, milliseconds: float | None) -> dict[str, float | None]:
        """For prototype.json. milliseconds: of a row among many, as the run measured it; None where it did not."""
        return {
            "rows_per_second": round(1000 / milliseconds, 1) if milliseconds else None,
            "single_p50_ms": round(self.p50_ms, 3),
            "single_p95_ms": round(self.p95_ms, 3),
        }


def measure(model: Model, rows: Sequence[Mapping[str, Any]]) -> Speed:
    """Call the loaded model row by row for at most `SECONDS`; the first call, which warms up, does not count."""
    model.predict(rows[:1])
    taken: list[float] = []
    begun = time.perf_counter()
    while len(taken) < CALLS and (len(taken) < 5 or time.perf_counter() - begun < SECONDS):
        started = time.perf_counter()
        model.predict([rows[len(taken) % len(rows)]])
        taken.append((time.perf_counter() - started) * 1000)
    return of_times(taken)


def of_times(taken: Sequence[float]) -> Speed:
    """From milliseconds of single answers, at least one."""
    taken = sorted(taken)
    return Speed(taken[len(taken) // 2], taken[min(len(taken) - 1, int(0.95 * len(taken)))], len(taken))
