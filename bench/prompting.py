"""How close prompting comes to what the endpoint itself needs: 1,000 rows, 50 ms an answer, 8 at a time, on loopback.

    python -P bench/prompting.py [ROWS]

First the client alone, then a whole prompting candidate: its fit on ROWS validation rows, and its answers about ROWS test rows.
Each twice; the second time must ask nothing. Imports aside (they are done before the clock starts). The server runs in a
process of its own (tests/doubles/chat_server.py) on the same cores. Target: at most 1.2 times the server's own seconds.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.approaches.base import FitJob

HOUSE = Path(__file__).resolve().parents[1]
SECONDS, CONCURRENCY, TARGET = 0.05, 8, 1.2
LIBRARIES = ("openai", "tenacity", "pandas", "sklearn.feature_extraction.text")
NAMES = ("billing", "delivery", "returns", "technical problem", "praise")


def main() -> int:
    """0: within the target, and the second runs asked nothing."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for library in LIBRARIES:
        importlib.import_module(library)

    with tempfile.TemporaryDirectory() as place, serving() as url:
        results = [
            twice("client alone", url, lambda: ask_client(url, rows, Path(place) / "client.sqlite")),
            twice("candidate", url, candidate(url, rows, Path(place))),
        ]
    return 0 if all(ratio <= TARGET and again == 0 for ratio, again in results) else 1


def twice(name: str, url: str, run: Callable[[], None]) -> tuple[float, int]:
    """Run it twice and print what came of it. Gives (ratio of the first run, questions of the second)."""
    before, begun, used = count(url), time.perf_counter(), time.process_time()
    run()
    spent, used, asked = time.perf_counter() - begun, time.process_time() - used, count(url) - before
    needs = asked * SECONDS / CONCURRENCY
    begun = time.perf_counter()
    run()
    again, second = time.perf_counter() - begun, count(url) - before - asked
    print(
        f"{name}: {asked:,} questions; the server itself needs {needs:.2f} s; took {spent:.2f} s ({used:.2f} s of CPU); "
        f"ratio {spent / needs:.3f} (target {TARGET}); second run {again:.2f} s, {second} questions",
        flush=True,
    )
    return spent / needs, second


def ask_client(url: str, rows: int, cache: Path) -> None:
    """As many different questions as rows, to the client that prototypes carry."""
    from tools.runtime.askers import opened
    from tools.runtime.asking import Answer, Question

    system = {"role": "system", "content": "Sort the message of a customer. " * 40}
    questions = [Question([system, {"role": "user", "content": message(row)}], Answer(NAMES)) for row in range(rows)]
    asker = opened({"kind": "openai", "name": "test-model", "base_url": url}, cache=cache)
    replies = asker.ask(questions)
    asker.close()
    assert all(reply.problem is None for reply in replies), replies


def candidate(url: str, rows: int, place: Path) -> Callable[[], None]:
    """A prompting candidate's fit on `rows` validation rows, then its answers about `rows` test rows."""
    from tools.approaches import approach_named
    from tools.runtime import load
    from tools.runtime.prompted import CACHE

    os.environ[CACHE] = str(place / "candidate.sqlite")
    tests = [{"message": message(10_000 + row)} for row in range(rows)]

    def run() -> None:
        folder = Path(tempfile.mkdtemp(dir=place))
        approach_named("prompting").fit(fit_job(url, rows, folder))
        load(folder).predict(tests)

    return run


def fit_job(url: str, rows: int, folder: Path) -> FitJob:
    """200 rows to learn from, and the validation rows."""
    import pandas as pd

    from tools.approaches.base import FitJob, Rows
    from tools.core.language_model import LanguageModel
    from tools.core.task import Label, MetricSpec, TaskSpec

    frame = pd.DataFrame(
        {"message": [message(row) for row in range(rows + 200)], "team": [NAMES[row % 5] for row in range(rows + 200)]}
    )
    everything = Rows(frame[["message"]], frame["team"])
    return FitJob(
        task=TaskSpec(
            kind="text-classification", inputs=["message"], target="team", labels=[Label(name=name) for name in NAMES]
        ),
        metric=MetricSpec(name="accuracy"),
        train=everything.take(range(200)),
        validation=everything.take(range(200, rows + 200)),
        folds=None,
        folder=folder,
        minutes=30.0,
        progress=lambda share, phase: None,
        cores=2,
        language_model=LanguageModel(kind="openai", name="test-model", base_url=url, input_price=0.0, output_price=0.0),
        test_rows=rows,
    )


def message(row: int) -> str:
    """A text of about thirty words, each another."""
    return (
        f"Message {row}: I wrote about {NAMES[row * 7 % 5]} last week. " + f"It is the {row}th time that I ask about it. " * 2
    )


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server in a process of its own."""
    doubles = HOUSE / "tests" / "doubles"
    process = subprocess.Popen(
        [sys.executable, str(doubles / "chat_server.py"), "--seconds", str(SECONDS)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def count(url: str) -> int:
    """Questions that came to the server so far."""
    with urllib.request.urlopen(f"{url}/count") as answer:
        return int(json.load(answer)["count"])


if __name__ == "__main__":
    sys.exit(main())
