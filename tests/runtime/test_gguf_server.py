"""A real server for a GGUF (llama-cpp-python's own), asked by the protocol: what it refuses is found out, the rest is used."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest
import tiny_gguf
from gguf_server import served

from tools.runtime.asking import Answer, Question
from tools.runtime.chat_client import ChatClient

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (extra local-llm)")
if importlib.util.find_spec("sse_starlette") is None:
    pytest.skip("the server of llama-cpp-python is not installed (extra local-llm)", allow_module_level=True)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tiny_gguf.write(tmp_path_factory.mktemp("server") / "tiny.gguf"), context=2048) as address:
        yield address


def test_nonsense_in_form_with_probabilities(url: str) -> None:
    client = ChatClient(url, "tiny")
    questions = [Question([{"role": "user", "content": f"text {number}"}], Answer(("spam", "ham"))) for number in range(6)]
    try:
        replies = client.ask(questions)
        several, number = client.ask(
            [Question(questions[0].messages, Answer(("a", "b"), True)), Question(questions[0].messages, Answer())]
        )
        form = client.form
    finally:
        client.close()
    for reply in replies:
        assert reply.problem is None
        assert reply.labels is not None
        assert reply.labels[0] in ("spam", "ham")
        assert reply.probabilities is not None
        assert sum(reply.probabilities) == pytest.approx(1.0)
        assert reply.counted
    assert several.labels is not None or several.problem is not None  # a random list may never end
    assert number.number is not None or number.problem is not None
    assert (form["mode"], form["alternatives"]) == (
        "object_schema",
        20,
    )  # it knows no json_schema, and grammars by another name
