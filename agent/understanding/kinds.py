"""Which kind of task and which target: words, meaning and data weighed together, log-linearly, over all pairs of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.understanding import cues, horizons, labels
from agent.understanding.columns import Mention
from agent.understanding.message import Message
from agent.understanding.shown import LABEL_NAMES, SERIES_NAMES, Shown, can_be_classes, can_be_numbers
from tools.core.data import ColumnProfile
from tools.core.task import MODALITY, TASK_KINDS, TaskKind

MEANING, CUE, CUE_CAP = (
    1.0,
    0.9,
    2.3,
)  # weights of the evidence; chosen on half of 70 made-up stories, checked on the other half
PICTURES = 1.0  # who speaks of photos seldom means a table
DENIED = 0.4  # a sentence with a "not" may still carry the wish
FLOOR = 0.03  # a meaning never counts less than this: embeddings of short texts are often wrong
MANY_VALUES = 30
LISTED = 3  # so many names in a row are classes, whatever opens the list
PROSE_WORDS = 15.0  # longer texts are what the rows are about, however many columns stand beside them
MANY_BESIDE = 4.0  # so much may other columns speak for a table: twenty beside an address outweigh words that sound like texts
NAME_WORDS = 4.0  # shorter texts are names of people and things rather than what somebody wrote
NAMED = 0.3  # a column's name is in the words
HOLDS_SETS = 2.0  # a column whose cells hold several labels each was recognised with care
SURELY_A_LABEL = 0.8  # such a column holds marks, even where the words say that something is not marked yet
IMAGE_KINDS = frozenset({"image-classification", "object-detection", "image-segmentation"})
TABLE_KINDS = frozenset({"tabular-classification", "tabular-regression", "forecasting"})
CLASSES = frozenset({"text-classification", "multilabel-text-classification", "tabular-classification", "image-classification"})
READS_TEXT = frozenset(
    {"text-classification", "multilabel-text-classification", "information-extraction", "summarisation", "translation"}
)
TEXT_OUTPUT = frozenset({"summarisation", "translation", "question-answering", "text-generation"})
WITHOUT_TARGET = frozenset(
    {
        *IMAGE_KINDS,
        "translation",
        "question-answering",
        "text-generation",
        "summarisation",
        "text-to-sql",
        "information-extraction",
    }
)


@dataclass
class Hypothesis:
    """kind with target (None: no column holds it). score: log of unnormalised odds; its parts are kept for explaining."""

    kind: TaskKind
    target: str | None
    words: float
    data: float
    column: float

    @property
    def score(self) -> float:
        """All evidence together."""
        return self.words + self.data + self.column


def weigh(message: Message, shown: Shown, said: dict[str, Mention]) -> list[Hypothesis]:
    """All pairs of kind and target, most plausible first."""
    by_words = {kind: from_words(kind, message) for kind in TASK_KINDS}
    unmarked = bool(cues.first("data", "unmarked", message.standing_folded))
    one_of_many = any(cues.first("data", name, message.asserted_folded) for name in ("which_kind", "which_one"))
    yes_or_no = not one_of_many and bool(cues.first("data", "yes_or_no", message.asserted_folded))
    ahead = horizons.horizon(message, shown) is not None
    found = []
    for kind in TASK_KINDS:
        data = from_data(kind, shown, ahead)
        targets: list[ColumnProfile | None] = [None, *shown.columns]
        found += [
            Hypothesis(
                kind, column.name if column else None, by_words[kind], data, fit(kind, column, shown, said, unmarked) + form
            )
            for column in targets
            for form in [_asked_form(column, unmarked, yes_or_no and kind == "tabular-classification")]
        ]
    return sorted(found, key=lambda hypothesis: -hypothesis.score)


def odds(hypotheses: list[Hypothesis]) -> dict[TaskKind, float]:
    """Kind -> probability, each by its best target."""
    best: dict[TaskKind, float] = {}
    for hypothesis in hypotheses:
        best[hypothesis.kind] = max(best.get(hypothesis.kind, -math.inf), hypothesis.score)
    top = max(best.values())
    weights = {kind: math.exp(score - top) for kind, score in best.items()}
    return {kind: weight / sum(weights.values()) for kind, weight in weights.items()}


def from_words(kind: TaskKind, message: Message) -> float:
    """Evidence from what was said: meaning of the best sentence and of the whole, and telling words."""
    each = [sentence.meanings.get(kind, 0.0) * (DENIED if sentence.negated else 1.0) for sentence in message.standing]
    meaning = 0.5 * max(each, default=0.0) + 0.5 * message.whole.get(kind, 0.0)
    asserted = cues.strength("kinds", kind, message.asserted_folded)
    denied = max(0.0, cues.strength("kinds", kind, message.standing_folded) - asserted)
    telling = min(CUE_CAP, asserted + DENIED * denied)
    pasted = _from_pasted(kind, message)
    pictures = bool(cues.first("data", "pictures", message.asserted_folded)) and kind in IMAGE_KINDS
    return MEANING * math.log(FLOOR + meaning) + CUE * telling + pasted + PICTURES * pictures + _from_form(kind, message)


def _from_form(kind: TaskKind, message: Message) -> float:
    """What the form of the request tells: classes that are listed, "which kind", texts that other people write."""
    found = 0.0
    if kind in CLASSES and (
        labels.listed(message, surely=True)
        or len(labels.listed(message)) >= LISTED
        or cues.first("data", "which_kind", message.asserted_folded)
    ):
        found += 1.1
    if cues.first("data", "written", message.standing_folded):
        found += 0.4 if kind in READS_TEXT else -1.0 if kind == "text-generation" else 0.0
    return found


def _from_pasted(kind: TaskKind, message: Message) -> float:
    found = message.pasted
    if found.labels and not found.table:
        wanted: TaskKind = "multilabel-text-classification" if found.several else "text-classification"
        return 5.0 if kind == wanted else 0.0
    if found.pairs:
        return 1.5 if kind in TEXT_OUTPUT or kind == "information-extraction" else -1.0
    return 1.5 if found.table and kind in TABLE_KINDS else 0.0


def from_data(kind: TaskKind, shown: Shown, ahead: bool = False) -> float:
    """Evidence from what was shown; 0 where nothing was. ahead: the words say how far to look ahead."""
    if not shown.anything:
        return -0.3 if kind == "text-to-sql" else 0.0
    if shown.images and not shown.texts:
        return _from_pictures(kind, shown)
    if kind in IMAGE_KINDS:
        return -5.0
    if kind == "text-to-sql":
        return 4.0 * shown.database + 3.0 * bool(shown.queries) - 3.0 * (not shown.database and not shown.queries)
    if shown.table is None:
        return -1.0 if kind in TABLE_KINDS else 0.5 * shown.documents
    if kind == "information-extraction":
        return (2.5 if shown.lists else -0.5) - 4.0 * (not shown.texts)
    if kind in TEXT_OUTPUT:
        return (0.3 if len(shown.texts) > 1 else -0.8) - 4.0 * (not shown.texts)
    if MODALITY[kind] == "text":
        return _text_or_table(shown) - 5.0 * (not shown.texts)
    if kind == "forecasting":
        return _series(shown) + (2.0 if ahead and shown.times else 0.0)
    return -0.6 * _text_or_table(shown) - 1.2 * bool(shown.queries)


def _from_pictures(kind: TaskKind, shown: Shown) -> float:
    if kind not in IMAGE_KINDS:
        return -7.0
    fits = {
        "image-classification": 2.0 * bool(shown.class_folders),
        "object-detection": 3.0 * bool(shown.boxes),
        "image-segmentation": 3.5 * shown.masks,
    }
    return fits[kind]


def _text_or_table(shown: Shown) -> float:
    """Above 0 where free text is what the rows are about, below where it is one column of a table of measurements."""
    if not shown.texts:
        return -2.0
    longest = max(column.mean_words or 0.0 for column in shown.texts)
    numbers, categories = (
        [c for c in some if c.unique > 1 and c not in shown.flags] for some in (shown.numbers, shown.categories)
    )
    beside = 0.6 * len(numbers) + 0.4 * max(0, len(categories) - 1) + 0.2 * len(shown.times)  # one category may be the answer
    prose = longest > PROSE_WORDS
    found = 2.2 - beside + (1.0 if prose else 0.0) - (1.0 if longest < NAME_WORDS else 0.0)
    return min(2.0, max(-2.0 if prose else -MANY_BESIDE, found))


def _series(shown: Shown) -> float:
    """Forecasting needs a time and a number; where there is little else, nothing else fits."""
    if not shown.times or not (shown.numbers or len(shown.times) > 1):
        return -4.0
    others = [c for c in (*shown.categories, *shown.texts) if not SERIES_NAMES.search(c.name) and c.unique < c.rows // 20]
    extra = len(shown.numbers) - 1 + len(others)
    return 3.0 if extra <= 0 else 1.0 if extra <= 2 else -0.3


def _asked_form(column: ColumnProfile | None, unmarked: bool, yes_or_no: bool) -> float:
    """What the form of the words expects: no column where nothing is marked yet, two values where who or whether is asked."""
    if column is None:
        return 0.0
    return (0.9 if column.unique == 2 else -0.6) * yes_or_no - (
        0.5 if column.candidate_target >= SURELY_A_LABEL else 2.5
    ) * unmarked


def fit(kind: TaskKind, column: ColumnProfile | None, shown: Shown, said: dict[str, Mention], unmarked: bool = False) -> float:
    """How well a column fits as target of a kind, by what was said of it and what it holds."""
    if column is None:
        return _without_column(kind, shown, said, unmarked)
    mention = said[column.name]
    base = mention.score + 3.0 * column.candidate_target - 1.5
    if column in shown.flags and kind in CLASSES and mention.named < NAMED and not mention.placed:
        base -= HOLDS_SETS  # one of several columns of yes and no, and nobody spoke of it
    return base + _holds(kind, column, shown)


def _without_column(kind: TaskKind, shown: Shown, said: dict[str, Mention], unmarked: bool) -> float:
    if kind in IMAGE_KINDS or not shown.columns:
        return 0.0
    if kind == "multilabel-text-classification" and shown.flags:
        return _flagged(shown, said)
    if kind == "text-classification" and len(shown.flags) > 2 and not unmarked:
        return -HOLDS_SETS
    if kind in ("text-classification", "multilabel-text-classification"):
        answers = [
            column
            for column in shown.categories
            if can_be_classes(column) and column.unique <= MANY_VALUES and not said[column.name].denied
        ]
        return -0.7 if len(answers) == 1 and not unmarked else 0.1  # one category beside a text is its answer
    return -0.5 if kind in WITHOUT_TARGET else -2.0


def _flagged(shown: Shown, said: dict[str, Mention]) -> float:
    """Columns of yes and no beside a text: several labels, unless the words speak of one of them alone."""
    named = [column for column in shown.flags if said[column.name].named > 0.6 or said[column.name].placed]
    alone = len(named) == 1 and (said[named[0].name].directed or len(shown.flags) == 2)
    return -1.0 if alone else 1.0 if len(shown.flags) == 2 and not named else 3.0


def _holds(kind: TaskKind, column: ColumnProfile, shown: Shown) -> float:
    """Penalty (or reward) for a column's content as the target of a kind."""
    if column.role in ("constant", "empty") or kind in IMAGE_KINDS:
        return -9.0
    if column in shown.queries:
        return 3.0 if kind == "text-to-sql" else -6.0
    if column.single_labels:
        return HOLDS_SETS if kind == "multilabel-text-classification" else -HOLDS_SETS if kind in CLASSES else -6.0
    if column in shown.lists:
        return 2.0 if kind == "information-extraction" else -0.5 if kind == "multilabel-text-classification" else -6.0
    if kind in ("text-to-sql", "information-extraction"):
        return -2.5
    if kind in TEXT_OUTPUT:
        return _as_written(kind, column, shown)
    if kind in ("tabular-regression", "forecasting"):
        return (0.0 if column.unique > 20 else -0.8) if can_be_numbers(column) and column not in shown.times else -7.0
    if kind == "multilabel-text-classification":
        if column.role != "category":
            return -6.0
        joined = sum(any(mark in example for mark in ",;|+") for example in column.examples)
        return 0.5 if column.examples and joined >= 0.5 * len(column.examples) else -2.0
    if not can_be_classes(column) or column in shown.times:
        return -7.0
    if kind == "text-classification" and column.unique > MANY_VALUES and not LABEL_NAMES.search(column.name):
        return -0.6  # names of people, places and the like
    return 0.0 if column.role == "category" else -0.1 if column.unique <= 2 else -1.2


def _as_written(kind: TaskKind, column: ColumnProfile, shown: Shown) -> float:
    """Text that is to be written: a text column beside another one; a summary is the shorter of both."""
    if column not in shown.texts or len(shown.texts) < 2:
        return -4.0
    longest = max(shown.texts, key=lambda text: text.mean_words or 0.0)
    if kind == "summarisation":
        return -3.0 if column is longest else 1.0
    return 0.5 if kind != "question-answering" or column.name.lower().startswith(("answer", "antwort", "rep", "resp")) else -0.5
