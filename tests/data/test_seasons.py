"""What repeats in made-up series."""

from __future__ import annotations

import numpy as np
import pytest

from tools.data.seasons import candidates, seasons_of

RANDOM = np.random.default_rng(3)


def wave(length: int, *periods: int, noise: float = 0.3) -> np.ndarray:
    at = np.arange(length)
    found: np.ndarray = sum(np.sin(2 * np.pi * at / period) for period in periods) + noise * RANDOM.normal(size=length)
    return found


def test_the_calendar_suggests() -> None:
    assert candidates("h", 1) == [24, 168]
    assert candidates("min", 15) == [4, 96, 672]
    assert [candidates(one, 1) for one in ("D", "B", "W-MON", "ME", "QS-JAN", "YS-JAN")] == [
        [7, 365],
        [5, 260],
        [52],
        [12],
        [4],
        [],
    ]


def test_autocorrelation_confirms_or_denies() -> None:
    assert seasons_of([wave(600, 7)], "D", 1) == [7]
    assert seasons_of([RANDOM.normal(size=600)], "D", 1) == []
    assert seasons_of([RANDOM.normal(size=600).cumsum()], "MS", 1) == []


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.3])
def test_the_hour_is_no_season_of_a_curve_of_the_day(noise: float) -> None:
    smooth = wave(28 * 96, 96, noise=noise)
    assert seasons_of([smooth], "min", 15) == [96, 672]
    wandering = np.convolve(RANDOM.normal(size=28 * 96 + 7), 0.6 ** np.arange(8), "valid")  # noise that lasts for an hour
    assert seasons_of([smooth + wandering], "min", 15) == [96, 672]
    assert seasons_of([smooth + 0.5 * wave(28 * 96, 4, noise=0.0)], "min", 15) == [4, 96, 672]


@pytest.mark.parametrize(
    ("period", "length", "frequency"),
    [
        (4, 40, "QS-JAN"), (12, 60, "MS"), (7, 200, "D"), (5, 300, "B"), (52, 160, "W-SUN"), (24, 800, "h"), (168, 1500, "h"),
    ],
)  # fmt: skip
def test_true_seasons_are_found_whatever_the_chance(period: int, length: int, frequency: str) -> None:
    spikes = 2.0 * (np.arange(length) % period == period - 1)
    for _ in range(5):
        assert seasons_of([wave(length, period)], frequency, 1)[0] == period
        assert seasons_of([spikes + 0.3 * RANDOM.normal(size=length)], frequency, 1)[0] == period


def test_where_time_is_counted_autocorrelation_alone_tells() -> None:
    series = [wave(900, 24) + wave(900, 168) + 0.01 * place * np.arange(900) for place in range(5)]
    assert seasons_of(series, None, 1) == [24, 168]
    assert seasons_of([wave(300, 11)], None, 1)[0] == 11


def test_a_frequency_that_was_said_is_tried_on_counted_time() -> None:
    assert seasons_of([wave(400, 12)], None, 1, hint="MS") == [12]


def test_gaps_and_constant_series_do_no_harm() -> None:
    gappy = wave(400, 7)
    gappy[::9] = np.nan
    assert seasons_of([gappy, np.full(400, 3.0), np.full(400, np.nan)], "D", 1) == [7]
    assert seasons_of([np.full(400, 3.0)], "D", 1) == []
