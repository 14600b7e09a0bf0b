"""The conversation in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ui.chat import put_down
from ui.cli import run

Talk = Callable[..., str]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i},{(i * 7) % 13},{'late' if i > 60 else 'in time'},{'a' if i % 3 else 'b'}\n" for i in range(120))
    path.write_text("weight,stops,delivery,courier\n" + rows)
    return path


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Talk:
    """A chat in which the person says these lines and then closes the terminal; what was printed."""

    def chat(*lines: str, arguments: tuple[str, ...] = ()) -> str:
        said: Iterator[str] = iter(lines)

        def typed(prompt: str = "") -> str:
            try:
                return next(said)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", typed)
        assert run(["chat", *arguments]) == 0
        return capsys.readouterr().out

    return chat


def test_a_job_from_the_first_words_to_the_download(talk: Talk, table: Path) -> None:
    printed = talk(
        "predict delivery",
        "ok approve it",
        "only majority",
        "a",
        "/try weight=70, stops=3, courier=a",
        "/quit",
        arguments=(str(table),),
    )
    assert printed.count("Approve this plan?") == 3  # the words did not approve, and the change made a new plan
    assert "AutoML" in printed
    assert "★" in printed
    assert (table.parent / "prototype.zip").exists()
    assert "in time" in printed.split("/quit")[-1]
    assert "goes on here" in printed


def test_closing_the_terminal_and_coming_back_goes_on_with_the_plan(talk: Talk, table: Path) -> None:
    first = talk("predict delivery", arguments=(str(table),))
    assert "Approve this plan?" in first
    again = talk("n")
    assert "Going on with conversation" in again
    assert "Approve this plan?" in again


def test_a_folder_that_is_only_mentioned_is_not_taken(talk: Talk, table: Path) -> None:
    printed = talk("hello", f"everything lies in {table.parent}/ on this machine", str(table.parent))
    assert printed.count("Attached ") == 1, "only the folder that was given by itself"


def test_a_file_can_be_named_in_the_chat(talk: Talk, table: Path) -> None:
    printed = talk("hello", f"here is {table}", "delivery")
    assert "Attached orders.csv." in printed
    assert "Approve this plan?" in printed


def test_a_file_that_cannot_be_read_is_told_and_the_conversation_goes_on(talk: Talk, table: Path) -> None:
    (table.parent / "bad.csv").write_bytes(bytes(range(256)) * 9)
    printed = talk("look at bad.csv", "hello", arguments=("--new",))
    assert "found bad.csv, a binary file" in printed
    assert "goes on here" in printed


def test_an_unknown_conversation_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chat", "--conversation", "nowhere"]) == 2
    assert "Expected the id of a conversation. Found 'nowhere'." in " ".join(capsys.readouterr().err.split())


def test_the_download_is_put_over_no_other_file(tmp_path: Path) -> None:
    packed, here = tmp_path / "prototype.zip", tmp_path / "here"
    packed.write_bytes(b"new")
    here.mkdir()
    (here / "prototype.zip").write_bytes(b"of another task")
    beside = here / "prototype-run-1.zip"
    assert put_down(packed, "run-1", here) == beside
    assert put_down(packed, "run-1", here) == beside  # the conversation goes on later
    assert (here / "prototype.zip").read_bytes() == b"of another task"
    assert beside.read_bytes() == b"new"


def test_a_folder_that_cannot_be_written_does_not_end_the_conversation(tmp_path: Path) -> None:
    packed = tmp_path / "prototype.zip"
    packed.write_bytes(b"new")
    assert put_down(packed, "run-1", tmp_path / "not there") == packed
