"""Labelling rows in the terminal: a number or a label answers each row; several with commas where it may have them."""

from __future__ import annotations

from collections.abc import Callable

from agent.session import Session
from agent.view import SessionState
from tools.core.errors import PersonDecides
from tools.runtime import label_sets
from tools.workspace import LabellingCard
from ui.output import out

SKIPPING, ENDING, NOTHING = "s", "q", "-"


def hand_out(session: Session, card: LabellingCard, ask: Callable[[str], str]) -> SessionState:
    """Ask for a label for each row; what was answered before the person stopped counts.

    Raises PersonDecides where nothing was labelled, and the card is closed.
    """
    console = out()
    choices = ", ".join(f"{number}. {label}" for number, label in enumerate(card.labels, start=1))
    several = session.state().workspace.task.is_several
    more = " (several with commas, - for none)" if several else ""
    console.print(f"{len(card.rows)} rows to label: {choices}{more}, [s]kip, [q]uit labelling", markup=False)
    answers: dict[int, str] = {}
    for position, (row, shown) in enumerate(card.rows.items(), start=1):
        console.print(f"\n{position}/{len(card.rows)}  " + "; ".join(f"{value}" for value in shown.values()), markup=False)
        label = _labels(card.labels, ask) if several else _label(card.labels, ask)
        if label == ENDING:
            break
        if label != SKIPPING:
            answers[row] = label
    if not answers:
        session.close_labelling()
        raise PersonDecides(expected="at least one labelled row", found="none", remedy="Say /label to begin again.")
    return session.label(answers)


def _label(labels: list[str], ask: Callable[[str], str]) -> str:
    """A label, or one of the two ways on. Asks again until it is one of them."""
    while True:
        answer = ask("label > ").strip()
        if (label := _meant(answer, labels)) is not None:
            return label
        if answer.lower() in (SKIPPING, ENDING):
            return answer.lower()


def _labels(labels: list[str], ask: Callable[[str], str]) -> str:
    """A row's labels as a JSON list, or one of the two ways on. Asks again until it is one of them."""
    while True:
        answer = ask("labels > ").strip()
        if answer == NOTHING:
            return label_sets.written([], labels)
        meant = [_meant(part.strip(), labels) for part in answer.split(",")]
        found = [label for label in meant if label is not None]
        if len(found) == len(meant):
            return label_sets.written(found, labels)
        if answer.lower() in (SKIPPING, ENDING):
            return answer.lower()


def _meant(answer: str, labels: list[str]) -> str | None:
    """A label by its name or its number."""
    if answer in labels:
        return answer
    return labels[int(answer) - 1] if answer.isdigit() and 0 < int(answer) <= len(labels) else None
