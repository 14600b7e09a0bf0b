"""Splits: fixed, fair, and never the same content on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from tools.core.data import FileRole, Split
from tools.core.errors import DataError, TaskError
from tools.core.task import Label, TaskSpec
from tools.data.splitting import make_split, rows

Give = Callable[[str, str | bytes], str]
TEXT = TaskSpec(kind="text-classification", modality="text", inputs=["text"], target="label")


def _texts(count: int, rare: int = 20) -> str:
    labels = ["rare" if i < rare else "ab"[i % 2] for i in range(count)]
    return "text,label\n" + "".join(f"message number {i},{label}\n" for i, label in enumerate(labels))


def _disjoint(split: Split) -> bool:
    together = [*split.train, *split.validation, *split.test]
    return len(together) == len(set(together))


def test_held_out_in_equal_shares_of_every_label(give: Give) -> None:
    id = give("a.csv", _texts(1000))
    split = make_split(TEXT, {"train": id}, {})
    assert (len(split.train), len(split.validation), len(split.test), split.folds) == (722, 128, 150, None)
    assert _disjoint(split)
    assert Counter(rows(TEXT, id, split.test).target) == {"rare": 3, "a": 74, "b": 73}
    assert split.test_source == "held-out"
    assert split.how == (
        "150 rows, drawn evenly over the values of the target, are locked until the end; "
        "128 rows (held out) choose among the candidates, 722 are learnt from"
    )


def test_the_same_every_time_and_a_hash_of_what_it_is_about(give: Give) -> None:
    first, again = (make_split(TEXT, {"train": give("a.csv", _texts(300))}, {}) for _ in range(2))
    assert first == again
    other = make_split(TEXT, {"train": give("b.csv", _texts(300, rare=21))}, {})
    assert other.data_hash != first.data_hash


def test_few_rows_are_used_in_folds(give: Give) -> None:
    split = make_split(TEXT, {"train": give("a.csv", _texts(120))}, {})
    assert (len(split.test), len(split.train)) == (24, 96)
    assert split.folds is not None
    assert [len(fold) for fold in split.folds] == [20, 19, 19, 19, 19]
    assert sorted(row for fold in split.folds for row in fold) == split.train == split.validation
    assert not set(split.train) & set(split.test)


def test_copies_stay_on_one_side(give: Give) -> None:
    for texts in (600, 300):  # also where most rows are copies, as in a set whose rare labels were multiplied
        content = "text,label\n" + "".join(f"message {i % texts},{'ab'[i % 2]}\n" for i in range(900))
        split = make_split(TEXT, {"train": give(f"{texts}.csv", content)}, {})
        sides = [{row % texts for row in side} for side in (split.train, split.validation, split.test)]
        assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]


def test_rows_of_a_coarse_table_part_freely(give: Give) -> None:
    content = "x,y\n" + "".join(f"{i // 3},{i // 3 % 2}\n" for i in range(1500))
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y")
    split = make_split(task, {"train": give("a.csv", content)}, {})
    assert _disjoint(split)
    assert {row // 3 for row in split.train} & {row // 3 for row in split.test}


def test_groups_stay_on_one_side(give: Give) -> None:
    content = "who,x,y\n" + "".join(f"p{i // 10},{i * 7 % 101},{i % 2}\n" for i in range(1000))
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y", group_column="who")
    split = make_split(task, {"train": give("a.csv", content)}, {})
    sides = [{row // 10 for row in side} for side in (split.train, split.validation, split.test)]
    assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
    assert len(split.test) == 150


@pytest.mark.parametrize(
    ("groups", "each", "numbers", "sizes"),
    [
        (6, 200, False, (800, 200, 200)),
        (3, 400, False, (400, 400, 400)),
        (10, 100, True, (800, 100, 100)),
        (20, 50, True, (700, 150, 150)),
        (2, 400, False, (400, 400, 0)),  # not both can be had: one chooses
    ],
)
def test_of_few_groups_some_are_locked_and_some_choose(
    groups: int, each: int, numbers: bool, sizes: tuple[int, int, int], give: Give
) -> None:
    answers = [i // each * 1.5 if numbers else i // each % 2 for i in range(groups * each)]
    content = "who,x,y\n" + "".join(f"p{i // each},{i},{answer}\n" for i, answer in enumerate(answers))
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y", group_column="who")
    if numbers:
        task = task.model_copy(update={"kind": "tabular-regression"})
    split = make_split(task, {"train": give("a.csv", content)}, {})
    assert (len(split.train), len(split.validation), len(split.test)) == sizes
    assert _disjoint(split)


def test_of_three_groups_two_are_left_to_be_parted(give: Give) -> None:
    content = "who,x,y\n" + "".join(f"{'abc'[min(i // 10, 2)]},{i},{i % 2}\n" for i in range(100))
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y", group_column="who")
    split = make_split(task, {"train": give("a.csv", content)}, {})
    assert (len(split.test), split.folds and len(split.folds)) == (10, 2)


def test_the_latest_rows_are_the_test(give: Give) -> None:
    day = datetime(2020, 1, 1)
    order = np.random.default_rng(0).permutation(400)
    content = "when,x,y\n" + "".join(f"{day + timedelta(days=int(i)):%Y-%m-%d},{i % 7},{i * 1.5}\n" for i in order)
    task = TaskSpec(kind="tabular-regression", modality="table", inputs=["x"], target="y", time_column="when")
    split = make_split(task, {"train": give("a.csv", content)}, {})
    days = [[order[row] for row in side] for side in (split.train, split.validation, split.test)]
    assert max(days[0]) < min(days[1]) <= max(days[1]) < min(days[2])
    assert max(days[2]) == 399


def test_a_given_test_file_is_the_locked_test_without_copies_in_training(give: Give) -> None:
    train = give("train.csv", _texts(400))
    test = give("test.csv", "text,label\nmessage number 7,rare\nunseen,a\nnot labelled,\n")
    files: dict[FileRole, str] = {"train": train, "test": test}
    split = make_split(TEXT, files, {})
    assert (split.test, split.test_source) == ([0, 1], "test-file")
    assert 7 not in [*split.train, *split.validation]
    assert len(split.train) + len(split.validation) == 399
    assert "(1 copies of them were taken out of the training rows)" in split.how


@pytest.mark.parametrize("special", [{}, {"time_column": "when"}, {"group_column": "who"}])
def test_a_test_file_cut_out_of_the_training_file_is_not_learnt_from(special: dict[str, str], give: Give) -> None:
    lines = [f"{i},p{i % 40},2020-01-{i % 28 + 1:02d},{i % 2}\n" for i in range(400)]
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y", **special)
    header = "x,who,when,y\n"
    files: dict[FileRole, str] = {
        "train": give("all.csv", header + "".join(lines)),
        "test": give("test.csv", header + "".join(lines[:160])),
    }
    split = make_split(task, files, {})
    assert sorted({*split.train, *split.validation}) == list(range(160, 400))
    assert "(160 copies of them were taken out of the training rows)" in split.how


def test_a_test_file_with_all_the_training_rows_is_no_test(give: Give) -> None:
    files: dict[FileRole, str] = {"train": give("train.csv", _texts(300)), "test": give("test.csv", _texts(301))}
    with pytest.raises(DataError) as caught:
        make_split(TEXT, files, {})
    assert str(caught.value) == (
        "Expected at least 2 training rows that are not also in the test. Found 0, since 300 are copies of test rows. "
        "Give a test file with other rows, or leave it out: then some rows are kept for the test."
    )


def test_locked_rows_are_taken_out_of_a_given_validation_file(give: Give) -> None:
    train, test = give("train.csv", _texts(400)), give("test.csv", "text,label\nunseen,a\nmessage new,b\n")
    validation = give("val.csv", "text,label\nmessage new,b\nmessage other,a\n")
    assert make_split(TEXT, {"train": train, "validation": validation, "test": test}, {}).validation == [1]


def test_copies_of_given_validation_rows_are_not_learnt_from(give: Give) -> None:
    validation = give("val.csv", "text,label\nmessage number 7,b\nmessage other,a\n")
    test = give("test.csv", "text,label\nmessage last,a\nmessage end,b\n")
    files: dict[FileRole, str] = {"train": give("train.csv", _texts(400)), "validation": validation, "test": test}
    split = make_split(TEXT, files, {})
    assert (split.validation, 7 in split.train, len(split.train)) == ([0, 1], False, 399)


def test_a_validation_file_that_holds_all_training_rows_is_refused(give: Give) -> None:
    files: dict[FileRole, str] = {
        "train": give("train.csv", _texts(100)),
        "validation": give("val.csv", _texts(120)),
        "test": give("test.csv", "text,label\nmessage last,a\nmessage end,b\n"),
    }
    with pytest.raises(DataError) as error:
        make_split(TEXT, files, {})
    assert str(error.value) == (
        "Expected at least 2 training rows that are not also in the validation. Found 0, since 100 are copies of "
        "validation rows. Give a validation file with other rows, or leave it out: then some rows are kept for the validation."
    )


def test_a_given_validation_file(give: Give) -> None:
    given = give("val.csv", _texts(50, rare=3).replace("message", "other message"))
    files: dict[FileRole, str] = {"train": give("train.csv", _texts(400)), "validation": given}
    split = make_split(TEXT, files, {})
    assert split.validation == list(range(50))
    assert len(split.train) + len(split.test) == 400


def test_a_given_validation_file_loses_the_rows_that_are_held_out(give: Give) -> None:
    files: dict[FileRole, str] = {"train": give("train.csv", _texts(400)), "validation": give("val.csv", _texts(50, rare=3))}
    split = make_split(TEXT, files, {})
    assert len(split.test) == 80
    assert split.validation == [row for row in range(50) if row not in split.test]


def test_rows_without_a_label_are_on_no_side(give: Give) -> None:
    content = _texts(400) + "no label here,\n" * 5
    split = make_split(TEXT, {"train": give("a.csv", content)}, {})
    assert max([*split.train, *split.validation, *split.test]) == 399


def test_without_labels_there_is_nothing_to_split(give: Give) -> None:
    task = TEXT.model_copy(update={"target": None})
    split = make_split(task, {"unlabelled": give("a.csv", "text\nsome words here\nmore words here\n")}, {})
    assert (split.train, split.validation, split.test, split.test_source) == ([], [], [], "none")


def test_a_label_of_one_row_is_learnt_from(give: Give) -> None:
    content = _texts(300) + "the only one,single\n"
    id = give("a.csv", content)
    split = make_split(TEXT, {"train": id}, {})
    assert 300 in split.train


def test_rows_as_approaches_get_them(give: Give) -> None:
    content = "n,when,word,y\n1,2020-01-02,x,1.0\n,2020-03-04,,2.5\n3,,z,\n"
    task = TaskSpec(kind="tabular-regression", modality="table", inputs=["n", "when", "word"], target="y")
    found = rows(task, give("a.csv", content), None)
    assert list(found.inputs.dtypes.astype(str)) == ["float64", "datetime64[us]", "object"]
    assert found.inputs["word"].tolist() == ["x", None, "z"]
    assert found.target.isna().tolist() == [False, False, True]
    part = rows(task, give("a.csv", content), [1])
    assert (list(part.inputs.index), part.target.tolist()) == ([1], [2.5])


def test_labels_are_text_as_in_the_file(give: Give) -> None:
    content = "x,y\n" + "".join(f"{i},{('-1', '1')[i % 2]}\n" for i in range(30))
    task = TaskSpec(kind="tabular-classification", modality="table", inputs=["x"], target="y")
    assert rows(task, give("a.csv", content), [0, 1]).target.tolist() == ["-1", "1"]


def test_a_label_is_the_same_in_files_of_other_types(give: Give) -> None:
    task = TaskSpec(
        kind="tabular-classification", modality="table", inputs=["x"], target="y", labels=[Label(name="0"), Label(name="1")]
    )
    assert rows(task, give("b.csv", "x,y\n1,0.0\n2,1.0\n3,2.5\n"), None).target.tolist() == ["0", "1", "2.5"]


def test_rows_of_a_file_without_the_target(give: Give) -> None:
    found = rows(TEXT, give("new.csv", "text\nsome words\nmore words\n"), None)
    assert found.target.isna().all()
    with pytest.raises(TaskError, match="text"):
        rows(TEXT, give("other.csv", "body,x\nsome words,1\nmore words,2\n"), None)
