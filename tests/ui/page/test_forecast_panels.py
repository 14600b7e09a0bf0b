"""Cards of a run that forecasts: series beside the truth, the worst ones, trying with the own data and with a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import forecast_runs
import pytest

from tools.actions.forecasting import Forecast
from ui.page import forecast_charts, trying_forecasts


def press(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name).click().run()


def test_the_result_shows_series_beside_the_truth_and_the_worst_ones(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("results", opened("shops"))
    assert not page.exception
    text = shown(page)
    assert "Judged on the last 7 days of 3 series." in text
    for which in ("the middle one", "the best", "the worst"):
        assert f", {which}</h3>" in text
    assert "The series that it forecasts worst." in text
    assert text.count('<div class="ft-pair">') == 3
    assert len(page.get("vega_lite_chart")) >= 4  # three series and the steps


def test_a_series_of_the_own_data_is_carried_on(opened: Any, panel: Any, shown: Any) -> None:
    page = panel("trying", opened("shops"))
    assert not page.exception
    assert next(one for one in page.number_input if one.label == "Days ahead").value == 7
    next(one for one in page.selectbox if one.label == "Series").set_value("south")
    next(one for one in page.number_input if one.label == "Days ahead").set_value(2)
    page = press(page, "Forecast")
    assert not page.exception
    said = [forecast_runs.value(day, 1) for day in (77, 78)]
    text = shown(page)
    assert f"south. 2024-03-25: {said[0]:.3g}, likely between" in text
    assert f"; 2024-03-26: {said[1]:.3g}, likely between" in text
    assert "Download 2 rows" in [one.label for one in page.get("download_button")]


def test_a_history_in_a_file_is_carried_on_as_the_prototype_does(opened: Any, tmp_path: Path) -> None:
    session = opened("shops")
    newer = forecast_runs.write_shops(tmp_path / "newer.csv", days=30, shops=["harbour", "north"])
    found = session.try_history(newer, tmp_path / "out.csv", 2)
    assert [one.series for one in found] == ["harbour", "north"]
    assert [one.values for one in found] == [[forecast_runs.value(day, place) for day in (23, 24)] for place in (0, 1)]
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "shop,day,prediction,low,high"
    assert len(lines) == 5


@pytest.mark.parametrize("counted", [False, True])
def test_a_chart_joins_the_forecast_to_the_history_and_shades_the_interval(counted: bool) -> None:
    times = ["3", "4"] if counted else ["2024-01-03T00:00:00", "2024-01-04T00:00:00"]
    past = (["1", "2"] if counted else ["2024-01-01T00:00:00", "2024-01-02T00:00:00"], [1.0, 2.0])
    spec = forecast_charts.carried_on(past, times, [3.0, 4.0], ([2.5, 3.0], [3.5, 5.0]), "sales", counted=counted)
    band, history, truth, ahead = spec["layer"]
    assert band["mark"]["type"] == "area"
    assert [row["value"] for row in history["data"]["values"]] == [1.0, 2.0]
    assert truth["data"]["values"] == []
    assert [row["value"] for row in ahead["data"]["values"]] == [2.0, 3.0, 4.0]
    assert band["encoding"]["x"]["type"] == ("quantitative" if counted else "temporal")


def test_a_chart_without_intervals_has_no_band_and_shows_the_truth() -> None:
    spec = forecast_charts.carried_on((["1"], [1.0]), ["2"], [3.0], ([], []), "sales", counted=True, truth=[2.5])
    history, truth, ahead = spec["layer"]
    assert [row["value"] for row in truth["data"]["values"]] == [1.0, 2.5]
    assert [row["value"] for row in ahead["data"]["values"]] == [3.0]
    assert history["encoding"]["color"]["scale"]["domain"] == ["history", "truth", "forecast"]


def test_a_forecast_in_words_and_as_a_file() -> None:
    rows = [{"day": "2024-01-03", "prediction": 3.0, "low": 2.0, "high": 4.0}]
    found = Forecast("", [], [], ["2024-01-03T00:00:00"], [3.0], [2.0], [4.0], rows, False)
    assert trying_forecasts.told(found) == "2024-01-03: 3.00, likely between 2.00 and 4.00."
    assert trying_forecasts.as_csv(rows) == "day,prediction,low,high\n2024-01-03,3.0,2.0,4.0\n"
