"""What an approach is: it says whether it is possible here and what it costs, and builds a portable model.

Adding one: a class in a file of this folder that fulfils `Approach`, and its name in `APPROACHES` (`__init__.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tools.core.data import DataProfile, SeriesForm
from tools.core.language_model import LanguageModel, Usage
from tools.core.plan import Estimate, Rung
from tools.core.task import MetricSpec, TaskKind, TaskSpec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Machine:
    """What this machine can do. rates: measured speeds (`tools/rates.py`), e.g. {"encode_texts_per_second": 240.0}."""

    cores: int
    memory_mb: float
    free_disk_mb: float
    gpu: bool
    offline: bool
    rates: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """All that feasibility and estimates may depend on.

    train_rows: labelled rows to learn from (0: none), folds counted once. test_rows: rows scored at the end.
    label_counts: labelled training rows for each class; None for numbers. minutes: what the whole run may take.
    cross_validated: validation is by folds (about 5 fits and one final).
    language_model: the one that prompting may ask; None where none is set up. dollars: what the whole run may cost.
    series: of a forecast; None for every other kind.
    """

    task: TaskSpec
    profile: DataProfile
    machine: Machine
    train_rows: int
    test_rows: int
    label_counts: dict[str, int] | None
    minutes: float
    cross_validated: bool
    language_model: LanguageModel | None = None
    dollars: float = 0.0
    series: SeriesForm | None = None


@dataclass(frozen=True)
class Feasible:
    """Possible here. reason: one clause for the plan table; worth: 0..1, how promising (orders and preselects candidates).

    least_minutes: where it adapts to the minutes that it gets (AutoML, epochs): from so many on it is worth building;
    `estimate.minutes` is what it would take if nothing stopped it, the plan says what it gets. None: it takes what it takes.
    """

    reason: str
    estimate: Estimate
    worth: float
    leaves_machine: tuple[str, ...] = ()
    least_minutes: float | None = None


@dataclass(frozen=True)
class Infeasible:
    """Not possible here, with the reason and, where there is one, the remedy, in one sentence."""

    reason: str


LEVELS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Quantiles of a forecast. The first and the last are the 90 % interval; those between judge by weighted quantile loss."""


@dataclass(frozen=True)
class SeriesContext:
    """Where n forecast rows stand. series: int [n], which series; step: int [n], 1-based steps ahead; window: int [n].

    scale, squared_scale: float [n], mean absolute and mean squared error of the seasonal naive forecast within the history that
    the row's forecast knew: what MASE and RMSSE divide by (Hyndman and Koehler 2006; Makridakis et al. 2022).
    """

    series: np.ndarray
    step: np.ndarray
    window: np.ndarray
    scale: np.ndarray
    squared_scale: np.ndarray


@dataclass
class Predictions:
    """Predictions for n rows.

    Classes: `probabilities` is float64 [n, len(labels)] in the order of `task.label_names`, rows sum to 1.
    `choice` is int [n], the position of the chosen label, where it is not simply the most probable one (a threshold).
    Several labels at once: `probabilities` [n, labels] are independent of each other (rows need not sum to 1), and `chosen` is
    bool [n, labels]: which labels a person would be told.
    Numbers: `values` is float64 [n]; `low` and `high` [n] are a 90 % prediction interval where there is one.
    Forecasts: also `quantiles` [n, len(LEVELS)], not falling along a row, and where the rows stand (`context`).
    """

    probabilities: np.ndarray | None = None
    values: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    choice: np.ndarray | None = None
    chosen: np.ndarray | None = None
    quantiles: np.ndarray | None = None
    context: SeriesContext | None = None


@dataclass
class Rows:
    """Rows to learn from or to judge on. inputs: the task's input columns as loaded, index: row ids. target: str or float64.

    Forecasting: inputs has `series` (str), `time` (datetime64, or int64 where time is counted), then the covariates by name;
    rows are ordered by series, then time, without gaps (a missing point has the target NaN).
    """

    inputs: pd.DataFrame
    target: pd.Series

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, positions: Sequence[int]) -> Rows:
        """The rows at these positions (not row ids)."""
        return Rows(self.inputs.iloc[list(positions)], self.target.iloc[list(positions)])


