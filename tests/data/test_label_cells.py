"""Cells that hold several labels are recognised, and those that only look like it are not."""

from __future__ import annotations

import json
import random

import polars as pl
import pytest
import reviews

from tools.data.loading.label_cells import label_cells, likely_separator

SETS = [labels for _, labels in reviews.reviews(300)]


def column(cells: list[str]) -> pl.Series:
    return pl.Series("topics", [cell for cell in cells if cell])


def some(*values: str, count: int = 120) -> pl.Series:
    draw = random.Random(0)
    return pl.Series("c", [draw.choice(values) for _ in range(count)])


@pytest.mark.parametrize("mark", [";", "; ", "|", ", ", ",", "/", " + ", " "])
def test_separators_are_found(mark: str) -> None:
    separator = mark.strip() or mark
    found = label_cells(column([mark.join(labels) for labels in SETS]))
    if separator == "+":
        assert found is not None
        assert dict(found.labels).keys() == set(reviews.LABELS)
        return
    assert found is not None
    assert found.separator == separator
    assert dict(found.labels) == {label: sum(label in labels for labels in SETS) for label in reviews.LABELS}


@pytest.mark.parametrize("dumped", [json.dumps, str])
def test_lists_are_found(dumped: object) -> None:
    assert callable(dumped)
    found = label_cells(column([dumped(labels) for labels in SETS]))
    assert found is not None
    assert (found.separator, set(dict(found.labels))) == (None, set(reviews.LABELS))


def test_marks_with_a_hash_are_labels() -> None:
    found = label_cells(some("#late #rude", "#late", "#rude #cold", "#cold #late", "#rude"))
    assert found is not None
    assert (found.separator, set(dict(found.labels))) == (" ", {"#late", "#rude", "#cold"})


@pytest.mark.parametrize(
    "values",
    [
        ("Food, drink and travel", "Food", "Shipping, returns", "Travel"),  # commas in names of labels
        ("good", "very good", "bad", "very bad"),
        ("Bug/Screen", "Bug/Server", "Wish/Screen", "Wish/Server"),  # always two parts: one composite label
        ("Smith, John", "Miller, John", "Smith, Ann", "Miller, Ann"),
        ('["O", "O", "B"]', '["B", "O", "O"]', '["O", "B"]', '["B"]'),  # sequences
        ("12/05/2020", "1/2", "3/4/2021"),
        ("1,5", "2", "1,2,5"),
        ("yes", "no"),
        ("price", "service", "quality"),
    ],
)
def test_what_only_looks_like_it_is_not_taken(values: tuple[str, ...]) -> None:
    assert label_cells(some(*values)) is None


def test_sentences_are_no_labels() -> None:
    assert label_cells(pl.Series("review", [text for text, _ in reviews.reviews(300)])) is None


def test_too_few_rows_tell_nothing() -> None:
    assert label_cells(pl.Series("c", ["a;b", "b", "a"])) is None


def test_where_a_person_says_so_the_likeliest_separator_is_taken() -> None:
    assert likely_separator(["a, b", "c", "a, c"]) == ","
    assert likely_separator(['["a", "b"]', "[]"]) is None
    assert likely_separator(["a", "b"]) is None
