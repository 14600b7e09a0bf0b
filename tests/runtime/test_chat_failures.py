"""Every way that an endpoint can fail: what passes is tried again, what does not ends at once, keys stay unsaid."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import ChatServer, Said
from spam import label, question

from tools.runtime.asking import AskingError
from tools.runtime.chat_client import ChatClient
from tools.runtime.endpoint_key import held

Opened = Callable[..., ChatClient]

PASSING = [
    Said(status=429),
    Said(status=429, headers={"Retry-After": "0.02"}),
    Said(status=500),
    Said(status=503, body="<html>busy</html>"),
    Said(status=529),
    Said(fault="drop"),
    Said(fault="reset"),
    Said(fault="cut"),
    Said(fault="hang"),
    Said(fault="stall"),
    Said(body="not JSON at all"),
    Said(body=b""),
    Said(body={"object": "list"}),
    Said(body={"choices": []}),
    Said(body={"choices": [{"index": 0}]}),
    Said(body={"error": {"message": "overloaded"}}),
    Said(body="[" * 20_000),
]


@pytest.mark.parametrize("said", PASSING, ids=lambda said: f"{said.status} {said.fault or ''} {str(said.body)[:20]}")
def test_what_passes_is_tried_again(client: Opened, said: Said) -> None:
    with ChatServer([said, said, label("ham")]) as server:
        [reply] = client(server, timeout=0.4).ask([question()])
        assert (reply.labels, reply.problem) == (["ham"], None)
        assert len(server.requests) == 3


def test_pauses_grow_and_the_endpoint_may_ask_for_longer_ones(client: Opened) -> None:
    with ChatServer([Said(status=503), Said(status=429, headers={"Retry-After": "0.3"}), label()]) as server:
        begun = time.monotonic()
        client(server).ask([question()])
        assert 0.3 <= time.monotonic() - begun < 3


def test_one_that_asks_to_wait_for_an_hour_is_not_waited_for(client: Opened) -> None:
    with ChatServer([Said(status=429, headers={"Retry-After": "3600"})]) as server:
        with pytest.raises(AskingError) as caught:
            client(server, concurrency=1).ask([question("1"), question("2"), question("3"), question("4")])
        assert caught.value.code == "endpoint-fails"
        assert caught.value.found == "the endpoint asks to wait 3600 s, 3 times in a row"
        assert len(server.requests) == 1


def test_one_question_that_fails_is_a_problem_of_its_own(client: Opened) -> None:
    def answer(request: dict[str, Any]) -> Said:
        return Said(status=500) if request["messages"][0]["content"] == "bad" else label()

    with ChatServer(answer) as server:
        replies = client(server, retries=1, concurrency=1).ask([question("1"), question("bad"), question("2")])
        assert [reply.problem for reply in replies] == [None, "status 500: Internal Server Error, says the test. 500", None]
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            Said(
                status=400,
                body={"error": {"message": "This model's maximum context length is 8", "code": "context_length_exceeded"}},
            ),
            "the text is too long for the model (This model's maximum context length is 8 context_length_exceeded)",
        ),
        (Said(status=413), "the text is too long for the endpoint (status 413)"),
        (
            Said(status=400, body={"error": {"message": "flagged", "code": "content_filter"}}),
            "the endpoint refused the text (flagged content_filter)",
        ),
        (Said(status=418, body="teapot"), "status 418: teapot"),
    ],
)
def test_a_question_s_own_problems_are_not_tried_again(client: Opened, said: Said, problem: str) -> None:
    with ChatServer([said]) as server:
        assert [reply.problem for reply in client(server).ask([question()])] == [problem]
        assert len(server.requests) == 1


ENDS = [
    (Said(status=401), "no-key", "no key there (status 401: Unauthorized, says the test. 401)"),
    (Said(status=403), "key-refused", "a key that was refused (status 403: Forbidden, says the test. 403)"),
    (
        Said(status=400, body={"error": {"message": "API key not valid."}}),
        "key-refused",
        "a key that was refused (status 400: API key not valid.)",
    ),
    (Said(status=402), "no-credit", "none (status 402: Payment Required, says the test. 402)"),
    (
        Said(status=429, body={"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
        "no-credit",
        "none (status 429: You exceeded your current quota insufficient_quota)",
    ),
    (Said(status=404), "unknown-model", "status 404: Not Found, says the test. 404"),
    (
        Said(status=307, headers={"Location": "http://192.0.2.1/v1"}, body=""),
        "not-an-endpoint",
        "it sends elsewhere (status 307)",
    ),
]


@pytest.mark.parametrize(("said", "code", "found"), ENDS, ids=lambda value: value if isinstance(value, str) else None)
def test_what_no_question_would_survive_ends_all_at_once(client: Opened, said: Said, code: str, found: str) -> None:
    with ChatServer([said]) as server:
        with pytest.raises(AskingError) as caught:
            client(server).ask([question(str(number)) for number in range(100)])
        assert (caught.value.code, caught.value.found) == (code, found)
        assert len(server.requests) <= 8


def test_an_endpoint_that_only_fails_ends_the_batch(client: Opened) -> None:
    with ChatServer([Said(status=500)]) as server:
        with pytest.raises(AskingError) as caught:
            client(server, retries=1).ask([question(str(number)) for number in range(100)])
        assert str(caught.value) == (
            f"Expected answers from {server.url}. Found status 500: Internal Server Error, says the test. 500, "
            "8 times in a row. Try again later, or use another model."
        )
        assert len(server.requests) <= 8 * 2 + 8


def test_no_server_at_all(client: Opened) -> None:
    with ChatServer() as server:
        url = server.url
    with pytest.raises(AskingError) as caught:
        client(url, retries=1).ask([question()])
    assert (caught.value.code, caught.value.found) == ("no-connection", "no connection (ConnectError), 1 times in a row")


def test_the_key_goes_to_the_endpoint_and_into_no_message(client: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "my-own-key-form")
    refusal = Said(status=401, body={"error": {"message": "the key my-own-key-form is not known, nor is sk-abc123"}})
    with ChatServer([refusal]) as server:
        with pytest.raises(AskingError) as caught:
            client(server).ask([question()])
        assert server.heard[0].headers["authorization"] == "Bearer my-own-key-form"
    assert caught.value.found == "a key that was refused (status 401: the key [key] is not known, nor is [key])"
    assert caught.value.expected == f"a key that {server.url} accepts, in OPENAI_API_KEY"


def test_a_held_key_comes_before_the_environment_s(client: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "first")
    with ChatServer() as server:
        asker = client(server)
        with held({"OPENAI_API_KEY": "second"}):
            asker.ask([question("1")])
        asker.ask([question("2")])
        assert [heard.headers["authorization"] for heard in server.heard] == ["Bearer second", "Bearer first"]


def test_without_a_key_a_place_out_in_the_world_is_not_asked(client: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
    with pytest.raises(AskingError) as caught:
        client("https://api.example.com/v1").ask([question()])
    assert str(caught.value) == (
        "Expected a key for https://api.example.com/v1 in the environment variable OPENAI_API_KEY. Found none. "
        "Set OPENAI_API_KEY, or ask a model on this machine."
    )


def test_offline_gives_the_ordinary_refusal(client: Opened) -> None:
    with held({"OPENAI_API_KEY": "k"}), pytest.raises(AskingError) as caught:
        client("http://192.0.2.1/v1").ask([question()])
    assert str(caught.value) == (
        "Expected no connection beyond this machine, because of --offline (FASTTRACK_OFFLINE=1). "
        "Found one to http://192.0.2.1/v1. Leave out --offline to allow it, or use what is already on this machine."
    )
    assert caught.value.code == "offline"


def test_proxies_are_not_asked_for_this_machine(client: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with ChatServer() as server:
        assert client(server).ask([question()])[0].labels == ["spam"]
