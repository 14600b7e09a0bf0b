"""Fills the fields of a TaskSpec that the person has not fixed: kind and target first, because the others hang on them."""

from __future__ import annotations

import math

from agent.understanding import columns, cues, kinds, labels, rest, series, wishes
from agent.understanding.language import content_words
from agent.understanding.message import Message
from agent.understanding.shown import Shown, can_be_classes
from agent.understanding.words import words
from tools.core.task import MODALITY, Label, TaskKind, TaskSpec

SURE = 0.95  # a field that is this sure was given by the person (an option, an answer); guesses do not change it
KIND_NEEDED = 0.2  # below this probability the kind is not taken for known
LEAD_NEEDED = 0.35  # a smaller lead of the best column over the next is asked about (log odds)
NAMED = 1.5  # evidence that a column was named; enough where none comes near it
CLEAR_LEAD = 1.0  # with such a lead the data tell what vague words leave open
LABELLED: frozenset[TaskKind] = frozenset(
    {
        "text-classification",
        "multilabel-text-classification",
        "image-classification",
        "object-detection",
        "image-segmentation",
        "tabular-classification",
    }
)


def fill(task: TaskSpec, message: Message, shown: Shown, alone: bool) -> None:
    """Patches the task in place. alone: the person leaves open points to us ("just build it"), so the best guess is taken."""
    said = columns.mentions(message, shown)
    found = _fitting(task, kinds.weigh(message, shown, said))
    best = found[0]
    probability = 1.0 if known(task, "kind") else kinds.odds(found)[best.kind]
    task.open_points = {}
    task.kind, task.confidence["kind"] = best.kind, round(probability, 3)
    fixed = (alone and shown.anything) or known(task, "target") or task.confidence["kind"] >= SURE
    if not fixed and _unclear(message, shown, probability, said, found):
        task.kind, task.modality, task.target, task.target_columns = None, None, None, []
        return
    task.modality = MODALITY[best.kind]
    if not known(task, "target"):
        _choose_target(task, message, shown, found, said)
    _choose_inputs(task, message, shown, said)
    _choose_labels(task, message, shown)
    rest.add(task, message)
    _choose_horizon(task, message, shown, alone)
    _choose_metric(task, message, shown)
    if alone:
        task.open_points = {}


def known(task: TaskSpec, field: str) -> bool:
    """Given by the person: an option (no confidence noted) or an answer."""
    return getattr(task, field) is not None and task.confidence.get(field, 1.0) >= SURE


def _fitting(task: TaskSpec, hypotheses: list[kinds.Hypothesis]) -> list[kinds.Hypothesis]:
    """The hypotheses that agree with what is fixed; all where none does."""
    kept = [h for h in hypotheses if not known(task, "kind") or h.kind == task.kind]
    if known(task, "target"):
        kept = [h for h in kept if h.target == task.target] or kept
    return kept or hypotheses


def _unclear(
    message: Message, shown: Shown, probability: float, said: dict[str, columns.Mention], found: list[kinds.Hypothesis]
) -> bool:
    """Nothing in the words tells what is wanted, and the data alone leave it open."""
    if message.pasted.labels or message.pasted.pairs:
        return False
    telling = max(cues.strength("kinds", kind, message.standing_folded) for kind in cues.names("kinds"))
    vague = max([message.whole.get("unclear", 0.0), *(part.meanings.get("unclear", 0.0) for part in message.standing)])
    parts = [message.whole, *(part.meanings for part in message.standing)]
    meant = max(part.get(kind, 0.0) for part in parts for kind in MODALITY)
    if not shown.anything:
        return not words(message.prose) or (telling < 0.6 and meant < 0.35) or probability < KIND_NEEDED
    best = found[0]
    wanted = said[best.target].score if best.target is not None else 0.0
    named = wanted > 2.5 or (wanted > NAMED and _lead(found) >= LEAD_NEEDED)
    rivals = [column for column in shown.columns if column.candidate_target >= 0.3]
    answers = best.kind == "multilabel-text-classification" and best.target is None and len(shown.flags) > 2
    if shown.images or named or answers or len(rivals) == 1:
        return False
    if not content_words(message.standing_folded):
        return True
    asks = bool(cues.first("data", "yes_or_no", message.standing_folded))
    return telling < 1.0 and (vague > max(0.25, meant) or (meant < 0.3 and not asks and _lead(found) < CLEAR_LEAD))


