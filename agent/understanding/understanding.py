"""From free words and what was shown to a TaskSpec: the one door of this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from agent.understanding import answers, columns, cues, horizons, kinds, labels, message as messages, wishes
from agent.understanding.intents import Intent, intent_of
from agent.understanding.message import Message
from agent.understanding.missing import missing
from agent.understanding.refusals import Refusal, refusal
from agent.understanding.shown import Shown, can_be_classes, look
from tools.core.data import DataProfile
from tools.core.task import MODALITY, Label, QuestionField, TaskKind, TaskSpec

Status = Literal["ready", "needs-answer", "not-supported", "not-ml"]
SURE = 0.95  # a field that is this sure was given by the person (an option, an answer); later guesses do not change it
KIND_NEEDED = 0.34  # below this probability the kind is not taken for known
TARGET_NEEDED = 0.5  # below this probability of the best column the target is asked


@dataclass
class Understanding:
    """task: patched, with a confidence a field. pasted: examples from the message, as rows. reason: why a request is refused."""

    task: TaskSpec
    status: Status
    intent: Intent
    pasted: list[dict[str, Any]] | None = None
    reason: Refusal | None = None


def understand(words: str, task: TaskSpec, profile: DataProfile, asked: QuestionField | None = None) -> Understanding:
    """Reads a message in the light of what is known. asked: the question field that this message answers, if any.

    What was said before stays unless the message changes it. Never raises on any text.
    """
    shown = look(profile)
    new = messages.read(words, task.language if task.words else None)
    intent = intent_of(new, task, shown, asked)
    patched = task.model_copy(deep=True)
    if new.prose or not task.words:
        patched.language = new.language
    if intent in ("greeting", "about", "smalltalk", "results", "approve-words") and (
        words.strip() and not (shown.anything and intent == "greeting" and False)
    ):
        return _finish(patched, profile, intent, None, None)
    refused = refusal(new, shown)
    patched.words = "\n".join(part for part in (task.words, words.strip()) if part)
    if refused:
        patched.kind, patched.modality = None, None
        return Understanding(patched, "not-ml", intent, None, refused)
    everything = messages.read(patched.words, patched.language) if task.words else new
    patched.constraints = wishes.constraints(new, task.constraints)
    if asked is not None or intent == "change":
        answers.apply(patched, new, shown, asked)
    _fill(patched, everything, shown)
    pasted = new.pasted.rows if new.pasted.rows and not shown.anything else None
    return _finish(patched, profile, intent, pasted, everything)


def _finish(
    task: TaskSpec, profile: DataProfile, intent: Intent, pasted: list[dict[str, Any]] | None, message: Message | None
) -> Understanding:
    if message is not None and cues.first("intents", "just_build", message.folded):
        task.open_points = {}
    open_fields = missing(task, profile)
    status: Status = "needs-answer" if open_fields else "ready"
    if task.kind is not None and task.kind not in wishes.SUPPORTED:
        status = "not-supported"
    return Understanding(task, status, intent, pasted)


def _known(task: TaskSpec, field: str, value: object) -> bool:
    """Given by the person: an option (no confidence noted) or an answer."""
    return value is not None and task.confidence.get(field, 1.0) >= SURE


def _fill(task: TaskSpec, message: Message, shown: Shown) -> None:
    """Fills the fields that are not sure yet, kind and target first, because the others hang on them."""
    said = columns.mentions(message, shown)
    hypotheses = kinds.weigh(message, shown, said)
    fixed_kind, fixed_target = _known(task, "kind", task.kind), _known(task, "target", task.target)
    fitting = [
        h
        for h in hypotheses
        if (not fixed_kind or h.kind == task.kind) and (not fixed_target or h.target == task.target or not shown.columns)
    ]
    best = (fitting or hypotheses)[0]
    probability = 1.0 if fixed_kind else kinds.odds(fitting or hypotheses)[best.kind]
    task.open_points = {}
    task.kind, task.confidence["kind"] = best.kind, round(probability, 3)
    if not fixed_kind and not fixed_target and _unclear(message, shown, probability, said, best):
        task.kind, task.modality = None, None
        return
    task.modality = MODALITY[task.kind] if task.kind else None
    if not fixed_target:
        _choose_target(task, message, shown, fitting or hypotheses, best)
    _choose_inputs(task, message, shown)
    _choose_labels(task, message, shown)
    _choose_horizon(task, message, shown)
    column = shown.column(task.target)
    counts = dict(column.top) if column and can_be_classes(column) else {}
    if not _known(task, "metric", task.metric):
        task.metric = wishes.metric(message, task.kind, task.labels, counts)
        if task.metric:
            task.confidence["metric"] = 0.8


def _unclear(
    message: Message, shown: Shown, probability: float, said: dict[str, columns.Mention], best: kinds.Hypothesis
) -> bool:
    """Nothing in the words tells what is wanted, and the data alone leave it open."""
    if message.pasted.labels or message.pasted.pairs:
        return False
    telling = max(cues.strength("kinds", kind, message.standing_folded) for kind in cues.names("kinds"))
    vague = max([message.whole.get("unclear", 0.0), *(s.meanings.get("unclear", 0.0) for s in message.standing)])
    meant = max(message.whole.get(kind, 0.0) for kind in MODALITY)
    each = max((sentence.meanings.get(kind, 0.0) for sentence in message.standing for kind in MODALITY), default=0.0)
    named = said[best.target].score > 2.5 if best.target else False
    if not shown.anything:
        return telling < 0.6 and max(meant, each) < 0.35 or probability < KIND_NEEDED
    if shown.images or named:
        return False
    rivals = [column for column in shown.columns if column.candidate_target >= 0.3]
    return telling < 1.0 and (vague > 0.25 or max(meant, each) < 0.3) and len(rivals) != 1


def _choose_target(
    task: TaskSpec, message: Message, shown: Shown, hypotheses: list[kinds.Hypothesis], best: kinds.Hypothesis
) -> None:
    import math

    if message.pasted.labels and not shown.columns:
        task.target, task.inputs, task.confidence["target"] = "label", ["text"], 0.9
        return
    if task.kind == "translation" and not shown.columns:
        task.target = _languages(message)
        return
    if message.pasted.pairs and not shown.columns:
        task.target, task.inputs, task.confidence["target"] = "output", ["text"], 0.9
        return
    same = [h for h in hypotheses if h.kind == best.kind]
    weights = [math.exp(h.score - best.score) for h in same]
    task.target = best.target
    task.confidence["target"] = round(1.0 / sum(weights), 3)
    if task.kind in kinds.TABLE_KINDS and task.confidence["target"] < TARGET_NEEDED and shown.columns:
        rivals = [h.target for h in same[:4] if h.target]
        task.open_points["target"] = ", ".join(rivals)


def _languages(message: Message) -> str | None:
    """The language to translate into, where it is said."""
    match = next(
        (match for pattern in cues.patterns("translation", "into") if (match := pattern.search(message.standing_folded))),
        None,
    )
    return match["language"] if match else None


def _choose_inputs(task: TaskSpec, message: Message, shown: Shown) -> None:
    if not shown.columns:
        return
    ruled_out = columns.excluded(message, shown, task.target)
    task.excluded_columns = list(dict.fromkeys([*(name for name in task.excluded_columns if name != task.target), *ruled_out]))
    if task.modality == "text" and task.kind != "text-to-sql":
        texts = [column for column in shown.texts if column.name != task.target and column.name not in task.excluded_columns]
        if texts:
            said = columns.mentions(message, shown)
            inputs = max(texts, key=lambda column: (said[column.name].named > 0.6, column.mean_words or 0.0))
            task.inputs = [inputs.name]
        return
    skipped = {task.target, *task.excluded_columns}
    task.inputs = [c.name for c in shown.columns if c.name not in skipped and c.role not in ("id", "constant", "empty")]
    if task.kind == "forecasting" and task.time_column is None and shown.times:
        task.time_column = max(shown.times, key=lambda column: column.role == "date").name


def _choose_labels(task: TaskSpec, message: Message, shown: Shown) -> None:
    if _known(task, "labels", task.labels):
        return
    task.labels = None
    column = shown.column(task.target)
    if task.kind in ("text-classification", "tabular-classification") and column is not None:
        task.labels, task.confidence["labels"] = labels.of_column(column) or None, 0.9
        if (why := labels.contradiction(message, column)) is not None:
            task.open_points["labels"], task.confidence["labels"] = why, 0.3
    elif message.pasted.labels:
        task.labels, task.confidence["labels"] = [Label(name=name) for name in message.pasted.labels], 0.9
    elif task.kind in ("image-classification", "object-detection") and (found := labels.of_files(shown)):
        task.labels, task.confidence["labels"] = found, 0.9
    elif task.kind in LABELLED:
        found = (labels.coloured(message) if task.kind == "image-segmentation" else []) or labels.listed(message)
        task.labels, task.confidence["labels"] = found or None, 0.7


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


def _choose_horizon(task: TaskSpec, message: Message, shown: Shown) -> None:
    if task.kind != "forecasting":
        if not _known(task, "horizon", task.horizon):
            task.horizon = None
        return
    if not _known(task, "horizon", task.horizon):
        task.horizon = horizons.horizon(message, shown)
        if task.horizon:
            task.confidence["horizon"] = 0.85
