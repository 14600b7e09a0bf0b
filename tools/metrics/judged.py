"""Rows with their truth and what a candidate said of them: what every metric is computed from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from tools.core.errors import DataError
from tools.core.task import MetricName, MetricSpec, TaskSpec

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.base import Predictions, SeriesContext


@dataclass(frozen=True)
class Judged:
    """n rows. Classes: truth and choice are int codes [n] into `labels`, probabilities [n, labels]. Numbers: truth, values [n].

    Several labels at once: truth and choice are bool [n, labels].

    Forecasts: also quantiles [n, LEVELS] and interval [n, 2] (low, high) where there are any, and where the rows stand.

    labels: the `known` ones of the task, then those that occur only in these rows: no model gives them, their column is zero.
    """

    labels: tuple[str, ...]
    known: int
    truth: np.ndarray
    choice: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    values: np.ndarray | None = None
    quantiles: np.ndarray | None = None
    interval: np.ndarray | None = None
    context: SeriesContext | None = None

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, positions: np.ndarray) -> Judged:
        """The rows at these positions, as classes or numbers (forecasts are resampled by series: `tools/metrics/series.py`)."""

        def part(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else array[positions]

        truth = self.truth[positions]
        return Judged(self.labels, self.known, truth, part(self.choice), part(self.probabilities), part(self.values))

    @property
    def several(self) -> bool:
        """Whether a row may have several labels."""
        return self.truth.ndim == 2

    def each(self, labels: np.ndarray) -> np.ndarray:
        """Truth or choice as bool [n, labels]."""
        import numpy as np

        return labels if self.several else labels[:, None] == np.arange(len(self.labels))

    def having(self, code: int) -> np.ndarray:
        """bool [n]: which rows truly have the label."""
        found: np.ndarray = self.truth[:, code] if self.several else self.truth == code
        return found

    def given(self, code: int) -> np.ndarray:
        """bool [n]: which rows were given the label."""
        found: np.ndarray = self.chosen[:, code] if self.several else self.chosen == code
        return found

    @property
    def chosen(self) -> np.ndarray:
        """`choice`, for metrics of classes."""
        if self.choice is None:
            raise TypeError("these rows were judged as numbers: there is no chosen class")
        return self.choice

    @property
    def scores(self) -> np.ndarray:
        """`probabilities`, for metrics of classes."""
        if self.probabilities is None:
            raise TypeError("these rows were judged as numbers: there are no probabilities")
        return self.probabilities

    @property
    def numbers(self) -> np.ndarray:
        """`values`, for metrics of numbers."""
        if self.values is None:
            raise TypeError("these rows were judged as classes: there are no numbers")
        return self.values


@dataclass(frozen=True)
class Metric:
    """One way to judge. greater_is_better: which way is better. on: what it judges.

    score(rows, spec): the value, nan where these rows do not define it.
    resampled(rows, spec, counts [b, n]) -> [b]: the same in b resamples, where each row counts as often as it was drawn.
    hits(rows, spec) -> (hits, of): for proportions, whose interval is Wilson's.
    by_choice: it depends on the chosen class alone, so that equal rows can be put together.
    """

    name: MetricName
    title: str
    greater_is_better: bool
    on: Literal["classes", "numbers", "label sets", "forecasts"]
    score: Callable[[Judged, MetricSpec], float]
    resampled: Callable[[Judged, MetricSpec, np.ndarray], np.ndarray]
    hits: Callable[[Judged, MetricSpec], tuple[float, float] | None] | None = None
    by_choice: bool = False

    def sign(self) -> int:
        """1 where greater is better, else -1."""
        return 1 if self.greater_is_better else -1


def judge(task: TaskSpec, target: Sequence[Any], predictions: Predictions) -> Judged:
    """Put truth and predictions side by side; rows without a known target are left out.

    Raises DataError where no target is known, ValueError where predictions do not fit the target or are not finite.
    """
    import numpy as np

    given = predictions.values if predictions.probabilities is None else predictions.probabilities
    if given is None or len(given) != len(target):
        raise ValueError(f"expected a prediction for each of {len(target)} rows, found {0 if given is None else len(given)}")
    known = np.array([value is not None and value == value for value in target], dtype=bool)
    if not known.any():
        raise DataError(
            expected="rows whose target is known, to judge on",
            found=f"{len(known)} rows without one",
            remedy="Label some rows.",
        )
    given = np.asarray(given, dtype=float)[known]
    if not np.isfinite(given).all():
        raise ValueError("expected finite predictions, found nan or infinity: the candidate is broken")
    truth = [value for value, keep in zip(target, known, strict=True) if keep]
    if predictions.probabilities is None:
        numbers = Judged((), 0, np.asarray(truth, dtype=float), values=given)
        return _forecast(numbers, predictions, known) if task.is_forecasting else numbers
    if task.is_several:
        return _several(task, truth, given, None if predictions.chosen is None else predictions.chosen[known])
    names = [str(value) for value in truth]
    labels = (*task.label_names, *sorted(set(names) - set(task.label_names)))
    code = {label: position for position, label in enumerate(labels)}
    choice = given.argmax(axis=1) if predictions.choice is None else np.asarray(predictions.choice, dtype=int)[known]
    padded = np.pad(given, ((0, 0), (0, len(labels) - given.shape[1])))
    return Judged(labels, len(task.label_names), np.array([code[name] for name in names]), choice, padded)


def _forecast(numbers: Judged, predictions: Predictions, known: np.ndarray) -> Judged:
    """Forecasts with their quantiles, their interval and their places, of the rows whose target is known."""
    import numpy as np

    where = predictions.context
    if where is None:
        raise ValueError("expected forecasts with their places in series (Predictions.context), found none")
    low, high, quantiles = predictions.low, predictions.high, predictions.quantiles
    return replace(
        numbers,
        quantiles=None if quantiles is None else np.asarray(quantiles, dtype=float)[known],
        interval=None if low is None or high is None else np.stack([low, high], axis=1)[known],
        context=type(where)(
            where.series[known], where.step[known], where.window[known], where.scale[known], where.squared_scale[known]
        ),
    )


def _several(task: TaskSpec, truth: Sequence[str], given: np.ndarray, chosen: np.ndarray | None) -> Judged:
    """Rows of several labels; truth: written label sets. Without a choice a label is given from one half on."""
    import json

    import numpy as np

    from tools.runtime.label_sets import HALF, matrix

    known = task.label_names
    strange = {name for row in set(truth) for name in json.loads(row)} - set(known)
    labels = (*known, *sorted(strange))
    padding = ((0, 0), (0, len(strange)))
    choice = given >= HALF if chosen is None else np.asarray(chosen, dtype=bool)
    return Judged(labels, len(known), matrix(truth, labels), np.pad(choice, padding), np.pad(given, padding))


def average(rows: Judged, spec: MetricSpec) -> list[int]:
    """Codes of the labels that a metric averages over: the one that `spec` is about, or all of them."""
    if spec.label is None:
        return list(range(len(rows.labels)))
    return [rows.labels.index(spec.label)] if spec.label in rows.labels else []
