"""What a conversation works on: preferences that add up, profiles that do not pile up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import workspace as workspaces
from tools.core.data import DataProfile
from tools.core.task import TaskSpec
from tools.data.attaching import attach
from tools.workspace import PROFILES_KEPT, Preferences, Workspace


def test_later_preferences_win_and_earlier_ones_hold_on() -> None:
    first = Preferences(minutes=5, dollars=2, exclude=["automl"], priority="quality")
    later = first.changed_by(Preferences(dollars=0, approaches=["automl"]))
    assert later == Preferences(minutes=5, dollars=0, approaches=["automl"], exclude=[], priority="quality")


def test_only_the_latest_profiles_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 9)
    made: list[str] = []

    def profile(ids: list[str], task: TaskSpec | None) -> DataProfile:
        made.append(task.words if task else "")
        return DataProfile()

    monkeypatch.setattr("tools.data.profiling.profile", profile)
    workspaces._profiled.cache_clear()
    work = Workspace(key="k", attachments=[attach(path)])
    for number in range(2 * PROFILES_KEPT):
        work.profile(TaskSpec(words=str(number)))
    work.profile(TaskSpec(words=str(2 * PROFILES_KEPT - 1)))
    assert made == [str(number) for number in range(2 * PROFILES_KEPT)], "the latest is not made again"
    assert workspaces._profiled.cache_info().currsize == PROFILES_KEPT
    workspaces._profiled.cache_clear()
