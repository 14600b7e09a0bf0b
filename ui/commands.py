"""What can be typed in the chat besides words: commands that the session carries out, whichever brain speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.session import Session
from agent.view import SessionState
from tools.core.language_model import LanguageModel, Usage

if TYPE_CHECKING:
    from rich.console import Console

HELP: dict[str, str] = {
    "/try": "TEXT, column=value, ... or SERIES STEPS   ask what was built",
    "/download": "the prototype",
    "/results": "what came out",
    "/label": "label some rows yourself",
    "/stop": "stop building, keep the best so far",
    "/cancel": "cancel the run",
    "/brain": "[yes|no]   which brain speaks, what it is sent where; let it speak or not",
    "/samples": "[yes|no]   let cell values go to a remote brain; without a word: what it would be sent then",
    "/show": "[WORDS]   the exact text that your next message would send",
    "/allow": "[yes|no]   let /try ask a model that costs money or lies elsewhere",
    "/usage": "what the brain has cost in this conversation",
    "/help": "this list",
    "/quit": "leave; everything is kept",
}
YES, NO = frozenset({"yes", "y", "ja", "oui", "sí", "si"}), frozenset({"no", "n", "nein", "non"})


def listing() -> str:
    """All commands, one a line."""
    width = max(len(name) for name in HELP)
    return "\n".join(f"{name.ljust(width)}  {text}" for name, text in HELP.items())


def carry_out(session: Session, line: str, console: Console) -> SessionState | None:
    """The state after a command of this file; None where the line is none of them, and something to say."""
    name, _, rest = line.strip().partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        return None
    text = command(session, rest.strip())
    console.print(text, markup=False, soft_wrap="\n" in text)  # what would be sent is shown as it is
    return session.state()


def cost(before: Usage, after: Usage, model: LanguageModel | None) -> str | None:
    """What a turn of a brain that costs has cost; None for one that does not."""
    calls = after.calls - before.calls
    if not calls or model is None or not model.paid:
        return None
    turn = Usage(
        calls=calls,
        input_tokens=after.input_tokens - before.input_tokens,
        output_tokens=after.output_tokens - before.output_tokens,
        dollars=after.dollars - before.dollars,
    )
    return f"[{model.brain}: {_told(turn, model)}; {_dollars(after, model)} in this conversation]"


def _help(session: Session, rest: str) -> str:
    return listing()


def _brain(session: Session, rest: str) -> str:
    answer = _answer(rest)
    if answer is not None:
        session.confirm_brain(answer)
    return session.greeting()


def _samples(session: Session, rest: str) -> str:
    answer = _answer(rest)
    if answer is None:
        return f"{session.outgoing(samples=True)}\n\nThat is what your next message would send. /samples yes allows it."
    session.allow_samples(answer)
    return session.greeting()


def _show(session: Session, rest: str) -> str:
    return session.outgoing(rest)


def _allow(session: Session, rest: str) -> str:
    answer = _answer(rest)
    if answer is not None:
        session.allow_paid_tries(answer)
    allowed = session.state().workspace.paid_tries_allowed
    return f"/try {'may' if allowed else 'may not'} ask a model that costs money or lies elsewhere."


def _usage(session: Session, rest: str) -> str:
    state = session.state()
    model = state.workspace.language_model
    if not state.usage.calls or model is None:
        return "No language model was asked in this conversation."
    calls = f"{state.usage.calls:,} call{'' if state.usage.calls == 1 else 's'}"
    return f"{model.brain}: {_told(state.usage, model)} in this conversation, {calls}."


def _told(usage: Usage, model: LanguageModel) -> str:
    return f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out, {_dollars(usage, model)}"


def _dollars(usage: Usage, model: LanguageModel) -> str:
    if model.input_price is None or model.output_price is None:
        return "price not known (give it in FASTTRACK_PRICES)"
    return f"${usage.dollars:.4f}"


def _answer(word: str) -> bool | None:
    """Yes, no, or neither."""
    return True if word.lower() in YES else False if word.lower() in NO else None


COMMANDS: dict[str, Callable[[Session, str], str]] = {
    "/help": _help,
    "/brain": _brain,
    "/samples": _samples,
    "/show": _show,
    "/outgoing": _show,
    "/allow": _allow,
    "/usage": _usage,
}
