"""The recipe that training writes for a table, and that the prototype follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches.table_features import Features, columns_of, make_features
from tools.core.errors import DataError
from tools.runtime.rows import coerce


def features_of(types: dict[str, str], inputs: dict[str, Any], roles: dict[str, str] | None = None) -> Features:
    schema = [{"name": name, "role": (roles or {}).get(name, ""), "type": kind} for name, kind in types.items()]
    return make_features(pd.DataFrame(inputs), schema, seed=0)


def test_dates_are_taken_apart() -> None:
    when = pd.to_datetime(["2024-01-01 06:00", "2024-02-03 18:30", "NaT"])
    found = features_of({"when": "date"}, {"when": when}).table.numbers
    assert found["when:month"].tolist()[:2] == [1, 2]
    assert found["when:weekday"].tolist()[:2] == [0, 5]  # a Monday, a Saturday
    assert found["when:hour"].tolist()[:2] == [6, 18.5]
    assert found["when:elapsed"].tolist()[:2] == pytest.approx([0, 33.5208], abs=1e-3)
    assert "when:year" not in found  # it does not vary
    assert all(np.isnan(values[2]) for values in found.values())


def test_the_time_between_two_dates_is_a_feature() -> None:
    dates = {"from": pd.to_datetime(["2024-01-01", "2024-01-05"]), "to": pd.to_datetime(["2024-01-03", "2024-02-05"])}
    assert features_of({"from": "date", "to": "date"}, dates).table.numbers["from:to:to"].tolist() == [2, 31]


def test_typed_columns_go_a_shorter_way_to_the_same_end() -> None:
    frame = pd.DataFrame({"n": [1.5, np.nan, np.inf], "d": pd.to_datetime(["2024-01-01 10:00", "NaT", "2024-02-01 00:00"])})
    schema = [{"name": "n", "type": "number"}, {"name": "d", "type": "date"}]
    short = columns_of(frame, schema)
    long = coerce(frame.to_dict("records"), schema)  # type: ignore[arg-type]
    for name in short:
        assert short[name].dtype == long[name].dtype
        assert np.array_equal(short[name], long[name], equal_nan=True)


def test_ids_and_constants_are_left_out() -> None:
    inputs = {"id": [1.0, 2, 3, 4], "one": [7.0] * 4, "x": [1.0, 2, 3, 5]}
    found = features_of(dict.fromkeys(inputs, "number"), inputs, {"id": "id"})
    assert list(found.table.numbers) == ["x"]


def test_nothing_left_is_said() -> None:
    with pytest.raises(DataError) as error:
        features_of({"one": "number"}, {"one": [1.0, 1.0]})
    assert str(error.value) == (
        "Expected at least one input column that differs between rows and is no id. Found none among ['one']. "
        "Give a file with columns that could explain the target."
    )


def test_codes_give_their_letters_and_digits() -> None:
    cabins = [f"{letter}{number}" for number in range(30) for letter in "AB"]
    found = features_of({"cabin": "text"}, {"cabin": cabins})
    assert found.table.categories["cabin:letters"].tolist()[:2] == ["a", "b"]
    assert found.table.numbers["cabin:digits"].tolist()[2:4] == [1, 1]


def test_a_training_row_does_not_count_itself() -> None:
    tickets = [f"t{number}" for number in range(60)] + ["t0", "t0"]
    features = features_of({"ticket": "text"}, {"ticket": tickets})
    assert features.table.numbers["ticket:frequency"].tolist()[:2] == [2, 0]
    new = features.of(pd.DataFrame({"ticket": ["t0", "never seen"]}))
    assert new.numbers["ticket:frequency"].tolist() == [3, 0]


def test_words_of_names_are_condensed() -> None:
    names = [f"Name{number}, {'Mr' if number % 2 else 'Mrs'}. X" for number in range(200)]
    features = features_of({"name": "text"}, {"name": names})
    texts = [name for name in features.table.numbers if ":text" in name]
    assert texts
    new = features.of(pd.DataFrame({"name": ["Other, Mr. Y", "Other, Mrs. Z"]}))
    assert (
        abs(new.numbers[texts[0]][0] - new.numbers[texts[0]][1]) + abs(new.numbers[texts[1]][0] - new.numbers[texts[1]][1])
        > 0.1
    )