Progress = Callable[[float, str], None]
"""progress(fraction done 0..1, phase in words); cheap, may be called often."""


class LeftOut(Exception):
    """Raised by `fit` where going on cannot pay; the message is the reason that people read. The candidate is then skipped."""


class Standing:
    """Where a candidate that is being built stands among the finished ones. This one knows of none."""

    def hopeless(self, quality: float, done: float) -> str | None:
        """Why it cannot win any more, to be raised as LeftOut; None where it still may.

        quality: the plan's metric on the validation rows as learnt so far, the higher the better (errors are negated).
        done: share of its learning that this took, 0..1. Cheap; call it after each epoch, setting or model.
        """
        return None


@dataclass(frozen=True)
class Member:
    """A finished candidate that others may build on. folder: its model; validation: its predictions in the job's order.

    milliseconds: of an answer to a single row; among_many: of each of many rows that are asked about together.
    """

    name: str
    title: str
    folder: Path
    validation: Predictions
    milliseconds: float
    among_many: float


@dataclass
class FitJob:
    """One candidate to build.

    train, validation: disjoint rows, unless `folds` is given: then both are all rows, and folds[i] are the positions (0-based,
    into `train`) that are validation in fold i. Without labels both are empty.
    series, windows: forecasting: the form of the series, and the positions (into `train`, which holds them too) of each rolling
    window; a forecast for a window may use no target of the window or of what comes after it. `folds` is None then.
    folder: empty; the portable model (see `tools/runtime`) is written here. minutes: fit within this, or raise.
    column_formats: name -> how the column is written in the person's file (`tools.data.loading`: decimal, thousands, strip,
    quotes, date_format, zone, missing_tokens), so that the prototype reads new files in the same way.
    language_model: the plan's. dollars: what this candidate may still spend, scoring included. paid: dollars of earlier
    attempts, whose answers are kept and cost nothing again. test_rows: scored at the end. spending: is told the dollars that
    may be gone at most, before they are gone.
    standing: tells when it cannot win any more. members: reads what was finished before and could be averaged,
    the best first.
    """

    task: TaskSpec
    metric: MetricSpec
    train: Rows
    validation: Rows
    folds: list[list[int]] | None
    folder: Path
    minutes: float
    progress: Progress
    cores: int
    seed: int = 0
    column_roles: dict[str, str] = field(default_factory=dict)
    column_formats: dict[str, dict[str, Any]] = field(default_factory=dict)
    language_model: LanguageModel | None = None
    dollars: float = 0.0
    paid: float = 0.0
    test_rows: int = 0
    spending: Callable[[float], None] = lambda _: None
    series: SeriesForm | None = None
    windows: list[list[int]] | None = None
    standing: Standing = field(default_factory=Standing)
    members: Callable[[], Sequence[Member]] = tuple


@dataclass
class Fitted:
    """What `fit` gives back.

    validation: predictions for `job.validation` in order, each by a model that never saw the row; None without labels.
    settings: what was chosen, JSON-able, shown in the report. usage: what asking a language model has cost in `fit`.
    The model in `job.folder` is final: refitted on train and validation together where that pays.
    """

    validation: Predictions | None
    settings: dict[str, Any]
    usage: Usage | None = None


class Approach(Protocol):
    """One way to solve a task, at one rung of the ladder. name: unique, kebab-case. title: what people read."""

    name: str
    rung: Rung
    title: str
    kinds: frozenset[TaskKind]
    trivial: bool

    def consider(self, situation: Situation) -> Feasible | Infeasible:
        """Whether it is possible here, why, and what it will cost. Cheap: no heavy import, no file read."""

    def fit(self, job: FitJob) -> Fitted:
        """Build the model into `job.folder`. Heavy imports belong in here. Raises LeftOut where going on cannot pay."""
