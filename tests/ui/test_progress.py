"""A run told as it goes."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ui.progress import Bars, Lines, told

EVENTS = [
    {"event": "run-started", "seconds": 0.0, "resumed": False},
    {"event": "candidate-started", "name": "linear", "seconds": 1.0, "estimate_minutes": 0.5},
    {"event": "progress", "name": "linear", "seconds": 8.0, "fraction": 0.5, "phase": "fold 3 of 5", "left_seconds": 65},
    {
        "event": "candidate-finished",
        "name": "linear",
        "seconds": 20.0,
        "status": "done",
        "fit_seconds": 19,
        "validation": {"rows": 9, "main": {"metric": "accuracy", "value": 0.8, "low": 0.7, "high": 0.9}, "others": {}},
    },
    {"event": "candidate-finished", "name": "slow", "seconds": 30.0, "status": "failed", "reason": "out of time"},
    {"event": "proving", "seconds": 31.0},
    {"event": "proved", "seconds": 40.0, "ok": True, "proof_seconds": 9.2},
    {"event": "run-finished", "seconds": 41.0, "status": "done"},
]


def test_piped_progress_is_a_line_for_each_thing_that_starts_or_ends() -> None:
    written = io.StringIO()
    Lines(Console(file=written, width=200)).show(EVENTS)
    assert written.getvalue().splitlines() == [
        "0:00 the run started",
        "0:01 linear: started (about 0:30)",
        "0:20 linear: done in 0:19, accuracy 0.800 (0.700 to 0.900) on validation",
        "0:30 slow: failed: out of time",
        "0:31 proving the prototype in a fresh environment",
        "0:40 proved in 9 s: a fresh environment gave the same predictions",
        "0:41 the run ended: done",
    ]


def test_a_terminal_shows_the_phase_and_how_long_it_will_still_take() -> None:
    written = io.StringIO()
    bars = Bars(Console(file=written, width=160, force_terminal=True))
    bars.show(EVENTS[:3])
    assert "fold 3 of 5, about 1:05 left in all" in written.getvalue()
    assert "50 %" in written.getvalue()


@pytest.mark.parametrize("event", ["heartbeat", "progress", "something-new"])
def test_what_says_nothing_new_gets_no_line(event: str) -> None:
    assert told({"event": event, "name": "linear"}) is None


def test_a_failed_proof_is_said() -> None:
    assert told({"event": "proved", "ok": False, "reason": "no catboost"}) == "the proof failed: no catboost"
