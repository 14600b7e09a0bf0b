"""The form of made-up series, their common table, the locked window and the rolling windows before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches.forecasting.windows import windows_expected
from tools.core.data import FileRole
from tools.core.errors import DataError, TaskError
from tools.core.task import TaskSpec
from tools.data.checking import check
from tools.data.profiling import profile
from tools.data.series import form_of
from tools.data.splitting import make_split, series_rows
from tools.runtime.series import future_table, long_table, spelled

Give = Callable[[str, str | bytes], str]
WEEKLY = np.sin(2 * np.pi * np.arange(400) / 7)


def days(count: int, start: str = "2024-01-01", first: int = 0, shop: str | None = None, **columns: Any) -> pd.DataFrame:
    found = pd.DataFrame(
        {"day": pd.date_range(start, periods=count).strftime("%Y-%m-%d"), "y": WEEKLY[first : first + count] + first}
    )
    if shop is not None:
        found["shop"] = shop
    return found.assign(**columns)


def task(**fields: object) -> TaskSpec:
    return TaskSpec.model_validate({"kind": "forecasting", "target": "y", "horizon": 7, **fields})


def test_the_form_of_one_series(give: Give) -> None:
    form = form_of(task(), {"train": give("a.csv", days(100).to_csv(index=False))})
    assert (form.time_column, form.frequency, form.step, form.seasons) == ("day", "D", 1, [7])
    assert (form.count, form.shortest, form.median_length, form.longest) == (1, 93, 93, 93)


def test_forecasts_are_written_in_the_time_zone_of_the_history(give: Give) -> None:
    table = days(100).assign(day=[f"{day}T04:00:00Z" for day in days(100)["day"]])
    form = form_of(task(), {"train": give("a.csv", table.to_csv(index=False))}).model_dump()
    after = future_table(long_table(table, form), form, 1)
    assert spelled(after, form) == [{"day": "2024-04-10T04:00:00Z"}]


def test_covariates_are_known_past_or_static(give: Give) -> None:
    table = pd.concat(
        [days(60, shop=shop, size=size, price=WEEKLY[:60], rain=WEEKLY[3:63]) for shop, size in (("a", 1), ("b", 2))]
    )
    asked = task(series_columns=["shop"], inputs=["day", "shop", "size", "price", "rain"], known_columns=["price"])
    form = form_of(asked, {"train": give("a.csv", table.to_csv(index=False))})
    assert (form.known, form.past, form.static, form.count) == (["price"], ["rain"], ["size"], 2)


@pytest.mark.parametrize(("count", "horizon"), [(400, 7), (96, 24), (60, 20), (40, 14), (30, 12)])
def test_estimates_reckon_with_the_windows_that_are_parted(give: Give, count: int, horizon: int) -> None:
    files: dict[FileRole, str] = {"train": give("a.csv", days(count).to_csv(index=False))}
    asked = task(horizon=horizon)
    assert windows_expected(form_of(asked, files)) == len(make_split(asked, files, {}).windows or [])


def test_the_last_steps_are_locked_and_windows_roll_before_them(give: Give) -> None:
    files: dict[FileRole, str] = {
        "train": give("a.csv", pd.concat([days(60, shop="a"), days(50, shop="b")]).to_csv(index=False))
    }
    asked = task(series_columns=["shop"])
    split, rows = make_split(asked, files, {}), series_rows(asked, files, form_of(asked, files))
    assert split.windows is not None
    assert split.test == [*range(53, 60), *range(103, 110)]
    assert [len(window) for window in split.windows] == [14, 14, 14, 14]
    assert split.windows[-1] == [*range(46, 53), *range(96, 103)]
    assert split.validation == sorted(row for window in split.windows for row in window)
    assert set(split.train) | set(split.test) == set(range(110))
    assert rows.inputs["series"].tolist() == ["a"] * 60 + ["b"] * 50
    assert split.how.startswith("the last 7 steps of each of 2 series are locked until the end; ")
    assert split.how.endswith("; 4 rolling windows before them choose among the candidates")


def test_a_given_test_file_goes_on_after_the_history(give: Give) -> None:
    train = pd.concat([days(30, shop="a"), days(28, shop="b")]).to_csv(index=False)
    later = pd.concat([days(4, "2024-02-01", shop="a"), days(3, "2024-01-29", shop="b"), days(3, "2024-01-29", shop="new")])
    files: dict[FileRole, str] = {"train": give("a.csv", train), "test": give("b.csv", later.to_csv(index=False))}
    asked = task(series_columns=["shop"], horizon=None)
    form = form_of(asked, files)
    split, rows = make_split(asked, files, {}), series_rows(asked, files, form)
    assert form.horizon == 4
    assert (form.longest, split.test_source) == (30, "test-file")
    assert split.train == list(range(58))
    chosen = rows.inputs.loc[split.test]
    assert chosen["series"].tolist() == ["a"] * 4 + ["b"] * 3
    assert chosen["time"].min() == pd.Timestamp("2024-01-29")
    assert rows.target.loc[split.test].isna().tolist() == [True, False, False, False, False, False, False]


def test_a_test_file_that_does_not_come_later_is_refused(give: Give) -> None:
    files: dict[FileRole, str] = {
        "train": give("a.csv", days(30).to_csv(index=False)),
        "test": give("b.csv", days(5).to_csv(index=False)),
    }
    with pytest.raises(DataError, match=r"none of them later than the end of a series that is learnt from"):
        make_split(task(), files, {})


def test_a_wide_table_has_a_column_a_series(give: Give) -> None:
    table = pd.DataFrame({"day": days(60)["day"], "north": WEEKLY[:60], "south": WEEKLY[1:61]})
    asked = task(target=None, target_columns=["north", "south"])
    files: dict[FileRole, str] = {"train": give("a.csv", table.to_csv(index=False))}
    form = form_of(asked, files)
    assert (form.value_columns, form.target, form.count) == (["north", "south"], None, 2)
    assert set(series_rows(asked, files, form).inputs["series"]) == {"north", "south"}


def test_series_that_are_too_short_are_learnt_from_only(give: Give) -> None:
    files: dict[FileRole, str] = {
        "train": give("a.csv", pd.concat([days(60, shop="a"), days(8, shop="b")]).to_csv(index=False))
    }
    split = make_split(task(series_columns=["shop"]), files, {})
    assert split.test == list(range(53, 60))
    assert set(range(60, 68)) <= set(split.train)
    assert "(1 series are too short to be judged on)" in split.how


def test_a_history_shorter_than_the_horizon_says_so(give: Give) -> None:
    files: dict[FileRole, str] = {"train": give("a.csv", days(9).to_csv(index=False))}
    with pytest.raises(DataError) as problem:
        make_split(task(), files, {})
    assert str(problem.value) == (
        "Expected a series of at least 10 points, to forecast 7 steps and judge them. Found 9 points. "
        "Give a longer history, or forecast fewer steps ahead (--horizon)."
    )


def test_a_short_history_is_chosen_on_by_a_shorter_window(give: Give) -> None:
    split = make_split(task(), {"train": give("a.csv", days(16).to_csv(index=False))}, {})
    assert split.windows is not None
    assert len(split.windows) == 1
    assert 1 <= len(split.windows[0]) <= 7


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"target": "day"}, TaskError, "Expected numbers in 'day'. Found times such as"),
        ({"target": "z"}, TaskError, "Expected the target 'z' among the columns of a.csv."),
        ({"series_columns": ["z"]}, TaskError, "Expected the series column 'z' among the columns of a.csv."),
    ],
)
def test_columns_that_do_not_fit_are_named(give: Give, fields: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error) as problem:
        check(task(**fields), {"train": give("a.csv", days(30).to_csv(index=False))})
    assert str(problem.value).startswith(said)


def test_a_horizon_is_needed(give: Give) -> None:
    with pytest.raises(TaskError, match=r"Expected how many steps ahead to forecast\. Found no horizon\."):
        form_of(task(horizon=None), {"train": give("a.csv", days(30).to_csv(index=False))})


def test_problems_of_series_have_evidence(give: Give) -> None:
    table = days(80).drop(index=[10, 11, 12, 40])
    table = pd.concat([table, table.tail(3)])
    asked = task(time_column="day", inputs=["day"])
    found = {one.code: one for one in profile([give("a.csv", table.to_csv(index=False))], asked).problems}
    assert found["missing-target"].message.startswith("4 of 80 steps have no value")
    assert "the longest gap is 3 steps; the first one is at 2024-01-11" in found["missing-target"].evidence
    assert found["duplicates"].message.startswith("3 of 79 rows share their step (D) with another: they occur more than once")


def test_series_that_are_too_short_are_a_problem(give: Give) -> None:
    table = pd.concat([days(60, shop="a"), days(8, shop="b")])
    asked = task(time_column="day", series_columns=["shop"], inputs=["day", "shop"])
    found = [one for one in profile([give("a.csv", table.to_csv(index=False))], asked).problems if one.code == "too-few-rows"]
    assert [one.message for one in found] == [
        "1 of 2 series have fewer than 10 points: too few to forecast 7 steps and to judge them."
    ]
    assert found[0].evidence == "b: 8 points"
