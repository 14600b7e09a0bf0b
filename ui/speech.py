"""A reply while it is being said: its words appear as they come, and make room for the whole message when it stands."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

FRAMES = 12  # a second
THINKING = "…"  # until the first words come


class Speech:
    """`with Speech(console) as speech: session.send(words, speech.hear)`. Piped output gets no words before they stand."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.heard = ""
        self._live: Live | None = None

    def hear(self, piece: str | None) -> None:
        """A piece of the reply; None takes back what was heard."""
        self.heard = "" if piece is None else self.heard + piece
        if self._live is not None:
            self._live.update(self._shown())

    def __enter__(self) -> Speech:
        if self.console.is_terminal:
            from rich.live import Live

            self._live = Live(
                self._shown(), console=self.console, transient=True, refresh_per_second=FRAMES, vertical_overflow="ellipsis"
            )
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _shown(self) -> Text:
        """The words so far, the latest lines where they are more than fit on the screen."""
        from rich.text import Text

        lines = self.heard.splitlines() or [THINKING]
        return Text("\n".join(lines[-max(4, self.console.height - 4) :]))
