"""A GGUF of random weights as a brain, in this process and behind its own server: nonsense in form, and the job goes on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.exceptions import ContextOverflowError, ModelTimeoutError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent import checking, graph
from agent.session import Session
from tools import TOOLS
from tools.core.errors import MachineError
from tools.core.language_model import LanguageModel
from tools.llm import llama_cpp, waiting
from tools.llm.answer_schema import answer_schema, arguments_of
from tools.workspace import Workspace

pytest.importorskip("llama_cpp", reason="the extra local-llm is not installed")
pytest.importorskip("gguf", reason="gguf is not installed")

TOOLS_OF_A_BRAIN = [graph.bound(tool) for tool in TOOLS]


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--model", str(weights), "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "32768", "--verbose", "False"]
    server = subprocess.Popen([sys.executable, "-P", "-m", "llama_cpp.server", *options], stdout=-3, stderr=-3)
    try:
        _await(f"http://127.0.0.1:{port}/v1/models")
        monkeypatch.setenv("FASTTRACK_BASE_URL", f"http://127.0.0.1:{port}/v1")
        session = Session.open(kept=False, brain="openai:tiny")
        session.attach(table)
        state = session.send("predict delivery")
        assert (state.card is not None, state.workspace.task.target) == (True, "delivery")
        assert session.send("what does it cost?").messages[-1].role == "assistant"
    finally:
        server.terminate()
        server.wait(20)


def _await(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer")


def test_it_stops_when_the_person_has_waited_long_enough(weights: Path) -> None:
    ask(weights, "hello")  # loaded
    with pytest.raises(ModelTimeoutError, match="did not answer in time"), waiting.at_most(0.001):  # less than any prompt takes
        ask(weights, "sort my mails by team")


def test_a_conversation_that_is_too_long_is_said(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_cpp, "CONTEXT", 4096)
    with pytest.raises(ContextOverflowError, match="do not fit into 4096"):
        ask(weights, "hello " * 1000)


def test_the_built_in_brain_answers_where_the_context_is_too_small(
    weights: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_cpp, "CONTEXT", 4096)
    session = Session.open(kept=False, brain=f"llamacpp:{weights}")
    session.attach(table)
    state = session.send("predict delivery")
    assert "the conversation is too long for it" in "".join(message.text for message in state.messages)
    assert state.card is not None


def test_it_is_loaded_once(weights: Path) -> None:
    assert llama_cpp.loaded(str(weights)) is llama_cpp.loaded(str(weights))


def test_two_conversations_speak_in_turn(weights: Path) -> None:
    answers: list[AIMessage] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(weights, "hello"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 2
    assert answers[0].text == answers[1].text


def test_without_llama_cpp_the_remedy_is_said(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(MachineError, match=r"Found it is not installed\. Install it with `make setup EXTRAS=dev,local-llm`"):
        ask(weights, "hello")


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + os.urandom(200))
    with pytest.raises(MachineError, match=r"Expected a GGUF that llama\.cpp can load"):
        ask(path, "hello")


def test_every_string_and_list_of_the_schema_ends() -> None:
    def walk(schema: Any) -> Iterator[dict[str, Any]]:
        if isinstance(schema, dict):
            yield schema
            for part in schema.values():
                yield from walk(part)
        elif isinstance(schema, list):
            for part in schema:
                yield from walk(part)

    schema = answer_schema([convert_to_openai_tool(tool) for tool in TOOLS_OF_A_BRAIN])
    parts = [part for part in walk(schema) if isinstance(part.get("type"), str)]
    assert all("maxLength" in part for part in parts if part["type"] == "string" and "enum" not in part)
    assert all("maxItems" in part for part in parts if part["type"] == "array")
    assert all(part.get("properties") is not None for part in parts if part["type"] == "object")
    names = [option["properties"]["tool"]["const"] for option in schema["anyOf"][1:]]
    assert names == [tool.name for tool in TOOLS_OF_A_BRAIN]


def test_lists_of_pairs_become_rows_again() -> None:
    parameters = next(convert_to_openai_tool(tool) for tool in TOOLS_OF_A_BRAIN if tool.name == "try_prototype")
    given = {"row": [{"name": "weight", "value": "3"}, {"name": "stops", "value": "1"}]}
    assert arguments_of(given, parameters["function"]["parameters"]) == {"row": {"weight": "3", "stops": "1"}}


def test_a_template_without_a_system_role_gets_its_text_with_the_first_words(weights: Path) -> None:
    llama = llama_cpp.loaded(str(weights))
    refuses = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"

    class Strict:
        def __init__(self) -> None:
            self.metadata = {"tokenizer.chat_template": refuses + "{{ messages[0]['content'] }}"}

        def __getattr__(self, name: str) -> Any:
            return getattr(llama, name)

    turns = [{"role": "system", "content": "You help."}, {"role": "user", "content": "hello"}]
    tokens = llama_cpp._prompt(Strict(), turns)
    assert llama.detokenize(tokens).decode().strip() == "You help.\n\nhello"
