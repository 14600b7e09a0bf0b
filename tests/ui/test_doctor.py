"""The doctor: each brain is tried within seconds, with the remedy where it does not work; nothing is fetched without a yes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Said

from tools.llm import checking, recommended
from ui import doctor
from ui.cli import run

Examined = Callable[..., dict[str, Any]]


@pytest.fixture
def examined(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Examined:
    """The checks by name; only those of brains, the others are tested with the terminal's contract."""
    monkeypatch.setattr(doctor, "CHECKS", {})
    for name in ("OPENAI_API_KEY", "FASTTRACK_MODEL", "FASTTRACK_BASE_URL", "OPENAI_BASE_URL", "FASTTRACK_PRICES"):
        monkeypatch.delenv(name, raising=False)

    def examine(*arguments: str) -> dict[str, Any]:
        assert run(["doctor", *arguments, "--json"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1
        return {check["name"]: check for check in json.loads(lines[0])["checks"]}

    return examine


@pytest.fixture
def server(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with ChatServer(None, seconds=0.0, models=["gpt-x", "gpt-y"]) as server:
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        yield server


def test_without_any_brain_it_says_how_to_set_one_up(examined: Examined) -> None:
    checks = examined()
    assert list(checks) == ["brain builtin", "brain openai", "brain llamacpp"]
    assert [check["ok"] for check in checks.values()] == [True, None, None]
    assert "FASTTRACK_MODEL=openai:MODEL" in checks["brain openai"]["remedy"]
    assert checks["brain llamacpp"]["found"].endswith(
        "recommended: qwen2.5-1.5b-instruct-q4_k_m.gguf of Qwen/Qwen2.5-1.5B-Instruct-GGUF (1,100 MB, licence Apache-2.0)"
    )
    assert "`fasttrack doctor --fetch` fetches it after your yes" in checks["brain llamacpp"]["remedy"]


def test_an_endpoint_that_works_is_said_with_its_price(
    examined: Examined, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:gpt-x")
    check = examined()["brain openai"]
    assert check["ok"] is True
    assert check["found"].startswith(f"openai:gpt-x at {server.url}: answers in ")
    assert check["found"].endswith("; it costs nothing")
    monkeypatch.setenv("FASTTRACK_PRICES", "gpt-x=2/10")
    asked = len(server.requests)
    priced = examined("--brain", "openai:gpt-x")["brain openai"]["found"]
    assert priced.endswith("; $2 for a million tokens in, $10 for a million out")
    assert len(server.requests) == asked, "a question could cost money"


def test_an_endpoint_that_does_not_work_is_said_with_the_remedy(examined: Examined, server: ChatServer) -> None:
    unlisted = examined("--brain", "openai:gpt-z")["brain openai"]
    assert unlisted["ok"] is False
    assert "no model called gpt-z; there is gpt-" in unlisted["found"]
    server.models = Said(status=401)
    refused = examined("--brain", "openai:gpt-x")["brain openai"]
    assert refused["ok"] is False
    assert refused["remedy"]


def test_nobody_there_is_said_within_seconds(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTTRACK_BASE_URL", "http://127.0.0.1:9/v1")
    check = examined("--brain", "openai:gpt-x")["brain openai"]
    assert check["ok"] is False
    assert "no connection to http://127.0.0.1:9/v1" in check["found"]
    assert check["remedy"] == "Start the server, or check the address in FASTTRACK_BASE_URL."


def test_a_missing_gguf_is_said(examined: Examined) -> None:
    check = examined("--brain", "llamacpp:nowhere.gguf")["brain llamacpp"]
    assert (check["ok"], check["found"]) == (False, "no file at nowhere.gguf")


def test_an_unknown_price_is_said(examined: Examined, server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._tried

    def unpriced(brain: str) -> doctor.Check:
        from tools.llm import naming

        model = naming.language_model(brain)
        monkeypatch.setattr(naming, "language_model", lambda _: model.model_copy(update={"input_price": None}))
        return real(brain)

    monkeypatch.setattr(doctor, "_tried", unpriced)
    assert "give it as FASTTRACK_PRICES=gpt-x=IN/OUT" in examined("--brain", "openai:gpt-x")["brain openai"]["found"]


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[recommended.Recommended]:
    """What would be downloaded; nothing is."""
    asked: list[recommended.Recommended] = []

    def fetch(model: recommended.Recommended) -> Path:
        asked.append(model)
        return tmp_path / model.file

    monkeypatch.setattr(checking, "fetch", fetch)
    return asked


def test_nothing_is_fetched_without_a_yes(
    fetched: list[recommended.Recommended], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["doctor", "--fetch", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "needs-yes"
    monkeypatch.setattr("builtins.input", lambda prompt="": "no")
    assert run(["doctor", "--fetch"]) == 2
    assert "1,100 MB, licence Apache-2.0" in capsys.readouterr().err
    assert fetched == []


def test_after_a_yes_it_is_fetched_and_named(
    fetched: list[recommended.Recommended], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt="": "yes")
    assert run(["doctor", "--fetch"]) == 0
    assert fetched == [recommended.RECOMMENDED]
    assert "--brain llamacpp:" in capsys.readouterr().out
    assert run(["doctor", "--fetch", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["brain"].endswith(recommended.RECOMMENDED.file)
