"""The report of a forecast: which series are shown, the error by steps, the worst series, pictures with words beside them."""

from __future__ import annotations

import json
from pathlib import Path

import forecast_runs
import pytest

from tools.jobs.run import Run
from tools.report.closeup import closeup
from tools.report.forecast_facts import forecast_facts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Run:
    place = tmp_path_factory.mktemp("forecast-report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_HOME", str(place / "home"))
        shops = [*forecast_runs.SHOPS, "<b>east</b>"]
        return forecast_runs.built(
            place / "run", forecast_runs.write_shops(place / "shops.csv", shops=shops), ["last-value", "seasonal-naive"]
        )


@pytest.fixture(autouse=True)
def home_of_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_HOME", str(run.folder.parent / "home"))


def test_the_middle_the_best_and_the_worst_series_are_shown_and_the_worst_come_first_in_the_list(run: Run) -> None:
    found = forecast_facts(run, "seasonal-naive", "test")
    assert found is not None
    assert [shown.which for shown in found.shown] == ["the middle one", "the best", "the worst"]
    errors = [row.error for row in found.worst]
    assert errors == sorted(errors, reverse=True)
    assert len(errors) == 4
    assert found.shown[1].row.error == errors[-1]
    assert found.shown[2].row.error == errors[0]
    assert found.words == "the last 7 days of 4 series"


def test_a_shown_series_has_its_history_before_its_truth(run: Run) -> None:
    found = forecast_facts(run, "seasonal-naive", "test")
    assert found is not None
    shown = found.shown[0]
    assert len(shown.times) == len(shown.values) == len(shown.truth) == len(shown.low) == 7
    assert shown.past_times[-1] < shown.times[0]
    assert len(shown.past) == 24
    assert shown.times[0] == "2024-03-18T00:00:00"


def test_steps_are_averaged_over_the_series(run: Run) -> None:
    found = forecast_facts(run, "seasonal-naive", "test")
    assert found is not None
    assert [(row.first, row.last, row.rows) for row in found.steps] == [(step, step, 4) for step in range(1, 8)]
    mean = sum(row.off for row in found.steps) / 7
    assert mean == pytest.approx(sum(row.off for row in found.worst) / 4)


def test_the_page_says_it_and_draws_it_and_nothing_of_the_data_is_markup(run: Run) -> None:
    page = (run.folder / "report" / "report.html").read_text(encoding="utf-8")
    assert "Forecasting “sales”, 7 days ahead" in page
    assert "Judged on the last 7 days of 4 series, which no candidate saw before." in page
    assert "Grey is the history, black the truth after it, blue the forecast." in page
    assert "The series it forecasts worst" in page
    assert "on the last 7 days of 4 series, which no candidate saw before" in page
    assert "<b>east</b>" not in page
    assert page.count('<svg viewBox="') == 4
    pictures = {path.name for path in (run.folder / "report").glob("*.png")}
    assert pictures == {"leaderboard.png", "forecast-1.png", "forecast-2.png", "forecast-3.png", "steps.png"}


def test_the_numbers_are_there_for_programs(run: Run) -> None:
    told = json.loads((run.folder / "report" / "metrics.json").read_text(encoding="utf-8"))["chosen_in_detail"]
    assert (told["part"], told["rows"], told["count"]) == ("test", 28, 4)
    assert len(told["steps"]) == 7


def test_a_closer_look_holds_the_same(run: Run) -> None:
    result = run.result("last-value")
    assert result is not None
    found = closeup(run, result)
    assert found is not None
    assert found.forecasts is not None
    assert (found.rows, found.part, found.forecasts.count) == (28, "test", 4)
