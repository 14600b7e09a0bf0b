"""An answer in the light of the field that was asked: "the last column", "Profit", "2", "yes", "six months"."""

from __future__ import annotations

import re

from agent.understanding import columns, cues, horizons, labels, wishes
from agent.understanding.message import Message
from agent.understanding.quantities import number
from agent.understanding.shown import Shown, can_be_classes
from agent.understanding.words import fold, name_words, words
from tools.core.task import Label, QuestionField, TaskSpec

YES = re.compile(
    r"^\W*(yes|yep|yeah|ok|okay|sure|right|correct|exactly|ja|genau|stimmt|richtig|oui|exact\w*|si|claro|exacto|"
    r"correcto|the recommended( one)?|as you (say|suggest|recommend))\b\W*$"
)
NTH = re.compile(
    rf"^\W*(?:the |die |den |das |der |le |la |el )?(?:(?P<word>{'|'.join(columns.ORDINALS)})[nrs]?|(?:number |"
    rf"nummer |numero |nr |no )?(?P<digit>\d{{1,2}}))(?: one| column|e)?\W*$"
)
ADDS = re.compile(
    r"\b(?:(?:also |please )*add|also|plus|one more|another group|dazu|hinzu\w*|ausserdem|erganze|ajoute[rz]?|"
    r"aussi|encore|anade|agrega|tambien)\b(?: (?:a|the|one|eine|noch|un|une|una) (?:group|label|category|gruppe|"
    r"kategorie|groupe|categorie|grupo|categoria))?:?"
)
COLUMN_CHANGE = re.compile(
    r"\b(predict\w*|target|vorher\w*|ziel\w*|predi\w*|cible|objetivo|instead|stattdessen|lieber|plutot|mejor|actually|rather|meant?)\b"
)


def apply(task: TaskSpec, message: Message, shown: Shown, asked: QuestionField | None) -> None:
    """Patches the task with what the answer (asked) or the correction (asked None) says; other fields stay."""
    if asked in ("target", None):
        _target(task, message, shown, asked is not None)
    if asked == "labels" or (asked is None and task.target is None and ADDS.search(message.folded)):
        _labels(task, message, shown)
    if asked == "horizon" or (asked is None and task.kind == "forecasting"):
        direct = asked == "horizon" or bool(cues.first("intents", "correction", message.folded))
        steps = horizons.horizon(message, shown, direct, task.time_column, task.series_columns)
        if steps is not None:
            task.horizon, task.confidence["horizon"] = steps, 1.0
    if asked == "time-column" and (name := column_meant(message, shown, list(task.open_points))) is not None:
        task.time_column, task.confidence["time-column"] = name, 1.0
    if asked == "metric" or asked is None:
        _metric(task, message, shown)
    if asked == "priority":
        _priority(task, message)
    if asked == "privacy" and YES.match(message.folded) is None:
        task.constraints.offline = task.constraints.offline or bool(
            re.search(r"\b(no|nein|non|not|local|offline|here)\b", message.folded)
        )


def choices(task: TaskSpec, shown: Shown) -> list[str]:
    """Columns that a target question offers, most plausible first."""
    rivals = [name.strip() for name in task.open_points.get("target", "").split(",") if shown.column(name.strip())]
    by_data = sorted((c for c in shown.columns if c.candidate_target > 0), key=lambda column: -column.candidate_target)
    usual = [column.name for column in by_data if column.role in ("category", "number")]
    return list(dict.fromkeys([*rivals, *usual]))[:5]


def column_meant(message: Message, shown: Shown, offered: list[str]) -> str | None:
    """The column that an answer means: its name, a name much like it, its number among the choices, its place; None if none."""
    names = [column.name for column in shown.columns]
    folded = message.folded.strip(" .!\"'")
    exact = [name for name in names if fold(name) == folded]
    if exact:
        return exact[0]
    if (nth := NTH.match(folded)) and offered and "column" not in folded:
        position = columns.ORDINALS[nth["word"]] if nth["word"] else int(nth["digit"])
        if 0 < position <= len(offered):
            return offered[position - 1]
        if position < 0:
            return names[-1] if names else None
    if placed := columns.place(folded, names):
        return placed
    if YES.match(folded) and offered:
        return offered[0]
    said = columns.mentions(message, shown)
    names = [column.name for column in shown.columns if column.role not in ("id", "constant", "empty")]
    named = sorted(names, key=lambda name: (-said[name].named - 0.5 * said[name].directed + 2 * said[name].denied, -len(name)))
    if named and said[named[0]].named >= 0.5 and not said[named[0]].denied:
        return named[0]
    alike = [name for name in names if set(name_words(name)) & set(words(message.prose))]
    if len(alike) == 1:
        return alike[0]
    meant = max(names, key=lambda name: said[name].score, default=None)
    return meant if meant and said[meant].score > 1.2 else None


def _target(task: TaskSpec, message: Message, shown: Shown, asked: bool) -> None:
    if not asked and not COLUMN_CHANGE.search(message.folded) and not cues.first("intents", "correction", message.folded):
        return
    if task.kind == "translation" and not shown.columns:
        task.target, task.confidence["target"] = message.prose.strip()[:120], 1.0
        return
    name = column_meant(message, shown, choices(task, shown) if asked else [])
    if name is None or (not asked and name == task.target):
        return
    changed = task.target is not None and name != task.target
    task.target, task.confidence["target"] = name, 1.0
    task.confidence["kind"] = 0.0  # the kind follows from the column
    if changed or task.labels is not None:
        task.labels, task.metric, task.inputs = None, None, []
        task.confidence.pop("labels", None)
        task.confidence.pop("metric", None)
    task.excluded_columns = [column for column in task.excluded_columns if column != name]


def _labels(task: TaskSpec, message: Message, shown: Shown) -> None:
    column = shown.column(task.target)
    if column is not None and can_be_classes(column):
        kept = labels.matching(message, column)
        task.labels = [label for label in labels.of_column(column) if not kept or len(kept) < 2 or label.name in kept]
        task.confidence["labels"] = 1.0
        return
    found = labels.listed(message, asked=True)
    added = ADDS.search(message.folded)
    if added and task.labels:
        names = [label.name for label in found] or [message.prose[added.end() :].strip(" .!:'\"")]
        found = [*task.labels, *(Label(name=name) for name in names if name and name not in task.label_names)]
    if len(found) >= 2:
        task.labels, task.confidence["labels"] = found, 1.0


def _metric(task: TaskSpec, message: Message, shown: Shown) -> None:
    column = shown.column(task.target)
    counts = dict(column.top) if column and can_be_classes(column) else {}
    found = wishes.metric(message, task.kind, task.labels, counts)
    if found is not None:
        task.metric, task.confidence["metric"] = found, 1.0


def _priority(task: TaskSpec, message: Message) -> None:
    value = number(message.folded.strip(" ."))
    if value in (1.0, 2.0, 3.0):
        task.constraints.priority = ("quality", "speed", "cost")[int(value) - 1]
