"""A prompt with a missing or an extra variable never reaches a reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import prompts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prompts, "FOLDER", tmp_path)
    prompts.text.cache_clear()
    (tmp_path / "greeting.md").write_text("Hello {{ name }}, you have {{count}} rows.", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_variables_are_filled_in_once() -> None:
    assert prompts.render("greeting", name="{{ count }}", count=3) == "Hello {{ count }}, you have 3 rows."


@pytest.mark.usefixtures("folder")
def test_a_missing_and_an_extra_variable_are_both_named() -> None:
    with pytest.raises(KeyError, match=re.escape("prompt 'greeting': missing ['count'], extra ['rows']")):
        prompts.render("greeting", name="Ada", rows=3)


@pytest.mark.usefixtures("folder")
def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        prompts.render("no-such-prompt")
