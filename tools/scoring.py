"""How candidates are judged: METRICS, and every number that is shown with its 95 % interval.

Rows whose target is not known are left out. A label that only the judged rows know counts as an error for every candidate.
Forecasts are judged by series (`tools/metrics/series.py`): they bring their places in `Predictions.context`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.core.errors import TaskError
from tools.core.evaluation import Evaluation, Score
from tools.core.task import MetricName, MetricSpec, TaskSpec
from tools.intervals import bootstrap, wilson
from tools.metrics.choice import CHOICE
from tools.metrics.judged import Judged, Metric, judge
from tools.metrics.numbers import NUMBERS
from tools.metrics.order import CUTS, ORDER
from tools.metrics.series import NUMBERS_OF_SERIES, SERIES, statistic, units
from tools.metrics.several import SEVERAL

if TYPE_CHECKING:
    import numpy as np

    from tools.approaches.base import Predictions

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*CHOICE, *ORDER, *NUMBERS, *SERIES)}
FOR_FORECASTS: dict[str, Metric] = {metric.name: metric for metric in (*SERIES, *NUMBERS_OF_SERIES)}
FOR_LABEL_SETS: dict[str, Metric] = {metric.name: metric for metric in SEVERAL}  # the same names where rows have several labels

SHOWN_FOR_CLASSES: tuple[MetricName, ...] = (
    "accuracy", "balanced-accuracy", "macro-f1", "mcc", "roc-auc", "average-precision", "log-loss",
)  # fmt: skip
SHOWN_FOR_LABEL_SETS: tuple[MetricName, ...] = ("accuracy", "macro-f1", "roc-auc", "average-precision", "log-loss")
SHOWN_FOR_NUMBERS: tuple[MetricName, ...] = ("rmse", "mae", "r2", "mape", "rmsle")
SHOWN_FOR_FORECASTS: tuple[MetricName, ...] = ("mase", "smape", "rmsse", "wql", "coverage", "mae")

EVEN_SHARE = 0.5  # the rarest class has at least half, and the commonest at most twice, of an even share: accuracy is fair
MANY_CLASSES = 20  # above, accuracy hides which classes are never found


def default_metric(task: TaskSpec, label_counts: Mapping[str, int] | None) -> MetricSpec:
    """What to judge by: what the person asked for, or what suits the target.

    Forecasts: mase. Numbers: rmse. Several labels: macro-f1. Classes: accuracy where they are balanced and few; else roc-auc
    for a table with two (its score does not hang on a cut), macro-f1 otherwise. label_counts: rows of each class, None where
    they are not known.
    Raises TaskError where the asked metric does not fit the kind of the task.
    """
    if task.metric is not None:
        _check(task, task.metric)
        return task.metric
    if task.is_forecasting:
        return MetricSpec(name="mase")
    if not task.is_classification:
        return MetricSpec(name="macro-f1" if task.is_several else "rmse")
    counts = sorted(count for count in (label_counts or {}).values() if count)
    even = sum(counts) / len(counts) if counts else 1.0
    balanced = not counts or (counts[0] >= EVEN_SHARE * even and counts[-1] <= even / EVEN_SHARE)
    if task.kind == "tabular-classification" and len(counts) == 2 and counts[0] < 0.8 * even:
        return MetricSpec(name="roc-auc")
    return MetricSpec(name="accuracy" if balanced and len(counts) <= MANY_CLASSES else "macro-f1")


def title(spec: MetricSpec) -> str:
    """A metric in words, for people: `recall of "legal" at 90 % precision or better`."""
    words = METRICS[spec.name].title
    if spec.name == "precision-at-k" and spec.at:
        words = f"precision among the first {spec.at:g}"
    if spec.name == "fbeta" and spec.at:
        words = f"F{spec.at:g}"
    if spec.label is not None:
        words += f' of "{spec.label}"'
    if spec.name in CUTS and spec.at:
        words += f" at {spec.at:.0%} {'precision' if spec.name == 'recall' else 'recall'} or better".replace("%", " %")
    return words


def shown_metrics(task: TaskSpec) -> tuple[MetricName, ...]:
    """What the report shows beside the plan's metric."""
    if task.is_forecasting:
        return SHOWN_FOR_FORECASTS
    if task.is_several:
        return SHOWN_FOR_LABEL_SETS
    return SHOWN_FOR_CLASSES if task.is_classification else SHOWN_FOR_NUMBERS


def evaluate(task: TaskSpec, metric: MetricSpec, target: Sequence[Any], predictions: Predictions, seed: int = 0) -> Evaluation:
    """All metrics of one candidate on the rows whose target is known; `rows` says how many those are.

    Where these rows do not define the metric (ROC-AUC of a single class), the main score is accuracy or mae instead, and its
    name says so. Raises TaskError where metric and kind do not fit, DataError where no target is known, ValueError where
    predictions are not finite or are not as many as targets.
    """
    _check(task, metric)
    rows = judge(task, target, predictions)
    metric = _defined(rows, metric)
    shown = shown_metrics(task)
    main = _score(rows, metric, seed)
    others: dict[str, Score] = {}
    for name in shown:
        spec = MetricSpec(name=name)
        value = main if spec == metric else _score(rows, spec, seed)
        if value.value == value.value:
            others[name] = value
    return Evaluation(rows=len(rows), main=main, others=others)


