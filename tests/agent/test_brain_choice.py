"""Which brain speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import brains
from tools.core.errors import TaskError


def test_auto_without_a_model_is_the_built_in_brain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTTRACK_MODEL", raising=False)
    assert brains.resolve("auto").name == "builtin"


def test_auto_takes_the_model_that_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:small")
    monkeypatch.setenv("FASTTRACK_BASE_URL", "http://127.0.0.1:9/v1")
    choice = brains.resolve("auto")
    assert (choice.name, choice.remote, choice.why) == ("openai:small", False, "FASTTRACK_MODEL names it")


def test_auto_says_why_a_model_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTTRACK_MODEL", f"llamacpp:{tmp_path / 'none.gguf'}")
    choice = brains.resolve("auto")
    assert (choice.name, choice.ready) == ("builtin", False)
    assert choice.why.startswith(f"FASTTRACK_MODEL names llamacpp:{tmp_path / 'none.gguf'}, which is not ready: ")


def test_a_remote_endpoint_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_OFFLINE", "0")
    monkeypatch.setenv("FASTTRACK_BASE_URL", "https://models.example.com/v1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(TaskError, match=r"Expected a key for https://models\.example\.com/v1\. Found none in OPENAI_API_KEY\."):
        brains.resolve("openai:big")


def test_offline_means_no_remote_brain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_OFFLINE", "1")
    monkeypatch.setenv("FASTTRACK_BASE_URL", "https://models.example.com/v1")
    with pytest.raises(TaskError, match="Expected a brain on this machine, because of --offline"):
        brains.resolve("openai:big")


@pytest.mark.parametrize("name", ["openai:", "gpt-5", "llamacpp:  ", ""])
def test_an_unknown_brain_is_refused(name: str) -> None:
    with pytest.raises(TaskError, match="Expected a brain"):
        brains.resolve(name)
