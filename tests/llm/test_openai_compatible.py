"""The chat model of an endpoint: how it asks, how long it waits, what it does where the endpoint knows less."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chat_server import ChatServer
from chat_wire import Said
from langchain_core.exceptions import ModelTimeoutError

from tools.core.language_model import LanguageModel
from tools.llm import failures, openai_compatible, waiting
from tools.llm.openai_compatible import chat_model

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DROP = b'data: {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'


def model(url: str, name: str = "m") -> LanguageModel:
    return LanguageModel(kind="openai", name=name, base_url=url, input_price=0.0, output_price=0.0)


@pytest.fixture(params=[DROP, b": still there\n\n"], ids=["words", "comments"])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint that never stops: a drop every 30 ms, so it is never silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(HEAD)
            while not over.is_set():
                try:
                    connection.sendall(request.param)
                except OSError:
                    return
                time.sleep(0.03)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    over.set()
    thread.join(5)
    listener.close()


def test_a_stream_that_only_drips_ends_with_the_persons_patience(dripping: str) -> None:
    began = time.monotonic()
    with pytest.raises(Exception, match=r"timed out|took too long") as caught, waiting.at_most(0.4):
        chat_model(model(dripping), None).invoke("hello")
    assert failures.kind_of(caught.value) == "slow"
    assert time.monotonic() - began < 5


def test_silence_ends_with_the_persons_patience() -> None:
    with ChatServer([Said(fault="hang")]) as server, pytest.raises(ModelTimeoutError), waiting.at_most(0.3):
        chat_model(model(server.url), None).invoke("hello")


def test_nothing_is_asked_when_no_time_is_left() -> None:
    with ChatServer(["hello"]) as server:
        with pytest.raises(ModelTimeoutError), waiting.at_most(0.0):
            chat_model(model(server.url), None).invoke("hello")
        assert server.requests == []


def test_an_endpoint_that_counts_no_tokens_of_a_stream_is_asked_without() -> None:
    with ChatServer(["hello"], rejects=["stream_options"]) as server:
        chat = chat_model(model(server.url), None)
        assert [chat.invoke("one").text, chat.invoke("two").text] == ["hello", "hello"]
        assert ["stream_options" in request for request in server.requests] == [True, False, False]


@pytest.mark.parametrize("name", ["gpt-6-sol", "o3", "local-model"])
def test_every_model_is_asked_by_chat_completions(name: str) -> None:
    with ChatServer(["hello"]) as server:
        chat_model(model(server.url, name), "key").invoke("hello")
        assert [(heard.method, heard.path) for heard in server.heard] == [("POST", "/v1/chat/completions")]
        assert server.heard[0].headers["authorization"] == "Bearer key"


def test_what_is_sent_goes_nowhere_else() -> None:
    with ChatServer(["hello"]) as other:
        moved = Said(status=307, headers={"Location": f"{other.url}/chat/completions"}, body="")
        with ChatServer([moved]) as server:
            with pytest.raises(Exception, match="307") as caught:
                chat_model(model(server.url), "key").invoke("hello")
            assert failures.kind_of(caught.value) == "request"
        assert other.heard == []


def test_it_holds_no_key_where_it_could_be_written() -> None:
    chat = chat_model(model("http://127.0.0.1:9/v1"), "sk-very-secret")
    assert "sk-very-secret" not in repr(chat) + str(chat.model_dump())
    assert not openai_compatible.OpenAICompatibleChat.is_lc_serializable()


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("soon", 0.0), ("-1", 0.0), (None, 0.0)])
def test_how_long_an_endpoint_asks_to_wait(header: str | None, seconds: float) -> None:
    class Problem(Exception):
        response: Any = type("Response", (), {"headers": {} if header is None else {"retry-after": header}})

    assert failures.retry_after(Problem()) == seconds
