"""A run as it goes: bars on a terminal, plain lines when piped. Reads the journal and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ui.output import err
from ui.tables import score

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

STAGES = {
    "waiting": "waiting for another run on this machine",
    "preparing": "preparing the data",
    "comparing": "comparing",
    "reporting": "writing the report",
    "exporting": "packing the prototype",
    "proving": "proving the prototype in a fresh environment",
}


def watch(events: Iterable[Mapping[str, Any]]) -> None:
    """Show a run's events until they end. Interrupting this does not stop the run."""
    console = err()
    show = Bars(console).show if console.is_terminal else Lines(console).show
    show(events)


class Lines:
    """One line for each thing that starts or ends; no line for mere progress."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def show(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Print until the events end."""
        for event in events:
            line = told(event)
            if line:
                self.console.print(f"{_clock(event.get('seconds'))} {line}", markup=False)


class Bars:
    """A bar a candidate with its phase, and how long all of it will still take."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars: dict[str, TaskID] = {}

    def show(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Draw until the events end."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[phase]}"),
        )
        with Progress(*columns, console=self.console) as progress:
            for event in events:
                self._draw(progress, event)

    def _draw(self, progress: Progress, event: Mapping[str, Any]) -> None:
        name = event.get("name")
        if event["event"] == "candidate-started":
            self.bars[str(name)] = progress.add_task(str(name), total=1.0, phase="")
        elif event["event"] == "progress" and name in self.bars:
            left = event.get("left_seconds")
            phase = f"{event.get('phase', '')}{f', about {_clock(left)} left in all' if left is not None else ''}"
            progress.update(self.bars[str(name)], completed=float(event.get("fraction", 0.0)), phase=phase)
        elif event["event"] == "candidate-finished" and name in self.bars:
            progress.update(self.bars[str(name)], completed=1.0, phase=_ending(event))
            progress.stop_task(self.bars[str(name)])
        elif line := told(event):
            progress.console.print(line, markup=False)


def told(event: Mapping[str, Any]) -> str | None:
    """One event in a line, or None where it is not worth one."""
    kind = event["event"]
    if kind in STAGES:
        return STAGES[kind]
    if kind == "candidate-started":
        return f"{event['name']}: started (about {_clock(60 * float(event.get('estimate_minutes') or 0))})"
    if kind == "candidate-finished":
        return f"{event['name']}: {_ending(event)}"
    if kind == "candidate-retried":
        return f"{event['name']}: started again ({event.get('reason')})"
    if kind == "run-started":
        return "going on with the run" if event.get("resumed") else "the run started"
    if kind == "requested":
        return f"{event.get('what')} was asked for"
    if kind == "proved":
        return _proof(event)
    if kind == "run-finished":
        reason = f" ({event['reason']})" if event.get("reason") else ""
        return f"the run ended: {event.get('status')}{reason}"
    return None


def _proof(event: Mapping[str, Any]) -> str:
    if event.get("ok"):
        return f"proved in {float(event.get('proof_seconds') or 0):.0f} s: a fresh environment gave the same predictions"
    return f"the proof failed: {event.get('reason')}"


def _ending(event: Mapping[str, Any]) -> str:
    if event.get("status") == "done":
        return f"done in {_clock(event.get('fit_seconds'))}, {score(_main(event.get('validation')))} on validation"
    return f"{event.get('status')}: {event.get('reason') or ''}"


def _main(validation: Any) -> Mapping[str, Any] | None:
    """The journal may hold an Evaluation (main score inside) or the score itself."""
    return validation.get("main", validation) if isinstance(validation, dict) else None


def _clock(seconds: Any) -> str:
    if seconds is None:
        return "?"
    whole = round(float(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
