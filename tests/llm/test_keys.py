"""Keys: held in memory, else from the environment, and never passed on by it."""

from __future__ import annotations

import threading

import pytest

from tools.core.language_model import LanguageModel
from tools.llm.keys import held, keys_for, without_secrets

REMOTE = LanguageModel(kind="openai", name="m", base_url="https://api.openai.com/v1", remote=True)
LOCAL = LanguageModel(kind="llamacpp", name="m.gguf", path="/m.gguf")


def test_held_ones_come_before_the_environment_s_and_go_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of the environment")
    with held({"OPENAI_API_KEY": " typed "}):
        assert keys_for(REMOTE) == {"OPENAI_API_KEY": "typed"}
        with held({"OPENAI_API_KEY": ""}):  # an empty field of a form is no key
            assert keys_for(REMOTE) == {"OPENAI_API_KEY": "typed"}
    assert keys_for(REMOTE) == {"OPENAI_API_KEY": "of the environment"}


def test_they_are_held_for_the_thread_that_holds_them() -> None:
    seen: list[dict[str, str]] = []
    with held({"OPENAI_API_KEY": "mine"}):
        thread = threading.Thread(target=lambda: seen.append(keys_for(REMOTE)))
        thread.start()
        thread.join()
    assert all("mine" not in found.values() for found in seen)


def test_a_file_and_no_model_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert (keys_for(LOCAL), keys_for(None)) == ({}, {})
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    assert keys_for(REMOTE) == {}


def test_children_do_not_inherit_them() -> None:
    environment = {"OPENAI_API_KEY": "k", "HF_TOKEN": "t", "PATH": "/bin", "FASTTRACK_BASE_URL": "http://localhost/v1"}
    assert without_secrets(environment) == {"PATH": "/bin", "FASTTRACK_BASE_URL": "http://localhost/v1"}
