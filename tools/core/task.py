"""What the person wants: the TaskSpec and its parts. Plain data, stored as JSON in the conversation and in a run."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

TaskKind = Literal[
    "text-classification",
    "multilabel-text-classification",
    "tabular-classification",
    "tabular-regression",
    "forecasting",
    "image-classification",
    "object-detection",
    "image-segmentation",
    "information-extraction",
    "summarisation",
    "translation",
    "question-answering",
    "text-generation",
    "text-to-sql",
]
TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)

Modality = Literal["text", "table", "series", "image"]
MODALITY: dict[TaskKind, Modality] = {
    "text-classification": "text",
    "multilabel-text-classification": "text",
    "tabular-classification": "table",
    "tabular-regression": "table",
    "forecasting": "series",
    "image-classification": "image",
    "object-detection": "image",
    "image-segmentation": "image",
    "information-extraction": "text",
    "summarisation": "text",
    "translation": "text",
    "question-answering": "text",
    "text-generation": "text",
    "text-to-sql": "text",
}
CLASSIFICATION: frozenset[TaskKind] = frozenset({"text-classification", "tabular-classification"})

MetricName = Literal[
    "accuracy", "balanced-accuracy", "macro-f1", "f1", "fbeta", "precision", "recall", "precision-at-k", "mcc", "roc-auc",
    "average-precision", "log-loss", "rmse", "mae", "r2", "mape", "rmsle", "mase", "smape", "rmsse", "wql", "coverage",
]  # fmt: skip
Priority = Literal["quality", "speed", "cost"]
Language = Literal["en", "de", "fr", "es"]
QuestionField = Literal["task", "data", "target", "labels", "horizon", "time-column", "metric", "priority", "privacy"]


class Model(BaseModel):
    """Base of all core data: unknown fields are refused, so a typo never passes silently."""

    model_config = ConfigDict(extra="forbid")


class Label(Model):
    """One class. name: exactly as it occurs in the target column. description: what the person or a brain says it means."""

    name: str
    description: str | None = None


class MetricSpec(Model):
    """A metric: a name from METRICS, the label it is about (f1, precision, recall ...), and a parameter.

    at: for `fbeta` the beta; for `precision-at-k` the k; for `recall` the least precision; for `precision` the least recall.
    """

    name: MetricName
    label: str | None = None
    at: float | None = None


class Constraints(Model):
    """What the person will not go beyond. None means: not said."""

    priority: Priority | None = None
    offline: bool = False
    max_dollars: float | None = None
    minutes: float | None = None
    max_latency_ms: float | None = None


class TaskSpec(Model):
    """What the person wants. A field that is not known yet is None.

    words: the person's own words so far, for the report and the model card.
    inputs: names of the columns to predict from (empty: not decided; for pasted text, `text`).
    target: the column to predict; None where the rows have no labels, or where each label has a column of its own.
    target_columns: several labels at once: the columns of 0 and 1 (yes and no), one a label, named like the labels.
    Forecasting: the columns of a wide table that are a series each.
    other: the label for what is none of the others ("everything else is other"); it is one of `labels`, and may have no rows.
    label_separator: several labels at once: what parts the labels in a cell of `target`; None where a cell is a JSON list.
    labels: classes in a stable order; None where the kind has none or they are not known.
    confidence: field -> 0..1, how sure the understanding is.
    open_points: field -> why it must be asked although the field may hold a guess (a contradiction, several plausible values).
    excluded_columns: never used as inputs (leaks, ids, what the person ruled out).
    group_column: rows with the same value belong together and stay on one side of a split.
    time_column: the latest rows are the test.
    series_columns: forecasting: the columns whose values together name a series; empty where there is one series.
    known_columns: forecasting: columns whose future values are known in advance (prices, holidays), and given with a forecast.
    frequency: forecasting: a pandas offset alias where it was said or found; None: whole-number steps, or not known.
    instruction: what somebody who does this by hand would be told, in a few sentences; a wording that prompting tries.
    """

    kind: TaskKind | None = None
    modality: Modality | None = None
    words: str = ""
    language: Language = "en"
    inputs: list[str] = Field(default_factory=list)
    target: str | None = None
    target_columns: list[str] = Field(default_factory=list)
    label_separator: str | None = None
    labels: list[Label] | None = None
    other: str | None = None
    horizon: int | None = None
    metric: MetricSpec | None = None
    constraints: Constraints = Field(default_factory=Constraints)
    excluded_columns: list[str] = Field(default_factory=list)
    group_column: str | None = None
    time_column: str | None = None
    series_columns: list[str] = Field(default_factory=list)
    known_columns: list[str] = Field(default_factory=list)
    frequency: str | None = None
    instruction: str | None = None
    confidence: dict[str, float] = Field(default_factory=dict)
    open_points: dict[QuestionField, str] = Field(default_factory=dict)

    @property
    def label_names(self) -> list[str]:
        """Names of the labels in their stable order; empty where there are none."""
        return [label.name for label in self.labels or []]

    @property
    def is_classification(self) -> bool:
        """Exactly one class a row."""
        return self.kind in CLASSIFICATION

    @property
    def is_several(self) -> bool:
        """Any number of labels a row, none included: its targets are JSON lists (`tools/runtime/label_sets.py`)."""
        return self.kind == "multilabel-text-classification"

    @property
    def is_forecasting(self) -> bool:
        """The next values of one or many series."""
        return self.kind == "forecasting"

    @property
    def answer_columns(self) -> list[str]:
        """The columns that hold the answers: the target, or one a label; empty where the rows have none."""
        return [self.target] if self.target is not None else list(self.target_columns)


class Question(Model):
    """One thing that a plan needs and cannot know. choices: what can be clicked; recommended: one of them, or None."""

    field: QuestionField
    text: str
    choices: list[str] = Field(default_factory=list)
    recommended: str | None = None
