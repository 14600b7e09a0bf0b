"""The rules of the benchmark, each kept and each missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import fasttrack, verdicts
from bench.datasets import Dataset
from bench.measurement import Measurement
from bench.scoring import Difference


def dataset(kind: str = "text-classification") -> Dataset:
    """Of a kind."""
    more = {"time": "day", "seasons": [7], "frequency": "D", "horizon": 7} if kind == "forecasting" else {}
    return Dataset.described(Path("mails"), {"kind": kind, "words": "w", "target": "t", "metric": "accuracy", **more})


@pytest.mark.parametrize(
    ("kind", "units", "difference", "word", "kept"),
    [
        ("text-classification", 2000, Difference(-0.9, -1.5, -0.2), "behind", True),
        ("text-classification", 2000, Difference(-1.1, -2.5, 0.2), "level", False),
        ("text-classification", 999, Difference(-5.0, -9.0, 0.1), "level", True),
        ("text-classification", 999, Difference(-0.5, -0.9, -0.1), "behind", False),
        ("text-classification", 1000, Difference(2.0, 0.5, 3.0), "ahead", True),
        ("forecasting", 2400, Difference(-1.9, -4.0, 0.3), "level", True),
        ("forecasting", 24, Difference(-2.1, -9.0, 5.0), "level", False),
    ],
)
def test_the_rule_hangs_on_kind_and_rows(kind: str, units: int, difference: Difference, word: str, kept: bool) -> None:
    found = verdicts.verdict(dataset(kind), units, difference, "tfidf-logistic")
    assert (found.word, found.kept) == (word, kept)


def test_no_answers_are_a_loss_and_no_peer_is_none() -> None:
    assert verdicts.verdict(dataset(), 50, None, "setfit").word == "lost"
    assert not verdicts.verdict(dataset(), 50, None, "setfit").kept
    assert verdicts.verdict(dataset(), 50, None, None).word == "alone"


def measured(**facts: Any) -> Measurement:
    """A measurement with such facts."""
    return Measurement("mails", "fasttrack", {}, status="done", fit_seconds=61.0, facts=facts)


def candidates(**scores: float | None) -> list[dict[str, Any]]:
    """As `build --json` tells them."""
    return [{"name": name, "test": None if value is None else {"value": value}} for name, value in scores.items()]


def test_what_the_choice_lost() -> None:
    one = measured(chosen="a", candidates=candidates(a=0.80, b=0.82, c=None))
    assert verdicts.choice_loss(one, lower_is_better=False) == pytest.approx(2.0)
    assert verdicts.choice_loss(one, lower_is_better=True) == 0.0
    assert verdicts.choice_loss(measured(chosen="a", candidates=candidates(a=0.8)), lower_is_better=False) is None
    assert not verdicts.choosing([0.6, 0.5], [0.0]).kept
    assert verdicts.choosing([0.9, 0.0], [7.0]).kept
    assert "7.00 over 1 with fewer locked rows" in verdicts.choosing([], [7.0]).found


def test_estimates_that_prove_something() -> None:
    def estimate(name: str, estimated: float, true: float, allowed: float = 600.0, status: str = "done") -> dict[str, Any]:
        return {"name": name, "status": status, "estimated": estimated, "true": true, "allowed": allowed}

    told = [
        estimate("good", 20, 29), estimate("short", 1, 9.9), estimate("bounded", 20, 590), estimate("bad", 20, 31),
        estimate("failed", 20, 300, status="failed"), estimate("early", 46, 30),
    ]  # fmt: skip
    judged = verdicts.judged_estimates([measured(estimates=told)])
    assert [(one["name"], verdicts.is_within(one)) for one in judged] == [("good", True), ("bad", False), ("early", False)]
    assert verdicts.estimating(judged).found == "1 of 3"
    assert verdicts.estimating(judged[:1]).kept
    assert verdicts.estimating([]).kept is None


def test_the_average_and_who_was_in_time() -> None:
    assert verdicts.average([-1.0, 1.0]).kept
    assert not verdicts.average([-1.0, 0.9]).kept
    assert verdicts.average([-1.0, 0.9]).found == "-0.05 points over 2 datasets"
    assert verdicts.in_time(measured(), minutes=1.0)
    assert not verdicts.in_time(measured(), minutes=0.9)


def test_an_average_took_what_its_candidates_took() -> None:
    rows = [
        {"name": name, "status": status, "fit_seconds": seconds}
        for name, status, seconds in (("a", "done", 2.0), ("b", "done", 3.0), ("c", "failed", 9.0), ("average", "done", 0.5))
    ]
    assert fasttrack.fit_seconds({"chosen": "average", "candidates": rows}) == 5.5
    assert fasttrack.fit_seconds({"chosen": "b", "candidates": rows}) == 3.0
    assert fasttrack.fit_seconds({"chosen": None, "candidates": rows}) is None
