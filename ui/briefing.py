"""What the person gave on the command line, carried to a conversation of one turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.session import Session
from agent.view import SessionState
from tools.core.errors import FasttrackError, PersonMustMend, TaskError
from tools.core.language_model import Usage
from tools.core.task import Priority
from tools.overrides import Overrides, parse_list, parse_metric
from ui.commands import cost
from ui.output import err

ANSWERED_BY = {
    "task": "--task",
    "data": "FILES",
    "target": "--target",
    "labels": "--labels",
    "horizon": "--horizon",
    "time-column": "--task (name the column)",
    "metric": "--metric",
    "priority": "--priority",
    "privacy": "--offline, or --task",
}


@dataclass(frozen=True)
class Brief:
    """Files, words, what options fix, and which brain reads them."""

    files: Sequence[Path]
    words: str
    test: Path | None
    overrides: Overrides
    brain: str

    @classmethod
    def read(
        cls,
        files: Sequence[Path] | None,
        task: str,
        target: str | None,
        labels: str | None,
        horizon: int | None,
        metric: str | None,
        test: Path | None,
        priority: Priority | None,
        minutes: float | None,
        dollars: float | None,
        approaches: str | None,
        offline: bool,
        brain: str,
    ) -> Brief:
        """From the options of `plan` and `build`. Raises TaskError for a metric that there is not and for too few labels."""
        overrides = Overrides(
            target=target,
            labels=_at_least_two(labels),
            horizon=horizon,
            metric=parse_metric(metric) if metric else None,
            priority=priority,
            minutes=minutes,
            dollars=dollars,
            approaches=parse_list(approaches) if approaches else None,
            offline=offline,
        )
        words = task.strip() or (f"predict {target}" if target else "")
        return cls(list(files or []), words, test, overrides, brain)

    def carry(self) -> tuple[Session, SessionState]:
        """Attach, say, and see: the conversation after its first turn. Raises where that turn ended in an error."""
        session = Session.open(brain=self.brain, overrides=self.overrides, kept=False)
        for path in self.files:
            session.attach(path)
        if self.test is not None:
            session.attach(self.test, role="test")
        state = session.send(self.words)
        for note in state.notes:  # why another brain speaks than the one that is set up
            err().print(note, markup=False)
        if (spent := cost(Usage(), state.usage, state.workspace.language_model)) is not None:
            err().print(spent, markup=False)
        raise_error(state)
        return session, state


def raise_error(state: SessionState) -> None:
    """Raises the error that the last turn ended with, as the person's to mend."""
    if state.error is None:
        return
    raise problem_of(state.error)


def problem_of(error: dict[str, Any]) -> FasttrackError:
    """The error object as an exception again."""
    fields = {name: str(error.get(name, "")) for name in ("expected", "found", "remedy", "code")}
    return PersonMustMend(**fields)


def _at_least_two(labels: str | None) -> list[str] | None:
    if labels is None:
        return None
    names = parse_list(labels)
    if len(names) < 2:
        raise TaskError(
            code="too-few-labels",
            expected="at least two labels, separated by commas",
            found=repr(labels),
            remedy='Write --labels "praise,complaint".',
        )
    return names
