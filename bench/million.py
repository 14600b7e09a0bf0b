"""A table of a million rows: how long it takes to profile, and how much memory its answers take."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.fasttrack import COMMAND, clean
from bench.machine import ROOT
from bench.process import carry_out
from bench.prototype import Environment, Prototype

PROFILE_SECONDS = 15.0
FLAT = 1.25  # a prediction of many rows may take that many times the memory of one of few
ROWS, FEW_ROWS, BUILD_ROWS = 1_000_000, 100_000, 3_000
SMALL_FEW_ROWS, SMALL_ROWS = 50_000, 250_000
CHILD = """
import json, resource, sys, time
from pathlib import Path
from tools.data.attaching import attach
from tools.data.profiling import profile
begun = time.perf_counter()
attached = attach(Path(sys.argv[1]))
copied = time.perf_counter()
found = profile([attached.id])
print(json.dumps({"attach_seconds": copied - begun, "profile_seconds": time.perf_counter() - copied,
                  "rows": found.files[0].rows, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def write(path: Path, rows: int, seed: int = 0) -> None:
    """A table of shop orders: ids, dates, categories, numbers with gaps, a short text, and a class to predict."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(seed)
    amount = random.lognormal(3, 1, rows).round(2)
    country = random.choice(["AT", "CH", "DE", "ES", "FR", "IT", "NL", "PL"], rows)
    visits = random.poisson(4, rows).astype(float)
    words = np.array(["late", "parcel", "refund", "broken", "card", "gift", "urgent", "thanks"])
    risk = 0.02 * amount - 0.3 * visits + (country == "FR") + random.normal(0, 1, rows)
    frame = pd.DataFrame({
        "order_id": np.arange(rows) + 10_000_000,
        "ordered": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700 * 24, rows), unit="h"),
        "country": country,
        "amount": amount,
        "visits": np.where(random.random(rows) < 0.03, np.nan, visits),
        "note": [" ".join(words[drawn]) for drawn in random.integers(0, len(words), (rows, 4))],
        "returned": np.where(risk > 0, "yes", "no"),
    })  # fmt: skip
    frame.to_csv(path, index=False)


def measure(work: Path, small: bool, how: Environment, known: dict[str, str]) -> dict[str, Any]:
    """profile: seconds and memory of a million rows; predict: memory and speed for few rows and for many; or `failed`."""
    place = work / "million"
    clean(place)
    place.mkdir(parents=True)
    variables = known | {"FASTTRACK_HOME": str(place / "home")}
    try:
        write(place / "million.csv", ROWS)
        ended = carry_out([sys.executable, "-P", "-c", CHILD, place / "million.csv"], 300.0, ROOT, variables)
        if ended.reason:
            return {"failed": f"profiling: {ended.reason}"}
        told: dict[str, Any] = {"profile": json.loads(ended.out)}
        return told | _predicting(place, (SMALL_FEW_ROWS, SMALL_ROWS) if small else (FEW_ROWS, ROWS), how, variables)
    finally:
        clean(place)


def _predicting(place: Path, sizes: tuple[int, int], how: Environment, variables: dict[str, str]) -> dict[str, Any]:
    """A prototype of a small build, given few and many rows."""
    write(place / "train.csv", BUILD_ROWS, seed=1)
    command = [*COMMAND, "build", str(place / "train.csv"), "--task", "which orders are returned", "--target", "returned"]
    command += ["--approaches", "baseline", "--minutes", "2", "--yes", "--offline", "--json", "--out", str(place / "out")]
    ended = carry_out(command, 400.0, ROOT, variables)
    if ended.reason:
        return {"failed": f"building: {ended.reason}"}
    prototype = Prototype.unzipped(Path(json.loads(ended.out)["prototype"]), place, how)
    found = []
    for rows in sizes:
        write(place / "rows.csv", rows, seed=2)
        done = prototype.predict(place / "rows.csv", place / "answers.csv")
        found.append({"rows": rows, "seconds": done.seconds, "peak_mb": done.peak_mb, "rows_per_second": rows / done.seconds})
    return {"predict": found}
