"""Asking a GGUF in this process: real llama.cpp, a real (tiny, random) model, answers in form."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_gguf

from tools.runtime import gguf_model
from tools.runtime.askers import opened
from tools.runtime.asking import STOPPED, Answer, AskingError, Question
from tools.runtime.gguf_client import GgufClient

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (extra local-llm)")
pytest.importorskip("gguf", reason="gguf is not installed (extra dev)")

LABELS = Answer(("spam", "spammer", 'say "hi"', "Grüße\n好"))


def question(text: str = "hello", answer: Answer = LABELS) -> Question:
    return Question([{"role": "system", "content": "Sort."}, {"role": "user", "content": text}], answer)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tiny_gguf.write(tmp_path_factory.mktemp("gguf") / "tiny.gguf")
    yield path
    gguf_model.close(path)


def test_the_double_is_small_and_always_the_same(tiny: Path, tmp_path: Path) -> None:
    assert tiny.stat().st_size < 500_000
    assert tiny_gguf.write(tmp_path / "again.gguf").read_bytes() == tiny.read_bytes()
    assert tiny_gguf.write(tmp_path / "other.gguf", seed=1).read_bytes() != tiny.read_bytes()


def test_every_answer_is_in_form_and_has_probabilities(tiny: Path) -> None:
    client = GgufClient(tiny)
    replies = client.ask([question(f"text {number}") for number in range(5)])
    for reply in replies:
        assert reply.problem is None
        assert reply.labels is not None
        assert reply.labels[0] in LABELS.labels
        assert reply.probabilities is not None
        assert sum(reply.probabilities) == pytest.approx(1.0)
        assert reply.counted
        assert reply.output_tokens > len('{"answer": ""}')  # a byte a token
    assert client.usage()["calls"] == 5
    assert client.usage()["input_tokens"] == sum(reply.input_tokens for reply in replies)


def test_several_labels_and_numbers(tiny: Path) -> None:
    several, number = GgufClient(tiny).ask([question(answer=Answer(("a", "b", "c"), several=True)), question(answer=Answer())])
    assert several.labels is not None
    assert set(several.labels) <= {"a", "b", "c"}
    assert several.probabilities is not None
    assert all(0 <= share <= 1 for share in several.probabilities)
    assert number.number is not None


def test_a_long_text_is_cut_in_its_middle_and_that_is_said(tiny: Path) -> None:
    gguf_model.close(tiny)
    text = "begin " + "x" * 3000 + " end"
    try:
        [reply] = GgufClient(tiny, context=512).ask([question(text)])
        assert reply.labels is not None
        assert reply.note == "the text was too long for the model (512 tokens): its middle was left out"
        assert reply.input_tokens < 512
        [none] = GgufClient(tiny, context=512).ask(
            [question(answer=Answer(tuple("x" * 100 + str(n) for n in range(9)), several=True))]
        )
        assert none.problem is not None
        assert none.problem.startswith("the text is too long for the model (")
    finally:
        gguf_model.close(tiny)


def test_what_was_answered_is_not_asked_again(tiny: Path, tmp_path: Path) -> None:
    first = GgufClient(tiny, cache=tmp_path / "answers.sqlite").ask([question()])[0]
    client = GgufClient(tiny, cache=tmp_path / "answers.sqlite")
    again = client.ask([question(), question()])
    assert [reply.cached for reply in again] == [True, True]
    assert again[0].labels == first.labels
    assert again[0].probabilities == first.probabilities
    assert client.usage() == {"calls": 0, "cached": 2, "input_tokens": 0, "output_tokens": 0}


def test_a_copy_of_the_file_has_the_same_answers_and_another_file_has_not(tiny: Path, tmp_path: Path) -> None:
    cache = tmp_path / "answers.sqlite"
    GgufClient(tiny, cache=cache).ask([question()])
    copy = tmp_path / "moved.gguf"
    copy.write_bytes(tiny.read_bytes())
    assert GgufClient(copy, cache=cache).ask([question()])[0].cached
    other = tiny_gguf.write(tmp_path / "other.gguf", seed=1)
    try:
        assert not GgufClient(other, cache=cache).ask([question()])[0].cached
    finally:
        gguf_model.close(other)


def test_stop_and_progress(tiny: Path) -> None:
    heard: list[tuple[int, int]] = []
    replies = GgufClient(tiny).ask(
        [question(str(number)) for number in range(4)], lambda done, of: heard.append((done, of)), stop=lambda: len(heard) >= 2
    )
    assert [reply.problem for reply in replies] == [None, None, STOPPED, STOPPED]
    assert heard == [(1, 4), (2, 4)]


def test_threads_take_turns_and_one_may_close_it(tiny: Path) -> None:
    found: list[object] = []

    def ask(name: int) -> None:
        client = GgufClient(tiny)
        found.extend(reply.labels for reply in client.ask([question(f"{name} {number}") for number in range(4)]))
        client.close()

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert all(found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Expected a GGUF file. Found no file at {path}. Put it there, or name where it is."),
        (b"<html>", "Expected a GGUF file. Found another kind at {path}. Fetch it again."),
        (
            b"GGUF" + bytes(200),
            "Expected a GGUF that llama.cpp can load into this machine's memory. "
            "Found bad.gguf (0 MB): Failed to load model from file: {path}. "
            "Fetch the file again, use a smaller one, or a newer llama-cpp-python for a newer kind of model.",
        ),
    ],
)
def test_files_that_cannot_be_loaded(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "bad.gguf"
    if content is not None:
        path.write_bytes(content)
    asker = opened({"kind": "llamacpp", "path": str(path)})
    with pytest.raises(AskingError) as caught:
        asker.ask([question()])
    assert caught.value.code == "model-file"
    assert str(caught.value) == message.format(path=path)
