"""What the person will not go beyond, and how errors count: constraints and the metric, from words."""

from __future__ import annotations

import functools
import re

from agent.understanding import cues
from agent.understanding.message import Message
from agent.understanding.quantities import dollars, durations
from agent.understanding.words import fold
from tools.core.task import Constraints, Label, MetricName, MetricSpec, TaskKind

RARE = 0.4  # a label with a smaller share than this is the one that people look for
NEGATIVE = re.compile(
    r"^(no|non|nein|n|false|0|-1|0\.0|ham|ok|okay|fine|good|gut|bon|bueno|normal\w*|none|negative|healthy|benign|legit\w*|other|rest|not[\W_].*|"
    r"non[\W_].*|kein\w*|un\w+|clean|stay\w*|retained|active|passed|regular|genuine|can wait|not urgent)$"
)
NAMED: dict[str, MetricName] = {
    "balanced accuracy": "balanced-accuracy",
    "accuracy": "accuracy",
    "genauigkeit": "accuracy",
    "exactitude": "accuracy",
    "exactitud": "accuracy",
    "macro f1": "macro-f1",
    "macrof1": "macro-f1",
    "f1": "f1",
    "precision": "precision",
    "recall": "recall",
    "mcc": "mcc",
    "roc auc": "roc-auc",
    "rocauc": "roc-auc",
    "auc": "roc-auc",
    "average precision": "average-precision",
    "pr auc": "average-precision",
    "prauc": "average-precision",
    "log loss": "log-loss",
    "logloss": "log-loss",
    "rmse": "rmse",
    "mae": "mae",
    "r2": "r2",
    "r^2": "r2",
    "mape": "mape",
    "rmsle": "rmsle",
    "mase": "mase",
    "smape": "smape",
    "rmsse": "rmsse",
    "wql": "wql",
}
FOR_NUMBERS = frozenset({"rmse", "mae", "r2", "mape", "rmsle"})
FOR_FORECASTS = frozenset({"mase", "smape", "rmsse", "wql", "rmse", "mae", "mape"})
FOR_CLASSES = frozenset(NAMED.values()) - FOR_NUMBERS - FOR_FORECASTS
BUDGET_WORDS = re.compile(
    r"\b(spend|cost|costs|budget|afford|month|most|more than|max\w*|under|limit|pay|ausgeben|kosten|kostet|"
    r"monat|hochstens|depenser|couter|mois|gastar|costar|mes|presupuesto)\b"
)
TIME_LIMIT = re.compile(
    r"\b(i (only )?have|in|within|under|at most|no more than|takes?|ready in|ich habe|innerhalb|hochstens|j.ai|"
    r"en moins de|tengo|en menos de)\b"
)


@functools.cache
def supported() -> frozenset[TaskKind]:
    """The kinds that some approach can build."""
    from tools.approaches import APPROACHES

    return frozenset(kind for approach in APPROACHES for kind in approach.kinds)


def constraints(message: Message, before: Constraints) -> Constraints:
    """The constraints so far with what this message adds; the stricter rule holds where a message contradicts itself."""
    folded = message.folded
    found = before.model_copy()
    found.offline = before.offline or any(
        cues.first("constraints", "offline", sentence.folded) for sentence in message.sentences
    )
    amount = _budget(folded)
    if amount is not None:
        found.max_dollars = amount
    latency = _latency(folded)
    if latency is not None:
        found.max_latency_ms = latency
    minutes = _minutes(folded)
    if minutes is not None:
        found.minutes = minutes
    cheap = amount is not None or bool(cues.first("constraints", "cheap", folded))
    # An answer while somebody waits is a limit for each answer (max_latency_ms), not a wish for a plan that is built quickly.
    if latency is None and cues.first("constraints", "fast", folded):
        found.priority = "speed"
    elif cheap:
        found.priority = "cost"
    elif cues.first("constraints", "quality", folded):
        found.priority = "quality"
    return found


def _budget(folded: str) -> float | None:
    for sentence in re.split(r"[.!?\n]+\s", folded):
        amount = dollars(sentence)
        if (
            amount is not None
            and (amount == 0 or BUDGET_WORDS.search(sentence))
            and not re.search(r"\b(each|every|per) (call|order|mistake|customer|one)\b|\bcall costs\b", sentence)
        ):
            return amount
    return None


def _latency(folded: str) -> float | None:
    match = re.search(r"(\d+(?:[.,]\d+)?)\s?(?:ms|milli\w+)\b", folded)
    if match:
        return float(match[1].replace(",", "."))
    spans = [span for span in durations(folded) if span.unit == "second"]
    if spans:
        return min(span.seconds for span in spans) * 1000
    return (
        500.0
        if re.search(r"\b(instant\w*|real[- ]time|echtzeit|temps reel|tiempo real|al instante|instantane\w*)\b", folded)
        else None
    )


