"""`try_prototype` of a model that forecasts: a named series of the attached data, so many steps ahead."""

from __future__ import annotations

from typing import Any

import forecast_runs
import pytest

from tools.actions.forecasting import asked_for
from tools.actions.trying import try_prototype
from tools.core.errors import BrainMayRetry
from tools.workspace import Workspace


@pytest.fixture
def workspace(opened: Any) -> Workspace:
    found: Workspace = opened("shops").state().workspace
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", (None, None)),
        ("north", ("north", None)),
        ("north 14", ("north", 14)),
        ("north, 14", ("north", 14)),
        ("14", (None, 14)),
        ("shop 7 / milk", ("shop 7 / milk", None)),
        ("shop 7 / milk 3", ("shop 7 / milk", 3)),
    ],
)
def test_words_name_a_series_and_steps(text: str, wanted: tuple[str | None, int | None]) -> None:
    assert asked_for(text) == wanted


def test_a_named_series_is_carried_on_from_the_end_of_the_data(workspace: Workspace) -> None:
    answer = try_prototype(workspace, "South 2")
    assert answer["row"] == {"series": "south", "steps": 2}
    told = [(row["day"], row["prediction"]) for row in answer["answer"]["forecast"]]
    assert told == [("2024-03-25", forecast_runs.value(77, 1)), ("2024-03-26", forecast_runs.value(78, 1))]
    again = try_prototype(workspace, row={"series": "south", "horizon": 2})
    assert again["answer"] == answer["answer"]


def test_the_first_series_and_the_planned_horizon_where_nothing_is_said(workspace: Workspace) -> None:
    answer = try_prototype(workspace)
    assert (answer["row"], len(answer["answer"]["forecast"])) == ({"series": "north", "steps": 7}, 7)


def test_a_series_that_is_not_there_is_named_with_those_that_are(workspace: Workspace) -> None:
    with pytest.raises(BrainMayRetry) as problem:
        try_prototype(workspace, "harbour")
    assert str(problem.value).startswith("Expected a series of the data (north, south, west). Found 'harbour'.")


def test_steps_beyond_reason_are_refused(workspace: Workspace) -> None:
    with pytest.raises(BrainMayRetry, match=r"Expected 1 to 10,000 steps ahead\. Found 10,001\."):
        try_prototype(workspace, "north 10001")


def test_in_the_chat_it_is_a_line_a_step(opened: Any) -> None:
    reply = opened("shops").send("/try west 2").reply
    name, *lines = reply.splitlines()
    assert name == "west:"
    assert [line.split(":")[0] for line in lines] == ["- 2024-03-25", "- 2024-03-26"]
    assert "–" in lines[0]
