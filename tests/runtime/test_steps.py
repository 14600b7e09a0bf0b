"""Ordinals of time: every frequency's steps differ by one and come back as the times that pandas gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tools.runtime.steps import MONTHS, WEEKDAYS, moments, ordinals

EVERY = ["s", "min", "h", "D", "B", "MS", "ME", *(f"W-{day}" for day in WEEKDAYS)]
EVERY += [f"{name}-{month}" for name in ("QS", "QE", "YS", "YE") for month in MONTHS]


@pytest.mark.parametrize("frequency", EVERY)
def test_neighbours_differ_by_one_and_come_back(frequency: str) -> None:
    times = pd.date_range("1955-03-03", periods=120, freq=frequency).to_numpy()
    found = ordinals(times, frequency)
    assert set(np.diff(found)) == {1}
    assert (moments(found, frequency) == times).all()


def test_counted_time_is_its_own_ordinal() -> None:
    assert ordinals(np.array([3, 5]), None).tolist() == [3, 5]
    assert moments(np.array([3, 5]), None).tolist() == [3, 5]


def test_times_belong_to_the_nearest_step_or_to_the_one_they_fall_into() -> None:
    times = np.array(["2024-01-01T07:59", "2024-01-01T08:01"], dtype="datetime64[ns]")
    assert len(set(ordinals(times, "h"))) == 1  # a minute early and a minute late are both 8 o'clock
    assert np.diff(ordinals(times, "h", None)).tolist() == [1]  # gathered: the hour that each falls into
    late = np.array(["2024-01-01T08:30", "2024-01-02T08:30"], dtype="datetime64[ns]")
    assert moments(ordinals(late, "D", 8.5 * 3600), "D").astype(str).tolist() == [
        "2024-01-01T00:00:00.000000000",
        "2024-01-02T00:00:00.000000000",
    ]


def test_weeks_with_a_holiday_keep_their_anchor() -> None:
    mondays_but_one = np.array(["2024-04-22", "2024-04-30", "2024-05-06"], dtype="datetime64[ns]")
    assert np.diff(ordinals(mondays_but_one, "W-MON")).tolist() == [1, 1]


def test_a_weekend_is_gathered_to_its_friday() -> None:
    days = np.array(["2024-01-05", "2024-01-06", "2024-01-08"], dtype="datetime64[ns]")
    assert np.diff(ordinals(days, "B")).tolist() == [0, 1]


def test_an_unknown_frequency_is_named() -> None:
    with pytest.raises(ValueError, match="Expected a frequency such as h, D, B") as problem:
        ordinals(np.array(["2024-01-01"], dtype="datetime64[ns]"), "fortnight")
    assert "Found 'fortnight'" in str(problem.value)
