"""The frequency of made-up times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tools.data.rhythm import rhythm_of
from tools.runtime.steps import moments, ordinals


def found(times: pd.DatetimeIndex, wanted: str | None = None) -> tuple[str | None, int, float | None]:
    rhythm = rhythm_of(np.zeros(len(times), dtype=int), times.to_numpy(), wanted)
    return rhythm.frequency, rhythm.step, rhythm.offset


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("min", ("min", 1, 0.0)), ("15min", ("min", 15, 0.0)), ("h", ("h", 1, 0.0)), ("6h", ("h", 6, 0.0)),
        ("D", ("D", 1, 0.0)),
        ("2D", ("D", 2, 0.0)), ("B", ("B", 1, 0.0)), ("W-MON", ("W-MON", 1, 0.0)), ("W-SUN", ("W-SUN", 1, 0.0)),
        ("2W-THU", ("W-THU", 2, 0.0)), ("MS", ("MS", 1, 0.0)), ("ME", ("ME", 1, 0.0)), ("2MS", ("MS", 2, 0.0)),
        ("QS-FEB", ("QS-FEB", 1, 0.0)), ("QE-DEC", ("QE-DEC", 1, 0.0)), ("YS-JAN", ("YS-JAN", 1, 0.0)),
        ("YE-JUN", ("YE-JUN", 1, 0.0)),
    ],
)  # fmt: skip
def test_regular_times(frequency: str, expected: tuple[str, int, float]) -> None:
    assert found(pd.date_range("2015-01-01", periods=60, freq=frequency)) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (28, ("W-THU", 4, 0.0)), (30, ("D", 30, 0.0)), (31, ("D", 31, 0.0)), (84, ("W-THU", 12, 0.0)),
        (364, ("W-THU", 52, 0.0)),
    ],
)  # fmt: skip
def test_days_that_are_equally_far_apart_are_no_months_or_years(days: int, expected: tuple[str, int, float]) -> None:
    times = pd.date_range("2015-01-01", periods=60, freq=f"{days}D")
    assert found(times) == expected
    assert found(times.delete([7, 8, 30, 44])) == expected


def test_a_few_months_and_years_are_such_although_equally_long() -> None:
    assert found(pd.date_range("2023-12-01", periods=3, freq="MS")) == ("MS", 1, 0.0)
    assert found(pd.date_range("1960-01-01", periods=12, freq="4YS")) == ("YS-JAN", 4, 0.0)
    assert found(pd.date_range("2021-01-01", periods=4, freq="YS")) == ("YS-JAN", 1, 0.0)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", ("ME", 1, 22 * 3600.0)),
        ("Europe/London", ("ME", 1, 23 * 3600.0)),
        ("America/New_York", ("MS", 1, 4 * 3600.0)),
    ],
)
def test_starts_of_months_of_a_place_that_are_written_as_utc_are_months(zone: str, expected: tuple[str, int, float]) -> None:
    for start in ("2015-01-01", "2015-11-01"):
        times = pd.date_range(start, periods=60, freq="MS", tz=zone).tz_convert("UTC").tz_localize(None)
        assert found(times) == expected
        steps = ordinals(times.to_numpy(), expected[0], expected[2])
        assert (np.diff(steps) == 1).all()
        written: np.ndarray = moments(steps, expected[0]) + np.timedelta64(int(expected[2]), "s")
        assert (np.abs(written - times.to_numpy()) <= np.timedelta64(1, "h")).all()


def test_days_of_a_place_that_are_written_as_utc_are_days_and_hours_are_hours() -> None:
    times = pd.date_range("2024-01-01", periods=300, freq="D", tz="Europe/London").tz_convert("UTC").tz_localize(None)
    assert found(times) == ("D", 1, 23 * 3600.0)
    two = pd.date_range("2024-01-01 08:00", periods=50, freq="D").repeat(2) + pd.to_timedelta(np.tile([0, 1], 50), "h")
    assert found(two)[0] == "h"


def test_gaps_and_holidays_change_nothing() -> None:
    days = pd.bdate_range("2020-01-01", periods=300)
    assert found(days.delete([40, 41, 90, 150])) == ("B", 1, 0.0)
    hours = pd.date_range("2024-01-01", periods=400, freq="h")
    assert found(hours.delete(range(50, 120, 3))) == ("h", 1, 0.0)


def test_where_in_a_step_the_times_lie() -> None:
    assert found(pd.date_range("2024-01-01 08:30", periods=50, freq="D")) == ("D", 1, 30600.0)
    assert found(pd.date_range("2024-01-15", periods=24, freq="MS") + pd.Timedelta(days=14)) == ("MS", 1, 14 * 86400.0)


def test_times_that_waver_are_regular() -> None:
    wavering = pd.date_range("2024-01-01", periods=300, freq="10min") + pd.to_timedelta(
        np.random.default_rng(0).integers(-20, 20, 300), unit="s"
    )
    frequency, step, offset = found(wavering)
    assert (frequency, step) == ("min", 10)
    assert offset == 0.0  # each belongs to the nearest minute, and not to the one that it falls into


def test_times_without_rule_are_gathered() -> None:
    seconds = np.sort(np.random.default_rng(0).uniform(0, 30 * 86400, 2000))
    times = pd.DatetimeIndex(pd.to_datetime("2024-01-01") + pd.to_timedelta(seconds, unit="s"))
    assert found(times) == ("h", 1, None)
    assert found(times, "D") == ("D", 1, None)


def test_a_longer_frequency_that_was_said_gathers_and_a_shorter_one_does_not() -> None:
    hours = pd.date_range("2024-01-01", periods=200, freq="h")
    assert found(hours, "D") == ("D", 1, None)
    assert found(hours, "15min") == ("h", 1, 0.0)
    assert found(pd.date_range("2015-01-01", periods=60, freq="MS"), "MS") == ("MS", 1, 0.0)


def test_counted_times_have_a_step_and_no_frequency() -> None:
    rhythm = rhythm_of(np.repeat([0, 1], 10), np.tile(np.arange(5, 55, 5), 2))
    assert (rhythm.frequency, rhythm.step, rhythm.alias) == (None, 5, None)
