"""Settings of a person: saved without secrets, overruled by the environment, never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import settings
from tools.settings import Settings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in settings.VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


def test_what_is_saved_is_loaded(own_home: Path) -> None:
    wanted = Settings(brain="openai:gpt-x", offline=True, minutes=5, dollars=0.5)
    settings.save(wanted)
    assert settings.load() == wanted
    assert (own_home / "settings.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in own_home.iterdir()] == ["settings.json"]


def test_without_a_file_the_defaults_hold() -> None:
    assert settings.load() == Settings(brain="auto", offline=False, minutes=None, dollars=None, problem=None)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "text that is not JSON"),
        ("[]", "a value: input should be a valid dictionary or instance of Settings"),
        ('{"minutes": -1}', "minutes: input should be greater than 0"),
        ('{"api_key": "sk-1"}', "api_key: extra inputs are not permitted"),
        ("\xff\xfe", "text that is not JSON"),
    ],
)
def test_a_broken_file_is_told_and_the_defaults_hold(own_home: Path, content: str, found: str) -> None:
    path = own_home / "settings.json"
    path.write_bytes(content.encode("latin-1"))
    loaded = settings.load()
    assert loaded.problem == f"Expected settings in {path}. Found {found}. The defaults hold; mend the file, or delete it."
    assert loaded.model_dump() == Settings().model_dump()


def test_a_problem_is_not_saved(own_home: Path) -> None:
    settings.save(Settings(problem="something"))
    assert "problem" not in json.loads((own_home / "settings.json").read_text())


def test_variables_win_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.save(Settings(brain="builtin", offline=True, minutes=5, dollars=1))
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:other")
    monkeypatch.setenv("FASTTRACK_OFFLINE", "0")
    monkeypatch.setenv("FASTTRACK_MINUTES", "2.5")
    monkeypatch.setenv("FASTTRACK_DOLLARS", "0")
    assert settings.load() == Settings(brain="openai:other", offline=False, minutes=2.5, dollars=0)


def test_a_variable_that_makes_no_sense_is_left_aside_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_MINUTES", "soon")
    loaded = settings.load()
    assert loaded.minutes is None
    assert loaded.problem == (
        "Expected more than 0 minutes in FASTTRACK_MINUTES. Found 'soon'. It is left aside; mend or unset it."
    )
