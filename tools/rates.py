"""How fast this machine is: measured once in a tenth of a second, then corrected by the truth after each candidate.

Kept in `CACHE/rates.json`, one flat object of numbers:
    machine_speed         1.0 is the machine on which the approaches' formulas were measured (two cores of 2.6 GHz)
    learnt:NAME:SIZE      sum of log(truth / formula) of candidate NAME where its formula says about 4**SIZE seconds
    seen:NAME:SIZE        how many truths are in that sum; older ones count less and less
    formulas              the version of the formulas that the truths corrected; those of an older one are forgotten
    anything else         a rate that an approach measured itself, for example encode_texts_per_second
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tools.home import cache

FORMULAS = 7  # goes up when approaches reckon otherwise
REFERENCE_SECONDS = 0.031  # what `_probe` takes where machine_speed is 1.0
LIMITS = (0.1, 10.0)  # of a correction
SURPRISE = 3.0  # a truth further than this factor from what was expected counts as no further: machines hiccup
PRIOR = 1.0  # so many truths weigh as much as the belief that the formula is right
NEAR_PRIOR = 2.0  # so many truths of this size weigh as much as those of all sizes
FORGETTING = 0.85  # what a truth still counts for after each further one


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
    rates = {**_read(), "formulas": FORMULAS, name: value}
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):  # a full disk or a cache of somebody else costs an estimate, never a run
        draft.write_text(json.dumps(rates, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(path)


def learn(name: str, formula_minutes: float, true_minutes: float) -> None:
    """Let the truth about candidate `name` correct the next estimates. Ignored where one is not positive.

    formula_minutes: what its approach reckoned, uncorrected. true_minutes: wall time as on a machine with nothing else to do.
    """
    if formula_minutes <= 0 or true_minutes <= 0:
        return
    rates = _read()
    expected = math.log(correction(rates, name, formula_minutes))
    surprise = math.log(true_minutes / formula_minutes) - expected
    truth = expected + max(-math.log(SURPRISE), min(math.log(SURPRISE), surprise))
    size = _size(formula_minutes)
    store(f"learnt:{name}:{size}", round(FORGETTING * rates.get(f"learnt:{name}:{size}", 0.0) + truth, 4))
    store(f"seen:{name}:{size}", round(FORGETTING * rates.get(f"seen:{name}:{size}", 0.0) + 1, 4))


def correction(rates: Mapping[str, float], name: str, formula_minutes: float) -> float:
    """Factor for what the approach of candidate `name` reckons: by truths of its size, backed by those of all sizes."""
    sizes = [key.rpartition(":")[2] for key in rates if key.startswith(f"seen:{name}:")]
    learnt = {size: rates.get(f"learnt:{name}:{size}", 0.0) for size in sizes}
    seen = {size: rates[f"seen:{name}:{size}"] for size in sizes}
    general = sum(learnt.values()) / (sum(seen.values()) + PRIOR)
    own = str(_size(formula_minutes))
    logarithm = (learnt.get(own, 0.0) + NEAR_PRIOR * general) / (seen.get(own, 0.0) + NEAR_PRIOR)
    return min(max(math.exp(logarithm), LIMITS[0]), LIMITS[1])


def _size(minutes: float) -> int:
    """Steps of a factor of four, counted from a second."""
    return round(math.log(max(60 * minutes, 0.25), 4))


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
        rates = {str(key): float(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError):  # a cache may be broken; it is measured again
        return {}
    if rates.get("formulas") == FORMULAS:
        return rates
    return {name: rate for name, rate in rates.items() if not name.startswith(("learnt:", "seen:"))}


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