def _minutes(folded: str) -> float | None:
    for span in durations(folded):
        before = folded[max(0, span.start - 22) : span.start]
        if (
            span.unit in ("minute", "hour")
            and TIME_LIMIT.search(before)
            and not re.search(r"\b(next|every|per|each|once|last)\b", before + folded[span.start : span.end])
        ):
            return span.seconds / 60
    return None


def metric(message: Message, kind: TaskKind | None, labels: list[Label] | None, counts: dict[str, int]) -> MetricSpec | None:
    """The metric that the words ask for; None where they do not tell or the kind has no approach yet.

    counts: rows of each label, empty where not known. Costs of both errors: average precision; a miss is worse: F2;
    a false alarm is worse: F0.5; room for k cases: precision among the first k; rare classes matter: macro-F1.
    """
    if kind is None or kind not in supported():
        return None
    folded = message.folded
    named = _named(folded, kind)
    if kind == "tabular-regression":
        return named or _for_numbers(folded)
    if kind == "forecasting":
        return named or (MetricSpec(name="smape") if cues.first("metric", "percent", folded) else None)
    names = [label.name for label in labels or []] or list(counts)
    if kind == "multilabel-text-classification":
        return _for_label_sets(named, names, folded)
    positive = mentioned_label(names, folded) or positive_label(names, counts, folded)
    if named:
        about_one = named in _ABOUT_ONE
        return MetricSpec(name=named.name, label=positive, at=named.at) if about_one else named
    two = len(names) == 2
    miss = bool(cues.first("metric", "miss_is_worse", folded))
    alarm = bool(cues.first("metric", "alarm_is_worse", folded))
    room = cues.first("metric", "capacity", folded)
    if two and room and float(room["k"]) > 1:
        return MetricSpec(name="precision-at-k", label=positive, at=float(room["k"]))
    if two and miss and alarm:
        return MetricSpec(name="average-precision", label=positive)
    if two and (miss or alarm):
        return MetricSpec(name="fbeta", label=positive, at=2.0 if miss else 0.5)
    one = mentioned_label(names, folded)
    if miss and one and len(names) > 2:
        return MetricSpec(name="recall", label=one, at=0.9)
    return MetricSpec(name="macro-f1") if cues.first("metric", "rare_matters", folded) else None


def _for_label_sets(named: MetricSpec | None, names: list[str], folded: str) -> MetricSpec | None:
    """Several labels at once: a label is asked about by its name; misses and false alarms count for each label alike."""
    one = mentioned_label(names, folded)
    miss = bool(cues.first("metric", "miss_is_worse", folded))
    if named is not None:
        if named in _ABOUT_ONE:
            return MetricSpec(name=named.name, label=one) if one else MetricSpec(name="macro-f1")
        return None if named.name in ("balanced-accuracy", "mcc") else named
    if miss and one:
        return MetricSpec(name="recall", label=one, at=0.9)
    if miss:
        return MetricSpec(name="fbeta", at=2.0)
    return MetricSpec(name="fbeta", at=0.5) if cues.first("metric", "alarm_is_worse", folded) else None


_ABOUT_ONE: list[MetricSpec] = [MetricSpec(name=name) for name in ("f1", "precision", "recall")]


def _named(folded: str, kind: TaskKind) -> MetricSpec | None:
    match = cues.first("metric", "named", folded)
    if not match:
        return None
    name = NAMED.get(match["name"].replace("-", " "))
    fitting = FOR_FORECASTS if kind == "forecasting" else FOR_NUMBERS if kind == "tabular-regression" else FOR_CLASSES
    if name is None or name not in fitting:
        return None
    return MetricSpec(name=name)


def _for_numbers(folded: str) -> MetricSpec | None:
    if cues.first("metric", "percent", folded):
        return MetricSpec(name="mape")
    if cues.first("metric", "big_errors", folded):
        return MetricSpec(name="rmse")
    return MetricSpec(name="mae") if cues.first("metric", "off_by", folded) else None


def positive_label(names: list[str], counts: dict[str, int], folded: str = "") -> str | None:
    """Of two labels the one that is looked for: the clearly rarer one, else the one that does not read like a no."""
    if len(names) != 2:
        return None
    total = sum(counts.get(name, 0) for name in names)
    rarer = min(names, key=lambda name: counts.get(name, 0))
    if total and counts.get(rarer, 0) < RARE * total:
        return rarer  # who fails, where nearly all pass; who stays away, where nearly all come
    yes = [name for name in names if not NEGATIVE.match(fold(name).strip("'\" "))]
    if len(yes) == 1:
        return yes[0]
    return rarer if counts else names[0]


def mentioned_label(names: list[str], folded: str) -> str | None:
    """The one label that the words name, where it is exactly one."""
    named = [name for name in names if len(name) > 2 and re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", folded)]
    return named[0] if len(named) == 1 else None
