"""Asking an endpoint: order, cache, forms, odd answers, stopping, threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Said
from spam import LABELS, label, question

from tools.runtime.askers import opened
from tools.runtime.asking import STOPPED, Answer, AskingError, Reply
from tools.runtime.chat_client import ChatClient

Opened = Callable[..., ChatClient]


def test_replies_come_in_the_order_of_the_questions(client: Opened) -> None:
    def answer(request: dict[str, Any]) -> Said:
        number = int(request["messages"][0]["content"])
        return label(LABELS[number % 2], delay=0.03 * (number % 3 == 0), usage=(10, 3))

    with ChatServer(answer) as server:
        asker = client(server)
        heard: list[tuple[int, int]] = []
        replies = asker.ask([question(str(number)) for number in range(24)], lambda done, of: heard.append((done, of)))
        assert [reply.labels for reply in replies] == [[LABELS[number % 2]] for number in range(24)]
        assert heard == [(number, 24) for number in range(1, 25)]
        assert 1 < server.busiest <= 8
        assert asker.usage() == {"calls": 24, "cached": 0, "input_tokens": 240, "output_tokens": 72}
        assert all(reply.counted and reply.seconds > 0 and not reply.cached for reply in replies)


def test_a_second_run_asks_nothing(client: Opened, tmp_path: Path) -> None:
    questions = [question(str(number)) for number in range(5)]
    with ChatServer(lambda _: label("spam", usage=(7, 2))) as server:
        first = client(server, cache=tmp_path / "answers.sqlite").ask(questions)
        asker = client(server, cache=tmp_path / "answers.sqlite")
        again = asker.ask(questions)
        assert len(server.requests) == 5
    assert asker.usage() == {"calls": 0, "cached": 5, "input_tokens": 0, "output_tokens": 0}
    assert [(reply.labels, reply.input_tokens, reply.cached) for reply in again] == [(["spam"], 7, True)] * 5
    assert [reply.seconds for reply in again] == pytest.approx([reply.seconds for reply in first], abs=1e-4)


def test_the_cache_holds_no_question(client: Opened, tmp_path: Path) -> None:
    with ChatServer() as server:
        client(server, cache=tmp_path / "answers.sqlite").ask([question("a very private text")])
    for file in tmp_path.iterdir():
        assert b"private" not in file.read_bytes()


def test_another_model_or_another_answer_is_another_question(client: Opened, tmp_path: Path) -> None:
    with ChatServer() as server:
        cache = tmp_path / "answers.sqlite"
        client(server, cache=cache).ask([question(), question(answer=Answer(("ham", "spam"))), question("other")])
        ChatClient(server.url, "other-model", cache=cache).ask([question()])
        assert len(server.requests) == 4


def test_equal_questions_are_asked_once(client: Opened) -> None:
    with ChatServer() as server:
        asker = client(server)
        assert [reply.labels for reply in asker.ask([question()] * 10)] == [["spam"]] * 10
        assert len(server.requests) == 1


def test_some_labels_and_numbers(client: Opened) -> None:
    several = Answer(("a", "b", "c"), several=True)
    with ChatServer(['{"answer": ["c", "a"]}', '{"answer": []}', '{"answer": -2.5}']) as server:
        asker = client(server, concurrency=1)
        replies = asker.ask([question("1", several), question("2", several), question("3", Answer())])
    assert [(reply.labels, reply.number) for reply in replies] == [(["a", "c"], None), ([], None), (None, -2.5)]


def test_probabilities_from_the_tokens(client: Opened) -> None:
    said = Said(tokens=[('{"answer": "', {}), ("h", {"h": 0.75, "sp": 0.25}), ("am", {}), ('"}', {})])
    with ChatServer([said]) as server:
        [reply] = client(server).ask([question()])
        assert reply.probabilities == pytest.approx([0.25, 0.75])
        assert (server.requests[0]["logprobs"], server.requests[0]["top_logprobs"]) == (True, 20)


@pytest.mark.parametrize(
    ("rejects", "mode", "alternatives"),
    [
        ((), "json_schema", 20),
        (("logprobs",), "json_schema", 0),
        (("json_schema",), "object_schema", 20),
        (("json_schema", "object_schema"), "json_object", 20),
        (("json_schema", "json_object"), "text", 20),
        (("json_schema", "json_object", "logprobs"), "text", 0),
    ],
)
def test_what_an_endpoint_refuses_is_found_out_once_and_remembered(
    client: Opened, tmp_path: Path, rejects: tuple[str, ...], mode: str, alternatives: int
) -> None:
    with ChatServer(lambda _: "spam" if mode == "text" else label("spam"), rejects=rejects) as server:
        asker = client(server, cache=tmp_path / "answers.sqlite", concurrency=2)
        assert [reply.labels for reply in asker.ask([question(str(n)) for n in range(6)])] == [["spam"]] * 6
        assert (asker.form["mode"], asker.form["alternatives"]) == (mode, alternatives)
        assert len(server.requests) <= 6 + 2 * 4  # two at a time, and four steps down at most
        before = len(server.requests)
        client(server, cache=tmp_path / "answers.sqlite").ask([question("new")])
        opened({"kind": "openai", "name": "test-model", "base_url": server.url, "form": asker.form}).ask([question("new")])
        assert len(server.requests) == before + 2


def test_one_question_that_is_refused_does_not_lower_the_form_of_the_others(client: Opened) -> None:
    def answer(request: dict[str, Any]) -> Said:
        bad = request["messages"][0]["content"].startswith("bad")
        return Said(status=400, body={"error": {"message": "cannot process the prompt"}}) if bad else label()

    with ChatServer(answer) as server:
        asker = client(server, concurrency=1)
        replies = asker.ask([question("1"), question("bad"), question("2")])
        assert [reply.problem for reply in replies] == [
            None,
            "the endpoint refused the question (cannot process the prompt)",
            None,
        ]
        assert asker.form["mode"] == "json_schema"
        assert len(server.requests) == 3


def test_a_schema_that_is_taken_and_not_heeded_is_said_in_words_from_then_on(client: Opened) -> None:
    def answer(request: dict[str, Any]) -> str:
        words = request["messages"][-1]["content"]
        return '{"answer": "ham"}' if "JSON" in words else "I would rather talk about the weather."

    with ChatServer(answer) as server:
        asker = client(server, concurrency=1)
        assert [reply.labels for reply in asker.ask([question("1"), question("2")])] == [["ham"], ["ham"]]
        assert len(server.requests) == 3  # one was asked again, the next one was told at once


def test_an_answer_outside_the_labels_is_asked_once_more_and_then_a_problem(client: Opened) -> None:
    with ChatServer(["maybe", label("spam"), "eggs", "bacon"]) as server:
        asker = client(server, concurrency=1, form={"mode": "text"})
        replies = asker.ask([question("1"), question("2")])
        again = server.requests[1]["messages"]
    assert replies[0].labels == ["spam"]
    assert (again[1], again[2]["content"].split(".")[0]) == (
        {"role": "assistant", "content": "maybe"},
        "That was not an answer of the form that is needed",
    )
    assert replies[1] == Reply(
        problem="no answer of the form that was asked for: 'bacon'",
        input_tokens=replies[1].input_tokens,
        output_tokens=2,
        seconds=replies[1].seconds,
    )
    assert asker.usage()["calls"] == 4


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (Said(text=""), "the answer was empty"),
        (Said(text=None), "the answer was empty"),
        (Said(text=None, refusal="I cannot help with that."), "the model refused: 'I cannot help with that.'"),
        (Said(calls=[("tool", {})]), "the answer was empty"),
        (
            Said(text='{"answer": "sp', finish="length"),
            'no answer of the form that was asked for: \'{"answer": "sp\' (it was cut off)',
        ),
        (Said(text="x" * 5000), "no answer of the form that was asked for: '" + "x" * 80 + "…'"),
    ],
)
def test_odd_answers_are_problems(client: Opened, said: Said, problem: str) -> None:
    with ChatServer([said]) as server:
        assert [reply.problem for reply in client(server).ask([question()])] == [problem]


def test_a_model_that_thinks_first_gets_room(client: Opened) -> None:
    def answer(request: dict[str, Any]) -> Said:
        if request["max_tokens"] < 4096:
            return Said(text="", finish="length", usage=(5, 60))
        return label("ham", usage=(5, 300))

    with ChatServer(answer) as server:
        asker = client(server, concurrency=1)
        assert [reply.labels for reply in asker.ask([question("1"), question("2")])] == [["ham"], ["ham"]]
        assert [request["max_tokens"] for request in server.requests] == [58, 4096, 4096]
        assert asker.usage() == {"calls": 3, "cached": 0, "input_tokens": 15, "output_tokens": 660}  # what was cut off was paid


def test_what_was_paid_before_the_end_is_kept(client: Opened, tmp_path: Path) -> None:
    with ChatServer([label(), label(), Said(status=401), label()]) as server:
        asker = client(server, cache=tmp_path / "answers.sqlite", concurrency=1)
        questions = [question(str(number)) for number in range(4)]
        with pytest.raises(AskingError):
            asker.ask(questions)
        assert [reply.cached for reply in asker.ask(questions)] == [True, True, False, False]


def test_stop_leaves_the_rest_unasked(client: Opened) -> None:
    with ChatServer() as server:
        asker = client(server, concurrency=2)
        replies = asker.ask([question(str(number)) for number in range(20)], stop=lambda: asker.usage()["calls"] >= 5)
        answered = [reply for reply in replies if reply.problem is None]
        assert 5 <= len(answered) <= 6
        assert {reply.problem for reply in replies} == {None, STOPPED}
        assert len(server.requests) == len(answered)


def test_stop_is_heard_while_waiting(client: Opened) -> None:
    with ChatServer([Said(status=503, headers={"Retry-After": "30"})]) as server:
        begun = time.monotonic()
        replies = client(server).ask([question()], stop=lambda: time.monotonic() - begun > 0.2)
        assert [reply.problem for reply in replies] == [STOPPED]
        assert time.monotonic() - begun < 5


def test_a_limit_on_requests_is_kept(client: Opened) -> None:
    with ChatServer() as server:
        begun = time.monotonic()
        client(server, requests_per_minute=1200).ask([question(str(number)) for number in range(11)])
        assert time.monotonic() - begun >= 0.5


def test_tokens_that_nobody_counted_are_a_quarter_of_the_characters(client: Opened) -> None:
    with ChatServer([label("ham", usage=False)]) as server:
        [reply] = client(server).ask([question("x" * 10)])
    assert (reply.input_tokens, reply.output_tokens, reply.counted) == (3, 5, False)


def test_several_threads_share_one_client(client: Opened) -> None:
    with ChatServer(seconds=0.02) as server:
        asker = client(server, concurrency=3)
        found: list[list[Reply]] = []

        def ask(name: int) -> None:
            found.append(asker.ask([question(f"{name} {number}") for number in range(6)]))

        threads = [threading.Thread(target=ask, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(replies) for replies in found] == [6] * 4
        assert 1 < server.busiest <= 3


def test_it_can_be_asked_from_within_a_running_loop_and_after_closing(client: Opened) -> None:
    import asyncio

    with ChatServer() as server:
        asker = client(server)

        async def ask() -> list[Reply]:
            return asker.ask([question()])

        assert asyncio.run(ask())[0].labels == ["spam"]
        asker.close()
        assert asker.ask([question("again")])[0].labels == ["spam"]


def test_what_progress_raises_ends_the_batch(client: Opened) -> None:
    class Enough(Exception):
        pass

    def progress(done: int, of: int) -> None:
        raise Enough

    with ChatServer() as server, pytest.raises(Enough):
        client(server).ask([question(str(number)) for number in range(20)], progress)


def test_exchanges_are_heard_also_kept_ones(client: Opened, tmp_path: Path) -> None:
    heard: list[tuple[dict[str, Any], dict[str, Any]]] = []
    with ChatServer() as server:
        for _ in range(2):
            asker = client(server, cache=tmp_path / "a.sqlite", exchanged=lambda body, said: heard.append((body, said)))
            asker.ask([question()])
        assert heard[0] == heard[1]
        assert heard[0][0] == server.requests[0]


def test_a_broken_cache_does_not_stop_the_asking(client: Opened, tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(os.urandom(4096))
    with ChatServer() as server:
        asker = client(server, cache=tmp_path / "answers.sqlite")
        assert asker.ask([question()])[0].labels == ["spam"]
        assert asker.ask([question()])[0].cached
        assert "was set aside as answers.sqlite.broken-" in str(asker.cache.problem)


def test_a_process_that_never_closes_it_ends_without_a_word(tmp_path: Path) -> None:
    script = """
import sys
from tools.runtime.askers import opened
from tools.runtime.asking import Answer, Question
asker = opened({"kind": "openai", "name": "m", "base_url": sys.argv[1]})
print(asker.ask([Question([{"role": "user", "content": "x"}], Answer(("spam", "ham")))])[0].labels)
"""
    with ChatServer() as server:
        done = subprocess.run(
            [sys.executable, "-P", "-W", "error", "-c", script, server.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.stdout, done.stderr, done.returncode) == ("['spam']\n", "", 0)


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected a language model of the kind openai or llamacpp\. Found 'oracle'\."):
        opened({"kind": "oracle"})
