"""What trees see of a series: lags in units of its usual change, the calendar, covariates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.runtime import forecast_lags
from tools.runtime.forecast_trees import looks_ahead

WEEKS = np.arange(70, dtype=float) + np.tile([0, 1, 2, 3, 4, 50, 60], 10)


def test_the_base_is_the_last_value_of_the_same_phase() -> None:
    steps = np.array([1, 6, 7, 8, 14])
    seen = forecast_lags.look(WEEKS, np.full(5, 69), steps, [7])
    assert seen.base.tolist() == [WEEKS[63], WEEKS[68], WEEKS[69], WEEKS[63], WEEKS[69]]
    assert seen.unit.tolist() == [7.0] * 5, "from week to week it changes by seven"
    assert seen.features[:, 0].tolist() == [1, 6, 7, 8, 14]


def test_series_of_another_size_look_the_same() -> None:
    places, steps = np.arange(20, 60), np.tile([1, 5, 9, 12], 10)
    seen = forecast_lags.look(WEEKS, places, steps, [7])
    larger = forecast_lags.look(WEEKS * 1000 + 5, places, steps, [7])
    assert np.allclose(seen.features, larger.features, equal_nan=True)
    assert larger.base == pytest.approx(seen.base * 1000 + 5)
    assert larger.unit == pytest.approx(seen.unit * 1000)


def test_nothing_after_the_origin_is_seen() -> None:
    places = np.array([30, 40])
    changed = np.where(np.arange(70) > 40, -1e9, WEEKS)
    seen, blind = (forecast_lags.look(known, places, np.array([3, 3]), [7]) for known in (WEEKS, changed))
    assert np.array_equal(seen.features, blind.features, equal_nan=True)
    assert np.array_equal(seen.base, blind.base)


def test_flat_and_very_short_series_have_a_unit() -> None:
    for known in (np.zeros(30), np.full(30, 5.0), np.array([3.0]), np.array([1.0, 2.0])):
        seen = forecast_lags.look(known, np.array([len(known) - 1]), np.array([1]), [7])
        assert np.isfinite(seen.base).all()
        assert (seen.unit > 0).all()


def test_the_calendar_of_dates_and_of_counted_time() -> None:
    times = pd.DatetimeIndex(["2024-02-29 13:30", "2024-03-01 00:00"]).to_numpy()
    parts = forecast_lags.calendar(times, ["hour", "weekday", "day", "month"])
    assert parts.tolist() == [[13.5, 3, 29, 2], [0, 4, 1, 3]]
    assert forecast_lags.calendar(np.array([25, 49]), [24, 7]).tolist() == [[1, 4], [1, 0]]


def test_covariates_as_numbers_and_as_places_among_known_texts() -> None:
    table = pd.DataFrame({"price": [1.5, None], "kind": ["sale", "new"]})
    columns: list[dict[str, Any]] = [{"name": "price"}, {"name": "kind", "values": ["none", "sale"]}, {"name": "lost"}]
    found = forecast_lags.covariates(table, columns)
    assert found[0].tolist()[:2] == [1.5, 1.0]
    assert np.isnan(found[1, 0])
    assert found[1, 1] == -1.0
    assert np.isnan(found[:, 2]).all()


def test_series_without_any_known_value_are_left_out() -> None:
    times = pd.date_range("2024-01-01", periods=3)
    history = pd.DataFrame({"series": ["a"] * 3 + ["b"] * 3, "time": [*times, *times], "target": [1.0, 2, 3] + [np.nan] * 3})
    future = pd.DataFrame({"series": ["a", "b"], "time": pd.to_datetime(["2024-01-04", "2024-01-04"])})
    seen, where = looks_ahead({"a": np.array([1.0, 2, 3])}, history, future, [], ["day"], [])
    assert where.tolist() == [0]
    assert seen.base.tolist() == [3.0]
    assert seen.features[0, -1] == 4
