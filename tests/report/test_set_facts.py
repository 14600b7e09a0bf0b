"""What is said of candidates that give several labels at once, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tools.report.set_facts import Pair, set_facts, spoken, surely_wrong

LABELS = ["a", "b"]
TARGET = ['["a", "b"]', '["a"]', "[]", '["b", "new"]']
ANSWERS = ['["a", "b"]', '["a", "b"]', "[]", "[]"]
SCORES = np.array([[0.9, 0.8], [0.7, 0.6], [0.1, 0.2], [0.3, 0.05]])


def test_each_label_is_counted() -> None:
    found = set_facts(LABELS, TARGET, ANSWERS, SCORES)
    assert found.labels == ["a", "b", "new"]
    counted = [(row.label, row.rows, row.predicted, row.right, row.known) for row in found.classes]
    assert counted == [("a", 2, 2, 2, True), ("b", 2, 2, 1, True), ("new", 1, 0, 0, False)]
    assert [row.f1 for row in found.classes] == [1.0, 0.5, 0.0]
    assert (found.exact, found.missed, found.added, found.unknown) == (2, 2, 1, {"new": 1})


def test_labels_that_go_together() -> None:
    assert set_facts(LABELS, TARGET, ANSWERS, SCORES).pairs == [Pair("a", "b", 1, 2, 1), Pair("b", "new", 1, 0, 0)]


def test_probabilities_are_compared_with_the_shares() -> None:
    found = set_facts(LABELS, TARGET, ANSWERS, SCORES)
    assert [part.rows for part in found.bins] == [8]
    assert found.gap == pytest.approx(abs(SCORES.mean() - 4 / 8))


def test_the_surest_mistakes_come_first() -> None:
    assert surely_wrong(LABELS, TARGET, ANSWERS, SCORES) == [3, 1]  # b was missed at 0.05, given too much at 0.6


def test_sets_are_spoken() -> None:
    assert (spoken('["a", "b"]'), spoken("[]")) == ("a, b", "none")
