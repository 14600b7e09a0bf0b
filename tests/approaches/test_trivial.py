"""The trivial answers: counted or averaged from other rows than those that they are judged on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Rows
from tools.core.errors import DataError
from tools.core.task import Label, MetricName, MetricSpec, TaskSpec
from tools.runtime import load


def job(
    target: list[str] | list[float], folder: Path, folds: list[list[int]] | None = None, metric: MetricName = "rmse"
) -> FitJob:
    classes = isinstance(target[0], str)
    task = TaskSpec(
        kind="tabular-classification" if classes else "tabular-regression",
        inputs=["x"],
        target="y",
        labels=[Label(name="a"), Label(name="b"), Label(name="rare")] if classes else None,
    )
    rows = Rows(pd.DataFrame({"x": np.arange(len(target), dtype=float)}), pd.Series(target))
    half = len(target) // 2
    train, validation = (rows, rows) if folds else (rows.take(range(half)), rows.take(range(half, len(target))))
    return FitJob(task, MetricSpec(name=metric), train, validation, folds, folder, 1.0, lambda share, phase: None, cores=1)


def test_the_most_frequent_class_with_the_frequencies(tmp_path: Path) -> None:
    fitted = approach_named("majority").fit(job(["a", "a", "b", "b", "b", "b"], tmp_path))
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.tolist() == [pytest.approx([2 / 3, 1 / 3, 0])] * 3  # of the three training rows
    assert load(tmp_path).predict([{"x": 1}]) == [{"prediction": "b", "probability": 0.666667}]  # of all six
    assert fitted.settings == {"answer": "b"}


def test_the_mean_of_the_other_folds(tmp_path: Path) -> None:
    fitted = approach_named("mean").fit(job([1.0, 2.0, 3.0, 6.0], tmp_path, folds=[[0, 1], [2, 3]]))
    assert fitted.validation is not None
    assert fitted.validation.values is not None
    assert fitted.validation.values.tolist() == [4.5, 4.5, 1.5, 1.5]
    assert load(tmp_path).predict([{"x": 1}]) == [{"prediction": 3.0}]


def test_absolute_errors_are_met_with_the_median(tmp_path: Path) -> None:
    fitted = approach_named("mean").fit(job([1.0, 2.0, 3.0, 1000.0], tmp_path, metric="mae"))
    assert fitted.settings == {"answer": 2.5}


def test_no_known_label_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        approach_named("majority").fit(job(["other"] * 4, tmp_path))
    assert str(error.value) == (
        "Expected training rows with one of the labels ['a', 'b', 'rare']. Found none. "
        "Check that the target column is the right one."
    )
