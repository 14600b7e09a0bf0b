"""Statistical forecasts of one series: seasons that are there, and seasons that noise only pretends."""

from __future__ import annotations

import numpy as np
import pytest

from tools.runtime.forecast_members import MEMBERS, forecast

SEASON, HORIZON = 12, 24


def swing(found: np.ndarray) -> float:
    """Standard deviation of the forecast around its own trend."""
    steps = np.arange(len(found))
    return float(np.std(found - np.polyval(np.polyfit(steps, found, 1), steps)))


@pytest.mark.parametrize("member", ["mstl-theta", "mstl-ets"])
def test_a_season_that_only_noise_pretends_is_drawn_in(member: str) -> None:
    """Four years of noise: the mean of each month swings by half of it, which says nothing of next year."""
    swings = [swing(forecast(member, np.random.default_rng(seed).normal(100, 10, 48), [SEASON], HORIZON)) for seed in range(10)]
    assert np.mean(swings) < 2.5


@pytest.mark.parametrize("member", ["mstl-theta", "mstl-ets"])
def test_a_clear_season_is_kept(member: str) -> None:
    known = 100 + 30 * np.sin(2 * np.pi * np.arange(96) / SEASON) + np.random.default_rng(0).normal(0, 2, 96)
    assert swing(forecast(member, known, [SEASON], HORIZON)) == pytest.approx(30 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("season", [2, 3])
def test_seasons_too_short_to_be_drawn_in_are_kept(season: int) -> None:
    known = np.tile(np.arange(season) * 10.0, 20) + np.random.default_rng(0).normal(0, 1, 20 * season)
    found = forecast("mstl-theta", known, [season], season)
    assert found == pytest.approx(np.arange(season) * 10.0, abs=3)


@pytest.mark.parametrize("member", sorted(MEMBERS))
def test_every_member_answers_a_series_that_is_too_short_for_it(member: str) -> None:
    found = forecast(member, np.array([3.0, 4.0]), [SEASON], 3)
    assert found.shape == (3,)
    assert (np.abs(found - 4) <= 4).all()
