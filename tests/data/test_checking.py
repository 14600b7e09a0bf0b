"""A task that cannot be carried out on its files is refused in one sentence, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.core.errors import DataError, PersonMustMend, TaskError
from tools.core.task import TaskSpec
from tools.data.checking import check
from tools.data.splitting import make_split

Give = Callable[[str, str | bytes], str]
GOOD = "age,city,left\n" + "".join(f"{20 + i},{'abc'[i % 3]},{('yes', 'no')[i % 2]}\n" for i in range(40))


def _task(**fields: Any) -> TaskSpec:
    return TaskSpec(
        **{"kind": "tabular-classification", "modality": "table", "inputs": ["age", "city"], "target": "left", **fields}
    )


def test_a_good_table_passes(give: Give) -> None:
    check(_task(), {"train": give("a.csv", GOOD), "test": give("test.csv", GOOD)})


@pytest.mark.parametrize(
    ("content", "fields", "kind", "code", "message"),
    [
        (
            GOOD, {"target": "lef"}, TaskError, "no-such-column",
            "Expected the target 'lef' among the columns of a.csv. "
            "Found the columns age, city, left. Did you mean 'left'?",
        ),
        (
            GOOD, {"inputs": ["age", "shoe"]}, TaskError, "no-such-column",
            "Expected the input 'shoe' among the columns of a.csv. "
            "Found the columns age, city, left. Name one of these columns.",
        ),
        (
            GOOD, {"time_column": "when"}, TaskError, "no-such-column",
            "Expected the time column 'when' among the columns of a.csv. "
            "Found the columns age, city, left. Name one of these columns.",
        ),
        (
            GOOD.replace("no", "yes"), {}, DataError, "one-class",
            "Expected at least two different values in the target column 'left'. Found only 'yes' in a.csv. "
            "Add rows with the other answers, or choose another target.",
        ),
        (
            GOOD.replace("yes", "").replace("no", ""), {}, DataError, "target-missing",
            "Expected values in the target column 'left'. Found none in the 40 rows of a.csv. "
            "Fill the column in for some rows, or choose another target.",
        ),
        (
            "age,city,left\n1,a,yes\n2,b,no\n", {}, DataError, "too-few-rows",
            "Expected at least 10 rows with a value of 'left' (better 200 or more). Found 2 in a.csv. Add rows to the file.",
        ),
        (
            GOOD, {"target": "age", "inputs": ["city"]}, TaskError, "not-classes",
            "Expected classes in 'age', each with several rows. Found 40 different values in 40 rows, such as 20, 21, 22. "
            "Choose a column with few different values, or predict it as a number if it is one.",
        ),
        (
            GOOD, {"kind": "tabular-regression", "target": "city", "inputs": ["age"]}, TaskError, "not-numbers",
            "Expected numbers in 'city'. Found texts such as 'a', 'b', 'c'. "
            "Choose a column of numbers, or predict it as classes.",
        ),
    ],
)  # fmt: skip
def test_refusals(
    give: Give, content: str, fields: dict[str, Any], kind: type[PersonMustMend], code: str, message: str
) -> None:
    id = give("a.csv", content)
    with pytest.raises(kind) as caught:
        check(_task(**fields), {"train": id})
    assert (str(caught.value), caught.value.code, caught.value.exit_code) == (message, code, 2)
    with pytest.raises(kind):
        make_split(_task(**fields), {"train": id}, {})


def test_a_test_file_without_the_needed_columns(give: Give) -> None:
    with pytest.raises(DataError) as caught:
        check(_task(), {"train": give("a.csv", GOOD), "test": give("test.csv", "age,town\n1,a\n2,b\n")})
    assert str(caught.value) == (
        "Expected the columns age, city, left in the test file test.csv, as in a.csv. Found the columns age, town, "
        "without city, left. Add the missing columns, give them the same names, or leave the test file out."
    )


def test_a_test_file_without_answers(give: Give) -> None:
    empty = GOOD.replace("yes", "").replace("no", "")
    with pytest.raises(DataError) as caught:
        check(_task(), {"train": give("a.csv", GOOD), "test": give("test.csv", empty)})
    assert caught.value.code == "target-missing"
