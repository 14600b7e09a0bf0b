"""Label sets are read from a cell or from columns of yes and no; such rows are split, checked and profiled like any others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import reviews

from tools.core.data import FileProfile
from tools.core.errors import DataError, TaskError
from tools.core.task import Label, TaskKind, TaskSpec
from tools.data.attaching import attach
from tools.data.label_counts import label_counts
from tools.data.loading import describe
from tools.data.profiling import profile
from tools.data.splitting import make_split, rows
from tools.runtime import label_sets

Give = Callable[[str, str | bytes], str]
KIND: TaskKind = "multilabel-text-classification"
NAMES = [Label(name=name) for name in reviews.LABELS]
JOINED = TaskSpec(kind=KIND, modality="text", inputs=["review"], target="topics", label_separator=";", labels=NAMES)
FLAGS = TaskSpec(kind=KIND, modality="text", inputs=["review"], target_columns=reviews.LABELS, labels=NAMES)


@pytest.fixture
def joined(tmp_path: Path) -> str:
    return attach(reviews.write_joined(tmp_path / "joined.csv", 400)).id


@pytest.fixture
def flags(tmp_path: Path) -> str:
    return attach(reviews.write_flags(tmp_path / "flags.csv", 400)).id


def test_both_ways_of_writing_are_the_same_label_sets(joined: str, flags: str) -> None:
    wanted = [json.dumps(labels) for _, labels in reviews.reviews(400)]
    assert list(rows(JOINED, joined, None).target) == wanted
    assert list(rows(FLAGS, flags, None).target) == wanted
    assert "[]" in wanted


def test_rows_without_an_answer_are_not_learnt_from(give: Give) -> None:
    text = give("a.csv", "review,topics\nfine,price\nwell,\nold,[]\ngood,price;staff\n")
    task = JOINED.model_copy(update={"labels": [Label(name="price"), Label(name="staff")]})
    assert list(rows(task, text, None).target) == ['["price"]', None, "[]", '["price", "staff"]']
    some = give("b.csv", "review,price,staff\nfine,1,0\nwell,,\nold,,1\n")
    task = task.model_copy(update={"target": None, "target_columns": ["price", "staff"]})
    assert list(rows(task, some, None).target) == ['["price"]', None, '["staff"]']
    assert list(rows(task, some, [2]).target) == ['["staff"]']


def test_a_file_without_the_columns_has_no_answers(give: Give) -> None:
    found = rows(FLAGS, give("new.csv", "review,price\nfine,1\nwell,0\n"), None)
    assert list(found.target) == [None, None]


@pytest.mark.parametrize("task", [JOINED, FLAGS], ids=["joined", "flags"])
def test_every_part_gets_its_share_of_every_label(task: TaskSpec, joined: str, flags: str) -> None:
    attachment = joined if task.target else flags
    split = make_split(task, {"train": attachment}, {})
    assert len(split.test) == 80
    parts = [label_sets.matrix(rows(task, attachment, ids).target, reviews.LABELS) for ids in (split.train, split.test)]
    shares = [part.mean(axis=0) for part in parts]
    assert np.abs(shares[0] - shares[1]).max() < 0.02
    assert not set(split.train) & set(split.test) | set(split.validation) & set(split.test)
    assert split == make_split(task, {"train": attachment}, {})


def test_few_rows_are_used_in_folds_with_every_label(tmp_path: Path) -> None:
    small = attach(reviews.write_joined(tmp_path / "small.csv", 120)).id
    split = make_split(JOINED, {"train": small}, {})
    assert split.folds is not None
    for fold in split.folds:
        assert label_sets.matrix(rows(JOINED, small, fold).target, reviews.LABELS).any(axis=0).all()


def test_copies_stay_on_one_side(give: Give) -> None:
    lines = [f"{text.replace(',', ' ')},{';'.join(labels) or '[]'}" for text, labels in reviews.reviews(150)]
    text = give("a.csv", "review,topics\n" + "\n".join(line for line in lines for _ in range(2)) + "\n")
    split = make_split(JOINED, {"train": text}, {})
    for part in (split.train, split.validation, split.test):
        assert sum(row ^ 1 in part for row in part) == len(part)


def test_labels_are_counted(joined: str, flags: str) -> None:
    wanted = {name: sum(name in labels for _, labels in reviews.reviews(400)) for name in reviews.LABELS}
    assert label_counts(describe(joined), JOINED) == wanted
    assert label_counts(describe(flags), FLAGS) == wanted
    assert list(label_counts(describe(joined), JOINED).values()) == sorted(wanted.values(), reverse=True)


def test_a_cell_of_several_labels_is_known_as_such(joined: str) -> None:
    column = describe(joined).column("topics")
    assert column is not None
    assert (column.role, column.label_separator) == ("category", ";")
    assert {name for name, _ in column.single_labels} == set(reviews.LABELS)


def test_problems_are_about_single_labels(give: Give) -> None:
    cells = ["price"] * 60 + ["staff"] * 50 + ["price;staff"] * 20 + ["noise"] * 3 + ["noise;price"] * 1
    text = give("a.csv", "review,topics\n" + "".join(f"what I thought of it {n},{cell}\n" for n, cell in enumerate(cells)))
    task = JOINED.model_copy(update={"labels": [Label(name=name) for name in ("price", "staff", "noise")]})
    found = {problem.code: problem.message for problem in profile([text], task).problems}
    assert found["imbalance"] == (
        "The labels in topics are unequal: 'price' has 20 times the rows of 'noise', "
        "so accuracy alone would hide how the rare ones do."
    )
    rare = [problem.message for problem in profile([text], task).problems if "hardly be learnt" in problem.message]
    assert rare == ["1 of the 3 labels in topics have fewer than 8 rows; they can hardly be learnt."]


def test_the_order_of_labels_is_no_conflict(give: Give) -> None:
    same = "".join(f"the same words {n // 2},{'price;staff' if n % 2 else 'staff;price'}\n" for n in range(60))
    other = "".join(f"the same words {n // 2},{'price;staff' if n % 2 else 'price'}\n" for n in range(60))
    task = JOINED.model_copy(update={"labels": [Label(name="price"), Label(name="staff")]})
    assert "conflicting-labels" not in codes(give("same.csv", "review,topics\n" + same), task)
    assert "conflicting-labels" in codes(give("other.csv", "review,topics\n" + other), task)


def codes(attachment: str, task: TaskSpec) -> set[str]:
    return {problem.code for problem in profile([attachment], task).problems}


def test_a_column_that_says_more_than_yes_and_no_is_refused(give: Give) -> None:
    text = give("a.csv", "review,price,staff\n" + "".join(f"some words {n},{n % 3},{n % 2}\n" for n in range(60)))
    task = FLAGS.model_copy(update={"target_columns": ["price", "staff"]})
    with pytest.raises(TaskError) as error:
        make_split(task, {"train": text}, {})
    assert str(error.value) == (
        "Expected 0 and 1 (or no and yes) in 'price', a label that a row has or has not. "
        "Found 3 different values, such as 0, 1, 2. "
        "Leave the column out, or write 1 where the label applies and 0 where it does not."
    )


def test_a_column_that_is_not_there_is_named(flags: str) -> None:
    task = FLAGS.model_copy(update={"target_columns": ["price", "servic"]})
    with pytest.raises(TaskError, match="Did you mean 'service'"):
        make_split(task, {"train": flags}, {})


def test_nothing_to_learn_from_is_said(give: Give) -> None:
    text = give("a.csv", "review,price,staff\nfine weather,1,0\nold news,,\nlast one here,,\n")
    with pytest.raises(DataError, match="Expected at least 2 rows with a yes or no for each label"):
        make_split(FLAGS.model_copy(update={"target_columns": ["price", "staff"]}), {"train": text}, {})


def test_files_without_the_label_columns_are_unlabelled(flags: str, give: Give) -> None:
    new = give("later.csv", "review\n" + "".join(f"{text}\n" for text, _ in reviews.reviews(40, seed=9)))
    roles: dict[str, FileProfile] = {file.file: file for file in profile([flags, new], FLAGS).files}
    assert {name: file.role for name, file in roles.items()} == {"flags.csv": "train", "later.csv": "unlabelled"}
