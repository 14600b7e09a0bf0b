"""A model that forecasts: raw rows in, a row a series and step out; what a predictor gives is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.approaches.base import LEVELS
from tools.core.data import SeriesForm
from tools.runtime.model import Model

FORM = SeriesForm(
    time_column="day", series_columns=["shop"], target="sales", frequency="D", horizon=2, formats={"shop": {"type": "text"}}
)
ROWS = [
    {"shop": shop, "day": f"2024-01-0{day}", "sales": str(day + place)}
    for place, shop in enumerate(("north", "south"))
    for day in range(1, 6)
]


class Last:
    """Says the last value, and quantiles that fall, which the model must put in order."""

    problems = None

    def predict(self, rows: Any) -> Any:
        raise AssertionError("a forecaster answers no rows")

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        last = history.groupby("series")["target"].last()
        points = future["series"].map(last).to_numpy(dtype=float)
        falling = np.linspace(1, -1, len(LEVELS))
        return np.column_stack([points, points[:, None] + falling[None, :]])


class Broken(Last):
    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        found = super().forecast(history, future)
        found[0] = np.nan
        return found


def model(predictor: Any, **form: Any) -> Model:
    manifest = {
        "format": "forecast-naive",
        "kind": "forecasting",
        "inputs": [{"name": "day", "role": "date"}, {"name": "shop", "role": "category"}],
        "target": "sales",
        "series": FORM.model_copy(update=form).model_dump(mode="json"),
        "levels": list(LEVELS),
    }
    return Model(Path(), manifest, predictor)


def test_a_row_a_series_and_step_under_the_own_columns_from_the_last_value_on() -> None:
    found = model(Last()).forecast(ROWS)
    assert [(row["shop"], row["day"], row["prediction"]) for row in found] == [
        ("north", "2024-01-06", 5.0),
        ("north", "2024-01-07", 5.0),
        ("south", "2024-01-06", 6.0),
        ("south", "2024-01-07", 6.0),
    ]
    assert found[0]["low"] == pytest.approx(4.0)
    assert found[0]["high"] == pytest.approx(6.0)


def test_any_horizon_and_series_that_were_never_seen() -> None:
    rows = [{"shop": "west", "day": "2030-03-30", "sales": 7}, {"shop": "west", "day": "2030-03-31", "sales": 8}]
    found = model(Last()).forecast(rows, horizon=3)
    assert [row["day"] for row in found] == ["2030-04-01", "2030-04-02", "2030-04-03"]
    assert {row["prediction"] for row in found} == {8.0}


@pytest.mark.parametrize("horizon", [0, -1, 100_001])
def test_a_horizon_beyond_reason_is_refused(horizon: int) -> None:
    with pytest.raises(ValueError, match=r"^Expected a horizon of 1 to 100,000 steps\. Found -?[\d,]+\. Name how far"):
        model(Last()).forecast(ROWS, horizon=horizon)


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected finite forecasts of shape \(4, 12\)\. Found shape \(4, 12\), 1 rows"):
        model(Broken()).forecast(ROWS)


def test_rows_are_not_answered_by_a_forecaster_nor_series_by_a_model_of_rows() -> None:
    with pytest.raises(ValueError, match=r"Found a model that forecasts\. Call its forecast\(history\)\."):
        model(Last()).predict(ROWS)
    of_rows = Model(Path(), {"kind": "tabular-regression", "inputs": []}, Last())
    with pytest.raises(ValueError, match=r"Found one that answers rows\. Call its predict\(rows\)\."):
        of_rows.forecast(ROWS)
