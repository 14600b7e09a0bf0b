"""How fast this machine is: measured once in a tenth of a second, then corrected by the truth after each candidate.

Kept in `CACHE/rates.json`, one flat object of numbers:
    machine_speed         1.0 is the machine on which the approaches' formulas were measured (two cores of 2.6 GHz)
    correction:NAME       truth over estimate of candidate NAME, smoothed; 1.0 where nothing is known
    anything else         a rate that an approach measured itself, for example encode_texts_per_second
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tools.home import cache

REFERENCE_SECONDS = 0.031  # what `_probe` takes where machine_speed is 1.0
SMOOTHING = 0.5  # how far one truth moves the correction (on a log scale)
LIMITS = (0.1, 10.0)


def measured_rates() -> dict[str, float]:
    """All known rates. Measures the machine's speed where that was not done yet."""
    rates = _read()
    if "machine_speed" not in rates:
        store("machine_speed", round(REFERENCE_SECONDS / _probe(), 3))
        rates = _read()
    return rates


def store(name: str, value: float) -> None:
    """Keep one rate. The last writer wins; readers never see half a file."""
    path = _path()
    rates = {**_read(), name: value}
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):  # a full disk or a cache of somebody else costs an estimate, never a run
        draft.write_text(json.dumps(rates, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(path)


def learn(name: str, estimated_minutes: float, true_minutes: float) -> None:
    """Let the truth about candidate `name` correct the next estimate. Wall time; ignored where one is not positive."""
    if estimated_minutes <= 0 or true_minutes <= 0:
        return
    moved = correction(_read(), name) * (true_minutes / estimated_minutes) ** SMOOTHING
    store(f"correction:{name}", round(min(max(moved, LIMITS[0]), LIMITS[1]), 3))


def correction(rates: Mapping[str, float], name: str) -> float:
    """Factor for the estimate of candidate `name`."""
    return rates.get(f"correction:{name}", 1.0)


def slowness(rates: Mapping[str, float]) -> float:
    """Factor for times that were measured on the reference machine: 2.0 on a machine half as fast."""
    return 1.0 / min(max(rates.get("machine_speed", 1.0), 0.05), 20.0)


def _path() -> Path:
    return cache() / "rates.json"


def _read() -> dict[str, float]:
    path = _path()
    if not path.is_file():
        return {}
    try:
        return {str(key): float(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError):  # a cache may be broken; it is measured again
        return {}


def _probe() -> float:
    """Seconds of a fixed piece of work: sorting as trees do, arithmetic as networks do, a loop. Best of two.

    The thread's own time counts, so that what else the machine does just now is not taken for its speed.
    """
    import numpy as np

    column = np.random.default_rng(0).random(400_000)
    best = float("inf")
    for _ in range(2):
        start = time.thread_time()
        np.argsort(column)
        for _ in range(4):
            np.tanh(column)
        sum(range(1_500_000))
        best = min(best, time.thread_time() - start)
    return best
