"""What a person fixed by options (`--target`, `--metric` ...): it wins over what was understood, and is checked."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Sequence
from typing import get_args

from tools.core.data import DataProfile
from tools.core.errors import TaskError
from tools.core.task import CLASSIFICATION, Label, MetricName, MetricSpec, Model, Priority, TaskSpec

NAMED_AT_MOST = 12  # names listed in a message
METRIC_FORM = re.compile(r"^(?P<name>[a-z0-9-]+)(:(?P<label>.+?))?(@(?P<at>\d+(\.\d+)?))?$")
ABOUT_A_LABEL = frozenset({"f1", "fbeta", "precision", "recall", "precision-at-k", "average-precision"})
TAKES_A_NUMBER = frozenset({"fbeta", "precision", "recall", "precision-at-k"})


class Overrides(Model):
    """None: not given. approaches: rungs or candidate names. offline: every connection but loopback is refused."""

    target: str | None = None
    labels: list[str] | None = None
    horizon: int | None = None
    metric: MetricSpec | None = None
    priority: Priority | None = None
    minutes: float | None = None
    dollars: float | None = None
    approaches: list[str] | None = None
    offline: bool = False


def apply(task: TaskSpec, overrides: Overrides, profile: DataProfile) -> TaskSpec:
    """The task with the overrides in it, surely (confidence 1). Raises TaskError where one contradicts the data."""
    sure: dict[str, object] = {}
    if overrides.target is not None:
        sure["target"], sure["target_columns"] = column_named(overrides.target, profile, "--target"), []
    if overrides.labels is not None:
        sure["labels"] = _labels(overrides.labels, task.model_copy(update=sure), profile)
    if overrides.horizon is not None:
        sure["horizon"] = overrides.horizon
    if overrides.metric is not None:
        sure["metric"] = overrides.metric
    given = {
        "priority": overrides.priority,
        "minutes": overrides.minutes,
        "max_dollars": overrides.dollars,
        "offline": overrides.offline or None,
    }
    constraints = {name: value for name, value in given.items() if value is not None}
    fixed = (set(sure) - {"target_columns"}) | constraints.keys()
    return task.model_copy(
        update={
            **sure,
            "inputs": [name for name in task.inputs if name != sure.get("target")],
            "constraints": task.constraints.model_copy(update=constraints),
            "confidence": {**task.confidence, **dict.fromkeys(fixed, 1.0)},
            "open_points": {field: why for field, why in task.open_points.items() if field not in fixed},
        }
    )


def check_metric(metric: MetricSpec, task: TaskSpec) -> None:
    """Raises TaskError where the metric does not fit the kind or names a label that is not there."""
    numbers = {"rmse", "mae", "r2", "mape", "rmsle"}
    series = {"mase", "smape", "rmsse", "wql", "coverage"}
    if task.kind is None:
        return
    if task.kind in CLASSIFICATION:
        fitting = set(get_args(MetricName)) - numbers - series
    elif task.is_several:
        fitting = set(get_args(MetricName)) - numbers - series - {"balanced-accuracy", "mcc"}
    elif task.is_forecasting:
        fitting = (series | numbers) - {"coverage", "r2", "rmsle"}
    else:
        fitting = numbers if task.kind == "tabular-regression" else set(get_args(MetricName))
    if metric.name not in fitting:
        raise TaskError(
            code="unfit-metric",
            expected=f"a metric for {task.kind} ({', '.join(name for name in get_args(MetricName) if name in fitting)})",
            found=metric.name,
            remedy="Choose one of those with --metric, or leave it out.",
        )
    if metric.label is not None and task.labels and metric.label not in task.label_names:
        raise TaskError(
            code="unknown-label",
            expected=f"a metric about one of the labels ({listed(task.label_names)})",
            found=f"{metric.label!r}{near(metric.label, task.label_names)}",
            remedy="Write the label exactly as it occurs in the data.",
        )


def parse_metric(text: str) -> MetricSpec:
    """`NAME`, `NAME:LABEL`, `NAME@NUMBER` or `NAME:LABEL@NUMBER`, e.g. `recall:spam@0.9`. Raises TaskError."""
    found = METRIC_FORM.match(text.strip())
    names = get_args(MetricName)
    name = found["name"].lower() if found else text.strip()
    if found is None or name not in names:
        raise TaskError(
            code="unknown-metric",
            expected=f"a metric ({', '.join(names)}), as NAME, NAME:LABEL or NAME:LABEL@NUMBER",
            found=f"{text!r}{near(name, names)}",
            remedy="Choose one with --metric, or leave it out.",
        )
    at = float(found["at"]) if found["at"] else None
    if (found["label"] and name not in ABOUT_A_LABEL) or (at is not None and name not in TAKES_A_NUMBER):
        raise TaskError(
            code="unknown-metric",
            expected=f"a label only with {', '.join(sorted(ABOUT_A_LABEL))}, "
            f"a number only with {', '.join(sorted(TAKES_A_NUMBER))}",
            found=repr(text),
            remedy=f"Write --metric {name}.",
        )
    return MetricSpec.model_validate({"name": name, "label": found["label"], "at": at})


def parse_list(text: str) -> list[str]:
    """Comma separated names; quotes keep a comma inside a name. Empty ones are dropped, order is kept, doubles are dropped."""
    names = [name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row]
    return list(dict.fromkeys(name for name in names if name))


def column_named(name: str, profile: DataProfile, option: str) -> str:
    """The column of that name; case and surrounding space are forgiven. Raises TaskError with near matches."""
    columns = columns_of(profile)
    if name in columns:
        return name
    folded = {column.strip().casefold(): column for column in columns}
    if name.strip().casefold() in folded:
        return folded[name.strip().casefold()]
    raise TaskError(
        code="unknown-column",
        expected=f"{option} to name a column of the data ({listed(columns)})"
        if columns
        else f"a file with the column of {option}",
        found=f"{name!r}{near(name, columns)}",
        remedy="Write the name as it stands in the header." if columns else "Name the file that holds it.",
    )


def columns_of(profile: DataProfile) -> list[str]:
    """Column names of all tables, training files first, each once."""
    files = sorted(profile.files, key=lambda file: file.role != "train")
    return list(dict.fromkeys(column.name for file in files for column in file.columns))


def near(name: str, names: Iterable[str]) -> str:
    """` (near: a, b)`, or nothing where nothing is near."""
    folded = {known.casefold(): known for known in names}
    matches = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    return f" (near: {', '.join(folded[match] for match in matches)})" if matches else ""


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _labels(names: list[str], task: TaskSpec, profile: DataProfile) -> list[Label]:
    """The labels as named. One that no row has must be called as the rest is ("other"): texts of no label get it."""
    from tools.approaches.other import REST

    known = {label.name: label for label in task.labels or []}
    column = next((c for file in profile.files if file.role == "train" and (c := file.column(task.target or ""))), None)
    if column and column.top and (column.unique <= len(column.top) or column.single_labels):
        occurring = [value for value, _ in (column.single_labels if task.is_several else []) or column.top]
        rest = [name for name in names if task.kind == "text-classification" and REST.fullmatch(name)]
        strange = [name for name in names if name not in occurring and name not in rest]
        if strange:
            raise TaskError(
                code="unknown-label",
                expected=f"--labels to name values of {task.target} ({listed(occurring)})",
                found="".join(f"{name!r}{near(name, occurring)}" for name in strange[:1])
                + (f" and {len(strange) - 1} more" if len(strange) > 1 else ""),
                remedy="Write the labels as they occur in the data, or leave --labels out.",
            )
    return [known.get(name, Label(name=name)) for name in names]