def _lead(found: list[kinds.Hypothesis]) -> float:
    """By how much the best column leads over the next one (log odds)."""
    best = found[0]
    return best.score - max((h.score for h in found[1:] if h.target != best.target), default=-math.inf)


def _choose_target(
    task: TaskSpec, message: Message, shown: Shown, found: list[kinds.Hypothesis], said: dict[str, columns.Mention]
) -> None:
    if not shown.columns:
        if message.pasted.labels:
            task.target, task.inputs, task.confidence["target"] = "label", ["text"], 0.9
        elif message.pasted.pairs:
            task.target, task.inputs, task.confidence["target"] = "output", ["text"], 0.9
        else:
            task.target = _language_wanted(message) if task.kind == "translation" else None
        return
    best = found[0]
    same = [h for h in found if h.kind == best.kind]
    task.target = best.target
    wanted = shown.flags if task.is_several and best.target is None else []
    task.target_columns = [column.name for column in wanted if not said[column.name].denied]
    task.confidence["target"] = round(1.0 / sum(math.exp(h.score - best.score) for h in same), 3)
    if task.kind in kinds.TABLE_KINDS and _lead(same) < LEAD_NEEDED:
        task.open_points["target"] = ", ".join(h.target for h in same[:4] if h.target)


def _language_wanted(message: Message) -> str | None:
    """The language to translate into, where it is said."""
    match = cues.first("translation", "into", message.standing_folded)
    return match["language"] if match else None


def _choose_inputs(task: TaskSpec, message: Message, shown: Shown, said: dict[str, columns.Mention]) -> None:
    if not shown.columns:
        return
    ruled_out = columns.excluded(message, shown, task.target)
    task.excluded_columns = list(dict.fromkeys([*(n for n in task.excluded_columns if n != task.target), *ruled_out]))
    task.target_columns = [name for name in task.target_columns if name not in ruled_out]
    skipped = {*task.answer_columns, *task.excluded_columns}
    if task.modality == "text":
        texts = [column for column in shown.texts if column.name not in skipped]
        if texts:
            task.inputs = [max(texts, key=lambda text: (said[text.name].named > 0.6, text.mean_words or 0.0)).name]
        return
    task.inputs = [c.name for c in shown.columns if c.name not in skipped and c.role not in ("id", "constant", "empty")]
    if task.kind == "forecasting":
        series.settle(task, message, shown, said)


def _choose_labels(task: TaskSpec, message: Message, shown: Shown) -> None:
    column = shown.column(task.target)
    if known(task, "labels"):
        return
    task.labels, found = None, None
    if task.kind == "forecasting":
        return
    if column is not None and task.kind in ("text-classification", "tabular-classification"):
        task.labels, task.confidence["labels"] = labels.of_column(column) or None, 0.9
        if (why := labels.contradiction(message, column)) is not None:
            task.open_points["labels"], task.confidence["labels"] = why, 0.3
        return
    if column is not None and task.is_several:
        found, task.label_separator = labels.of_sets(column)
        task.labels, task.confidence["labels"] = found or None, 0.8
        return
    if task.target_columns:
        task.labels, task.confidence["labels"] = [Label(name=name) for name in task.target_columns], 0.9
        return
    if message.pasted.labels:
        found = [Label(name=name) for name in message.pasted.labels]
    elif task.kind in ("image-classification", "object-detection"):
        found = labels.of_files(shown)
    elif task.kind == "image-segmentation":
        found = labels.coloured(message)
    if not found and task.kind in LABELLED:
        found = labels.listed(message)
    if found:
        task.labels, task.confidence["labels"] = found, 0.8


def _choose_horizon(task: TaskSpec, message: Message, shown: Shown, alone: bool) -> None:
    if known(task, "horizon"):
        return
    task.horizon, sure = series.horizon(task, message, shown, alone) if task.kind == "forecasting" else (None, 0.0)
    if task.horizon:
        task.confidence["horizon"] = sure


def _choose_metric(task: TaskSpec, message: Message, shown: Shown) -> None:
    if known(task, "metric"):
        return
    column = shown.column(task.target)
    counts = dict(column.top) if column and can_be_classes(column) else {}
    task.metric = wishes.metric(message, task.kind, task.labels, counts)
    if task.metric:
        task.confidence["metric"] = 0.8
