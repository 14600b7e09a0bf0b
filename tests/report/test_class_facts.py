"""What is said of classes and numbers, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tools.report.class_facts import class_facts
from tools.report.mistakes import farthest, sure_and_wrong
from tools.report.number_facts import number_facts

TARGET = ["a", "a", "a", "b", "b", "new"]
ANSWERS = ["a", "a", "b", "b", "a", "a"]
SURE = np.array([0.9, 0.6, 0.8, 0.7, 0.95, 0.5])


def test_classes_are_counted() -> None:
    found = class_facts(["a", "b"], TARGET, ANSWERS, SURE)
    assert found.labels == ["a", "b", "new"]
    assert found.matrix == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert found.unknown == {"new": 1}
    first, second, third = found.classes
    assert (first.rows, first.predicted, first.right, first.recall, first.precision) == (3, 4, 2, 2 / 3, 1 / 2)
    assert first.f1 == pytest.approx(4 / 7)
    assert (second.recall, second.precision) == (1 / 2, 1 / 2)
    assert (third.recall, third.precision, third.known) == (0.0, 0.0, False)
    assert [(pair.truth, pair.answer, pair.count) for pair in found.confusions] == [
        ("new", "a", 1),
        ("b", "a", 1),
        ("a", "b", 1),
    ]


def test_cuts_tell_what_is_decided_alone() -> None:
    found = class_facts(["a", "b"], TARGET, ANSWERS, SURE)
    cut = next(cut for cut in found.cuts if cut.least == 0.8)
    assert (cut.answered, cut.right) == (3 / 6, 1 / 3)


def test_true_probabilities_show_no_more_than_chance_and_false_ones_do() -> None:
    random = np.random.default_rng(0)
    sure = random.uniform(0.5, 1, 2000)
    honest = ["a" if hit else "b" for hit in random.random(2000) < sure]
    boast = ["a" if hit else "b" for hit in random.random(2000) < sure - 0.2]
    answers = ["a"] * 2000
    true, false = class_facts(["a", "b"], honest, answers, sure), class_facts(["a", "b"], boast, answers, sure)
    assert true.gap < 1.6 * true.chance_gap
    assert false.gap == pytest.approx(0.2, abs=0.03)
    assert false.gap > 4 * false.chance_gap
    assert sum(part.rows for part in true.bins) == 2000


def test_the_surest_mistakes_come_first_and_not_all_of_one_kind() -> None:
    target = ["a"] * 30 + ["b", "c"]
    answers = ["b"] * 30 + ["c", "a"]
    sure = np.linspace(0.99, 0.5, 32)
    chosen = sure_and_wrong(target, answers, sure)
    assert chosen == [0, 1, 2, 3, 30, 31]
    assert sure_and_wrong(TARGET, ANSWERS, SURE) == [4, 2, 5]


def test_numbers_are_measured_in_their_own_unit() -> None:
    target, values = np.arange(10.0), np.arange(10.0) + np.array([1, -1] * 5)
    values[9] += 6
    found = number_facts(target, values, values - 1.5, values + 1.5)
    assert (found.half, found.bias, found.coverage) == (1.0, 0.6, 0.9)
    assert [part.rows for part in found.ranges] == [2] * 5
    assert (found.ranges[-1].low, found.ranges[-1].high, found.ranges[-1].error) == (8.0, 9.0, 3.0)
    assert farthest(target, values)[0] == 9
    assert number_facts(target, values, None, None).coverage is None
