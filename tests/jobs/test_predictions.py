"""What is written is read back exactly, with unknown targets as None."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.approaches.base import Predictions
from tools.jobs import predictions
from tools.jobs.predictions import Predicted

SCORES = np.array([[0.7, 0.3], [0.123456789012345, 0.876543210987655]])


def test_classes(tmp_path: Path) -> None:
    parts: dict[predictions.Part, Predicted] = {
        "validation": Predicted([3, 1], ["yes", None], ["yes", "no"], Predictions(probabilities=SCORES)),
        "test": Predicted([9], ["never seen"], ["yes"], Predictions(probabilities=SCORES[:1])),
    }
    predictions.write(tmp_path, ["yes", "no"], parts)
    row_ids, target, found = predictions.read(tmp_path, "validation")
    assert (row_ids, target) == ([3, 1], ["yes", None])
    assert found.probabilities is not None
    assert (found.probabilities == SCORES).all()
    assert found.choice is None
    assert predictions.read(tmp_path, "test")[1] == ["never seen"]
    assert predictions.answers(tmp_path, "validation") == ["yes", "no"]
    assert predictions.labels(tmp_path) == ["yes", "no"]


def test_an_answer_that_is_not_the_most_probable_label_is_kept(tmp_path: Path) -> None:
    chosen = Predictions(probabilities=SCORES, choice=np.array([1, 1]))
    predictions.write(tmp_path, ["yes", "no"], {"test": Predicted([0, 1], ["no", "no"], ["no", "no"], chosen)})
    found = predictions.read(tmp_path, "test")[2]
    assert found.choice is not None
    assert found.choice.tolist() == [1, 1]


def test_numbers(tmp_path: Path) -> None:
    given = Predictions(values=np.array([1.5, 2.5]), low=np.array([1.0, 2.0]), high=np.array([2.0, 3.0]))
    predictions.write(tmp_path, [], {"test": Predicted([5, 6], [1.25, float("nan")], [1.5, 2.5], given)})
    row_ids, target, found = predictions.read(tmp_path, "test")
    assert (row_ids, target) == ([5, 6], [1.25, None])
    assert found.values is not None
    assert found.low is not None
    assert (found.values.tolist(), found.low.tolist()) == ([1.5, 2.5], [1.0, 2.0])
    assert found.probabilities is None
    assert predictions.read(tmp_path, "validation")[0] == []


def test_numbers_without_an_interval(tmp_path: Path) -> None:
    predictions.write(tmp_path, [], {"test": Predicted([5], [1.0], [1.5], Predictions(values=np.array([1.5])))})
    assert predictions.read(tmp_path, "test")[2].low is None


def test_probabilities_of_another_shape_are_refused(tmp_path: Path) -> None:
    wrong = Predicted([1], ["yes"], ["yes"], Predictions(probabilities=SCORES))
    with pytest.raises(ValueError, match=r"Expected probabilities of shape \(1, 2\). Found \(2, 2\). Mend the approach."):
        predictions.write(tmp_path, ["yes", "no"], {"test": wrong})
    assert not (tmp_path / predictions.FILE).exists()
