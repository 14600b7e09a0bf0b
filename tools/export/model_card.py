"""MODEL_CARD.md: what the model is for, how it was measured and where it ends, from three groups of facts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.evaluation import CandidateResult, Score
from tools.export.asks import Asks
from tools.export.chosen import Chosen
from tools.export.speed import Speed
from tools.report.report import dollars

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent / "templates"
LIMITS = (
    "It answers every row, also one that is nothing like those it learnt from.",
    "It repeats what its examples say, their mistakes and unfair habits included. Look at the mistakes in `evaluation/` before "
    "it decides anything about people.",
    "What rows look like changes with time: measure it again on new labelled rows now and then, and retrain.",
)
ASKING_LIMITS = (
    "Whoever runs the language model may change it or take it away: then the answers change, and this card no longer holds.",
    "A text may try to talk the language model into an answer. It can reach nothing but that answer.",
)
UNLABELLED_TARGET = "label"  # what retrain.py looks for where the model was made without labels
LICENCES = {
    "text-encoder": "all-MiniLM-L6-v2 (sentence-transformers), Apache-2.0",
    "text-autogluon": "all-MiniLM-L6-v2 (sentence-transformers), Apache-2.0",
}
HOW = {
    "constant": "the same answer for every row",
    "text-tfidf": "word and letter counts with a linear model",
    "text-encoder": "a sentence encoder on onnxruntime",
    "text-autogluon": "AutoGluon over text features",
    "table-sklearn": "a scikit-learn pipeline",
    "table-autogluon": "an AutoGluon predictor",
    "prompted": "a language model that is asked about each row",
    "forecast-naive": "the last value or the last season again, with an interval from its own errors",
    "forecast-statistical": "statistical models fitted to each series when it is forecast (statsforecast), combined",
    "forecast-trees": "boosted trees over earlier values and the calendar, one model for all series",
    "forecast-autogluon": "AutoGluon TimeSeries",
    "forecast-chronos": "Chronos-Bolt, a pre-trained forecaster",
    "average": "the weighted average of several models",
}


@dataclass(frozen=True)
class Candidate:
    """One row of the comparison."""

    title: str
    status: str
    validation: str
    test: str
    chosen: bool


@dataclass(frozen=True)
class ModelCard:
    """All that the card says. Scores are texts such as `0.91 (0.88 to 0.94)`; None: no labelled row to measure on."""

    # given by the person
    name: str
    task: str
    kind: str
    target: str
    inputs: list[tuple[str, str]]
    labels: list[tuple[str, str]]

    # measured
    metric: str
    score: str | None
    others: list[tuple[str, str]]
    rows: str
    split: str
    why: str
    recommended: bool
    candidates: list[Candidate]
    problems: list[str]
    rows_per_second: str
    p50_ms: str
    p95_ms: str
    size_mb: str
    settings: list[tuple[str, str]]

    # constant
    heading: str
    title: str
    how: str
    licence: str | None
    limits: tuple[str, ...] = field(default=LIMITS)

    # where a language model is asked
    asks: Asks | None = None


def model_card(run: Chosen, speed: Speed, size_mb: float, asks: Asks | None = None) -> ModelCard:
    """The card of a run's chosen candidate. asks: the language model that it asks, where it asks one."""
    result = run.result
    test = result.test
    return ModelCard(
        name=run.slug,
        task=run.task.words or f"predict {', '.join(run.task.answer_columns)}",
        kind=run.task.kind or "",
        target="`, `".join(run.task.answer_columns) or UNLABELLED_TARGET,
        inputs=[(column["name"], column.get("role", "text")) for column in run.manifest["inputs"]],
        labels=[(label.name, label.description or "") for label in run.task.labels or []],
        metric=run.comparison.metric,
        score=in_words(test.main) if test else None,
        others=[(name, in_words(score)) for name, score in test.others.items() if name != test.main.metric] if test else [],
        rows=_rows(run),
        split=run.split.how,
        why=run.comparison.why,
        recommended=run.comparison.recommended,
        candidates=[_candidate(one, one.name == result.name) for one in run.comparison.candidates],
        problems=[problem.message for problem in run.profile.problems],
        rows_per_second=f"{1000 / result.predict_ms_per_row:,.0f}" if result.predict_ms_per_row else "not measured",
        p50_ms=_milliseconds(speed.p50_ms),
        p95_ms=_milliseconds(speed.p95_ms),
        size_mb=f"{size_mb:,.1f}",
        settings=[(name, str(value)) for name, value in result.settings.items() if _is_setting(name, value)],
        heading=run.heading,
        title=result.title,
        how=_how(run.manifest),
        licence=next((LICENCES[one] for one in run.formats if one in LICENCES), None),
        limits=(*LIMITS, *ASKING_LIMITS) if asks else LIMITS,
        asks=asks,
    )


def _how(manifest: dict[str, Any]) -> str:
    """What the model is; of an average also what of, with the weights."""
    how = HOW.get(manifest["format"], manifest["format"])
    parts = [
        f"{one['title']} ({one['weight']:.0%})".replace("%", " %") for one in manifest.get("members") or [] if "format" in one
    ]
    return f"{how}: {', '.join(parts)}" if parts else how


def _is_setting(name: str, value: object) -> bool:
    """What was chosen, in one word; what was measured stands elsewhere."""
    return isinstance(value, (str, int, float)) and not name.startswith("predict_ms")


def _milliseconds(value: float) -> str:
    return f"{value:.1f}" if value >= 0.1 else "under 0.1"


def _rows(run: Chosen) -> str:
    test = run.result.test.rows if run.result.test else 0
    if run.split.folds:
        return f"{len(run.split.train):,} to learn from and to choose by (in {len(run.split.folds)} folds), {test:,} locked"
    return f"{len(run.split.train):,} to learn from, {len(run.split.validation):,} to choose by, {test:,} locked"


def in_words(score: Score) -> str:
    """`0.913 (0.882 to 0.941)`."""
    if score.low is None or score.high is None:
        return f"{score.value:.4g}"
    return f"{score.value:.4g} ({score.low:.4g} to {score.high:.4g})"


def _candidate(result: CandidateResult, is_chosen: bool) -> Candidate:
    def worded(part: str) -> str:
        evaluation = getattr(result, part)
        return in_words(evaluation.main) if evaluation else "–"

    return Candidate(result.title, result.status, worded("validation"), worded("test"), is_chosen)


def rendered(template: str, card: ModelCard, **more: Any) -> str:
    """A file of templates/ with the card's fields filled in. A name that is not known raises jinja2's UndefinedError."""
    values = {one.name: getattr(card, one.name) for one in fields(card)}
    return _environment().get_template(template).render(**values, **more)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    environment.filters.update(cell=_cell, dollars=dollars, seconds=_seconds, size=_size)
    return environment


def _seconds(value: float) -> str:
    return f"{value:.1f} seconds" if value >= 0.1 else f"{1000 * value:.0f} milliseconds"


def _size(megabytes: float) -> str:
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:,.1f} MB"


def _cell(value: object) -> str:
    """Text from a person inside a table or a line of Markdown: one line, nothing of it taken for markup."""
    text = " ".join(str(value).split())
    for mark in "\\|`<>[]*_":
        text = text.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return text
