"""Random weights as brain and as rung: a plan, an approval, a measured score that is bad, and a prototype of a better rung."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from gguf_server import served

from agent.session import Session
from tools.jobs import runner
from tools.llm import llama_cpp
from tools.overrides import Overrides

pytest.importorskip("llama_cpp", reason="the extra local-llm is not installed")
pytest.importorskip("gguf", reason="gguf is not installed")

PATIENCE = 240.0


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    import tiny_gguf

    return tiny_gguf.write(tmp_path / "tiny.gguf")


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "messages.csv"
    said = {"complaint": ("is broken", "does not work"), "praise": ("was lovely", "was very kind")}
    rows = [
        f"the {thing} in room {number} {what},{kind}"
        for number in range(6)
        for thing in ("lamp", "staff", "window")
        for kind, whats in said.items()
        for what in whats
    ]
    path.write_text("message,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_in_this_process(weights: Path, messages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_cpp, "CONTEXT", 32_768)  # a token is a byte here
    outcome = carry_out(f"llamacpp:{weights}", messages)
    llama_cpp.loaded.cache_clear()
    assert outcome["chosen"] == "tfidf-linear"
    assert bad_but_measured(outcome)


def test_behind_its_own_server(weights: Path, messages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("starlette_context", reason="the server of llama-cpp-python is not installed")
    with served(weights) as url:
        monkeypatch.setenv("FASTTRACK_BASE_URL", url)
        outcome = carry_out("openai:tiny", messages)
    assert outcome["chosen"] == "tfidf-linear"
    assert bad_but_measured(outcome)


def carry_out(brain: str, messages: Path) -> dict[str, Any]:
    """Words, plan, approval, run: what came out, with a prototype and a last word of the session."""
    overrides = Overrides(target="kind", approaches=["baseline", "prompting"], minutes=5, offline=True)
    session = Session.open(brain=brain, overrides=overrides)
    session.attach(messages)
    state = session.send("sort these messages by kind")
    assert state.card is not None
    assert state.run_id is None, "nothing starts unapproved"
    state = session.decide(state.card, approve=True)
    assert state.run_id is not None
    until = time.monotonic() + PATIENCE
    while not runner.status(state.run_id).is_over and time.monotonic() < until:
        time.sleep(0.2)
    outcome = runner.outcome(state.run_id)
    assert outcome["prototype"] is not None
    assert session.state().messages[-1].role == "assistant"
    return outcome


def bad_but_measured(outcome: dict[str, Any]) -> bool:
    """Whether prompting was measured, and is behind the linear model."""
    results = {one["name"]: one for one in outcome["candidates"]}
    assert results["prompting"]["status"] == "done", results["prompting"]["reason"]
    return bool(results["prompting"]["test"]["value"] < results["tfidf-linear"]["test"]["value"])
