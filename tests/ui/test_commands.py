"""Commands of the chat: which brain speaks, what it is sent, what it costs; and the reply while it is being said."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from chat_server import ChatServer, Said
from rich.console import Console

from agent.session import Session
from tools.core.language_model import LanguageModel, Usage
from tools.llm import naming
from ui import commands
from ui.speech import Speech


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """An endpoint that is taken for one beyond this machine, set up as the brain of `auto`."""
    real = naming.language_model
    monkeypatch.setattr(naming, "language_model", lambda brain: real(brain).model_copy(update={"remote": True}))
    with ChatServer(["At your service."], seconds=0.0) as server:
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        monkeypatch.setenv("FASTTRACK_MODEL", "openai:gpt-x")
        monkeypatch.setenv("FASTTRACK_PRICES", "gpt-x=2/10")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
        monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
        yield server


def printed(session: Session, line: str) -> str:
    """What a command prints, on one line."""
    written = io.StringIO()
    assert commands.carry_out(session, line, Console(file=written, width=5000)) is not None
    return " ".join(written.getvalue().split())


def test_help_lists_every_command() -> None:
    text = printed(Session.open(kept=False, brain="builtin"), "/help")
    for name in (
        *commands.COMMANDS.keys() - {"/outgoing"},
        "/try",
        "/download",
        "/results",
        "/label",
        "/stop",
        "/cancel",
        "/quit",
    ):
        assert f"{name} " in text


@pytest.mark.parametrize("line", ["help", "/unknown", "/helpme", "say /help", ""])
def test_words_are_no_commands(line: str) -> None:
    assert commands.carry_out(Session.open(kept=False, brain="builtin"), line, Console(file=io.StringIO())) is None


def test_a_brain_is_let_speak_and_silenced_again(far_away: ChatServer) -> None:
    session = Session.open(kept=False)
    assert "waits for your yes" in printed(session, "/brain")
    assert printed(session, "/brain yes").startswith(f"openai:gpt-x at {far_away.url} speaks.")
    assert session.state().consent is None
    assert printed(session, "/brain no").startswith("You did not want openai:gpt-x")
    assert far_away.requests == []


def test_what_would_be_sent_is_shown_and_nothing_is_sent(far_away: ChatServer) -> None:
    session = Session.open(kept=False)
    assert "sort my letters" in printed(session, "/show sort my letters")
    assert "/samples yes allows it." in printed(session, "/samples")
    assert not session.state().workspace.samples_allowed
    assert "sample values" in printed(session, "/samples yes")
    assert session.state().workspace.samples_allowed
    assert far_away.requests == []


def test_trying_for_money_is_allowed_by_a_command_only() -> None:
    session = Session.open(kept=False, brain="builtin")
    assert printed(session, "/allow") == "/try may not ask a model that costs money or lies elsewhere."
    assert printed(session, "/allow yes") == "/try may ask a model that costs money or lies elsewhere."
    assert session.state().workspace.paid_tries_allowed


def test_what_was_used_is_told(far_away: ChatServer) -> None:
    session = Session.open(kept=False, brain="openai:gpt-x")
    assert printed(session, "/usage") == "No language model was asked in this conversation."
    usage = session.send("hello").usage
    assert usage.calls == 1
    assert printed(session, "/usage") == (
        f"openai:gpt-x: {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out, ${usage.dollars:.4f} "
        "in this conversation, 1 call."
    )


def test_the_cost_of_a_turn_is_its_own_beside_that_of_the_conversation() -> None:
    model = LanguageModel(kind="openai", name="gpt-x", base_url="https://x.example/v1", input_price=2.0, output_price=10.0)
    before = Usage(calls=1, input_tokens=100, output_tokens=10, dollars=0.0003)
    after = Usage(calls=2, input_tokens=1100, output_tokens=60, dollars=0.0028)
    assert commands.cost(before, after, model) == (
        "[openai:gpt-x: 1,000 tokens in, 50 out, $0.0025; $0.0028 in this conversation]"
    )
    assert commands.cost(after, after, model) is None
    assert commands.cost(before, after, model.model_copy(update={"input_price": 0.0, "output_price": 0.0})) is None
    unknown = commands.cost(before, after, model.model_copy(update={"input_price": None, "output_price": None}))
    assert unknown is not None
    assert "price not known (give it in FASTTRACK_PRICES)" in unknown


def test_words_appear_on_a_terminal_as_they_come_and_make_room_for_the_message() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=20)
    with Speech(console) as speech:
        speech.hear("Let me ")
        speech.hear("think")
        assert speech._live is not None
        speech._live.refresh()
        assert "Let me think" in written.getvalue()
        speech.hear(None)
        speech.hear("A plan.")
    assert speech.heard == "A plan."
    assert written.getvalue().rstrip().endswith("\x1b[2K"), "the lines that were drawn are wiped at the end"


def test_piped_output_holds_only_messages_that_stand() -> None:
    written = io.StringIO()
    with Speech(Console(file=written, width=80)) as speech:
        speech.hear("Let me think")
    assert written.getvalue() == ""


def test_a_long_reply_shows_its_latest_lines() -> None:
    speech = Speech(Console(file=io.StringIO(), force_terminal=True, width=80, height=10))
    speech.hear("\n".join(f"line {number}" for number in range(100)))
    assert str(speech._shown()).splitlines() == [f"line {number}" for number in range(94, 100)]


def test_the_terminal_says_which_brain_speaks_and_what_a_turn_cost(
    far_away: ChatServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ui.cli import run

    far_away.script = [Said(text="At your service.", usage=(1000, 100))]
    lines = iter(["/brain yes", "hello there"])

    def typed(prompt: str = "") -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typed)
    assert run(["chat", "--new"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"openai:gpt-x at {far_away.url} is set up, and waits for your yes.")
    assert "/brain yes lets it speak; /show WORDS shows the exact text that would be sent." in shown
    assert shown.count("At your service.") == 1
    assert "[openai:gpt-x: 1,000 tokens in, 100 out, $0.0030; $0.0030 in this conversation]" in shown