def paired_difference(
    task: TaskSpec, metric: MetricSpec, target: Sequence[Any], a: Predictions, b: Predictions, seed: int = 0
) -> Score:
    """How much better `a` is than `b` on the same rows, in the metric's unit: above 0 means that `a` is better, for any metric.

    The interval is a paired bootstrap: both are judged on the same resampled rows. It is None with fewer than two rows.
    """
    first, second = judge(task, target, a), judge(task, target, b)
    metric = _defined(first, metric)
    how = metric_for(first, metric)
    value = how.sign() * (how.score(first, metric) - how.score(second, metric))
    if how.on == "forecasts":
        return _ahead_by_series(how, metric, first, second, value, seed)
    positions, multiplicity = _distinct(first, how, second)
    first, second = first.take(positions), second.take(positions)

    def difference(part: np.ndarray, counts: np.ndarray) -> np.ndarray:
        better = how.resampled(first.take(part), metric, counts) - how.resampled(second.take(part), metric, counts)
        signed: np.ndarray = how.sign() * better
        return signed

    interval = bootstrap(difference, multiplicity, width=_width(first, how), seed=seed)
    return Score(metric=metric.name, value=value, low=interval and interval[0], high=interval and interval[1])


def _ahead_by_series(how: Metric, metric: MetricSpec, first: Judged, second: Judged, value: float, seed: int) -> Score:
    """`paired_difference` of forecasts: the same series (or blocks of steps) are drawn for both."""
    of_first, of_second = statistic(first, metric), statistic(second, metric)
    interval = bootstrap(
        lambda part, counts: how.sign() * (of_first(part, counts) - of_second(part, counts)), _drawn(first), seed=seed
    )
    return Score(metric=metric.name, value=value, low=interval and interval[0], high=interval and interval[1])


def _drawn(rows: Judged) -> np.ndarray:
    """One for each thing that is drawn again of forecasts."""
    import numpy as np

    assert rows.context is not None
    return np.ones(int(units(rows.context).max()) + 1)


def unknown_labels(task: TaskSpec, target: Sequence[Any]) -> dict[str, int]:
    """Labels that occur in the target and not in the task, with their rows: no candidate can get these right."""
    counts: dict[str, int] = {}
    if not (task.is_classification or task.is_several):
        return counts
    known = set(task.label_names)
    for value in target:
        if value is not None and value == value:
            for name in json.loads(value) if task.is_several else [str(value)]:
                if name not in known:
                    counts[name] = counts.get(name, 0) + 1
    return counts


def _check(task: TaskSpec, spec: MetricSpec) -> None:
    """Raises TaskError where the metric does not exist here, does not fit the kind, or is about a label that is not there."""
    wanted = "several labels" if task.is_several else "classes" if task.is_classification else "numbers"
    fitting = list(FOR_LABEL_SETS) if task.is_several else [name for name, metric in METRICS.items() if metric.on == wanted]
    if task.is_forecasting:  # coverage has no better end: it should be 90 %, and is shown beside
        wanted, fitting = "forecasts", [name for name in FOR_FORECASTS if name != "coverage"]
    if spec.name not in fitting:
        raise TaskError(
            expected=f"a metric for {wanted}: {', '.join(fitting)}",
            found=repr(spec.name),
            remedy="Choose one of these.",
            code="metric",
        )
    if spec.label is not None and task.label_names and spec.label not in task.label_names:
        raise TaskError(
            expected=f"a metric about one of the labels {task.label_names}",
            found=repr(spec.label),
            remedy="Name a label as it is written in the data.",
            code="metric",
        )


def metric_for(rows: Judged, spec: MetricSpec) -> Metric:
    """How these rows are judged."""
    if spec.at and spec.name in CUTS:
        return CUTS[spec.name]
    if rows.context is not None:
        return FOR_FORECASTS[spec.name]
    return (FOR_LABEL_SETS if rows.several else METRICS)[spec.name]


def _defined(rows: Judged, spec: MetricSpec) -> MetricSpec:
    """The metric, or accuracy or mae where these rows do not define it."""
    value = metric_for(rows, spec).score(rows, spec)
    return spec if value == value else MetricSpec(name="accuracy" if rows.choice is not None else "mae")


def _score(rows: Judged, spec: MetricSpec, seed: int) -> Score:
    """Value and interval; the value is nan where it is not defined."""
    how = metric_for(rows, spec)
    value = how.score(rows, spec)
    interval = None
    hits = how.hits(rows, spec) if how.hits else None
    if hits is not None:
        interval = wilson(*hits)
    elif how.on == "forecasts" and value == value:
        interval = bootstrap(statistic(rows, spec), _drawn(rows), seed=seed)
    elif value == value:
        positions, multiplicity = _distinct(rows, how)
        distinct = rows.take(positions)
        interval = bootstrap(
            lambda part, counts: how.resampled(distinct.take(part), spec, counts),
            multiplicity,
            width=_width(rows, how),
            seed=seed,
        )
    return Score(metric=spec.name, value=value, low=interval and interval[0], high=interval and interval[1])


def _width(rows: Judged, how: Metric) -> int:
    """Numbers handled for each row: one a label where each label is looked at by itself."""
    return max(1, len(rows.labels)) if rows.several or (how.on == "classes" and not how.by_choice) else 1


def _distinct(rows: Judged, how: Metric, other: Judged | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Positions of rows that differ for this metric, and how many rows each stands for: few, where only the choice counts."""
    import numpy as np

    if not how.by_choice:
        return np.arange(len(rows)), np.ones(len(rows))
    columns = [rows.truth, rows.chosen] + ([] if other is None else [other.chosen])
    columns = columns if rows.several else [column[:, None] for column in columns]
    _, positions, multiplicity = np.unique(np.concatenate(columns, axis=1), axis=0, return_index=True, return_counts=True)
    return positions, multiplicity.astype(float)
