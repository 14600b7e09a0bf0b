"""What a person asked for, being answered: in a thread of the server, so that a reload or a closed tab breaks nothing off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.core.errors import FasttrackError, PersonMustMend

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState

Hear = Callable[[str | None], None]
AT_ONCE = 0.4  # seconds: what is over by then is shown without a word of waiting

log = logging.getLogger(__name__)


@dataclass
class Turn:
    """One message, approval or change. words: what the person said, None for a click. before: messages that stood there.

    heard: the reply so far. problem: the contract's error object where it failed; the words then stand in `words` still.
    """

    session: Session
    words: str | None
    before: int
    files: tuple[str, ...] = ()
    heard: str = ""
    problem: dict[str, str] | None = None
    over: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    def hear(self, piece: str | None) -> None:
        """A piece of the reply as it comes; None takes back what was heard in this turn."""
        self.heard = "" if piece is None else self.heard + piece


_lock = threading.Lock()
_latest: dict[str, Turn] = {}  # conversation -> its latest turn in this server
_counts: dict[str, int] = {}  # conversation -> turns begun in this server


def begin(
    session: Session, does: Callable[[Hear], object], *, before: int, words: str | None = None, files: tuple[str, ...] = ()
) -> Turn:
    """Carry something out for a conversation, one thing at a time: while something is under way, that is given back instead."""
    with _lock:
        if (known := _latest.get(session.conversation)) is not None and not known.over.is_set():
            return known
        turn = _latest[session.conversation] = Turn(session, words, before, files)
        _counts[session.conversation] = _counts.get(session.conversation, 0) + 1
    threading.Thread(target=_carry_out, args=(turn, does), name=f"turn-{session.conversation}", daemon=True).start()
    return turn


def under_way(conversation: str) -> Turn | None:
    """The turn that is being answered now, in whichever window it began."""
    turn = _latest.get(conversation)
    return turn if turn is not None and not turn.over.is_set() else None


def settle(conversation: str) -> None:
    """Give a turn that just began the moment that most need."""
    if (turn := under_way(conversation)) is not None and time.monotonic() - turn.began < AT_ONCE:
        turn.over.wait(AT_ONCE)


def count(conversation: str) -> int:
    """How many turns began here: a control that is named after it starts afresh with each."""
    return _counts.get(conversation, 0)


def by_control(session: Session, before: int, does: Callable[[], SessionState]) -> Turn:
    """A change by a control: no brain says what was wrong with it, so what the state tells is the turn's problem."""

    def change(hear: Hear) -> None:
        state = does()
        if state.error is not None:
            raise PersonMustMend(**state.error)

    return begin(session, change, before=before)


def latest(conversation: str) -> Turn | None:
    """The latest turn of a conversation in this server, over or not."""
    return _latest.get(conversation)


def problem(conversation: str) -> Turn | None:
    """The latest turn, where it failed."""
    turn = _latest.get(conversation)
    return turn if turn is not None and turn.over.is_set() and turn.problem else None


def forget(conversation: str) -> None:
    """Put a failed turn away: it was read, or the conversation is gone."""
    with _lock:
        if (turn := _latest.get(conversation)) is not None and turn.over.is_set():
            del _latest[conversation]


def wait(turn: Turn, seconds: float) -> bool:
    """Whether the turn ended within so many seconds."""
    return turn.over.wait(seconds)


def _carry_out(turn: Turn, does: Callable[[Hear], object]) -> None:
    try:
        does(turn.hear)
    except FasttrackError as found:
        turn.problem = found.as_dict()
    except Exception as found:
        log.exception("a turn failed")
        turn.problem = {
            "code": "internal",
            "expected": "to carry this out",
            "found": f"{type(found).__name__}: {found}",
            "remedy": "Nothing is lost; please try again.",
        }
    finally:
        turn.over.set()
        log.info("a turn took %.2f s", time.monotonic() - turn.began)
