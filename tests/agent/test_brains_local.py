"""A GGUF of random weights as a brain, in this process and behind its own server: nonsense in form, and the job goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gguf_server import served
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent import checking
from agent.binding import bound
from agent.session import Session
from tools import TOOLS
from tools.core.language_model import LanguageModel
from tools.llm import llama_cpp
from tools.workspace import Workspace

pytest.importorskip("llama_cpp", reason="the extra local-llm is not installed")
pytest.importorskip("gguf", reason="gguf is not installed")

TOOLS_OF_A_BRAIN = [bound(tool) for tool in TOOLS]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_gguf

    return tiny_gguf.write(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A token is a byte here, so a conversation needs more of them."""
    monkeypatch.setattr(llama_cpp, "CONTEXT", 32_768)
    yield
    llama_cpp.loaded.cache_clear()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'}\n" for i in range(120))
    path.write_text("weight,stops,delivery\n" + rows)
    return path


def chat(path: Path) -> llama_cpp.LlamaCppChat:
    model = LanguageModel(kind="llamacpp", name=path.name, path=str(path), input_price=0.0, output_price=0.0)
    return llama_cpp.LlamaCppChat(language_model=model)


def ask(path: Path, words: str) -> AIMessage:
    answer = chat(path).bind_tools(TOOLS_OF_A_BRAIN).invoke([SystemMessage("You help."), HumanMessage(words)])
    assert isinstance(answer, AIMessage)
    return answer


@pytest.mark.parametrize("seed", range(3))
def test_random_weights_answer_in_form(seed: int, tmp_path: Path) -> None:
    import tiny_gguf

    answer = ask(tiny_gguf.write(tmp_path / "tiny.gguf", seed=seed), "sort my mails")
    assert bool(answer.text) != bool(answer.tool_calls)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] > 0
    if answer.tool_calls:
        found = checking.problem(answer, TOOLS_OF_A_BRAIN, Workspace(key="k"), [], streamed=False)
        assert found is None or found.code in ("arguments", "score")


def test_a_conversation_with_it_ends_in_a_plan(weights: Path, table: Path) -> None:
    session = Session.open(kept=False, brain=f"llamacpp:{weights}")
    heard: list[str | None] = []
    session.attach(table)
    state = session.send("predict delivery", heard.append)
    assert (state.card is not None, state.workspace.task.target) == (True, "delivery")
    assert len(heard) > 1
    before = len(state.messages)
    state = session.send("without automl please")
    assert state.messages[-1].role == "assistant"
    assert len(state.messages) > before + 1
    assert state.card is not None
    assert (state.run_id, state.error) == (None, None)
    assert state.workspace.usage.input_tokens > 0
    assert state.workspace.usage.dollars == 0.0


def test_behind_its_own_server(weights: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("starlette_context", reason="the server of llama-cpp-python is not installed")
    with served(weights) as url:
        monkeypatch.setenv("FASTTRACK_BASE_URL", url)
        session = Session.open(kept=False, brain="openai:tiny")
        session.attach(table)
        state = session.send("predict delivery")
        assert (state.card is not None, state.workspace.task.target) == (True, "delivery")
        assert session.send("what does it cost?").messages[-1].role == "assistant"
