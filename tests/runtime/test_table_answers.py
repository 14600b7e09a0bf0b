"""From scores to what is told: calibrated probabilities, and bounds that follow the number."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tools.runtime import load
from tools.runtime.table_answers import bounds, calibrated


def test_no_calibration_changes_nothing() -> None:
    scores = np.array([[0.2, 0.8]])
    assert calibrated(scores, None) is scores


def test_a_scale_flattens_and_a_bias_shifts() -> None:
    scores = np.array([[0.1, 0.9], [0.5, 0.5]])
    flat = calibrated(scores, {"scale": 0.5, "bias": [0.0, 0.0]})
    assert flat[0, 1] == pytest.approx(0.75)  # odds of 9 become odds of 3
    shifted = calibrated(scores, {"scale": 1.0, "bias": [0.0, np.log(4)]})
    assert shifted[1].tolist() == pytest.approx([0.2, 0.8])
    assert shifted.sum(axis=1) == pytest.approx(1)


def test_a_label_without_probability_keeps_none() -> None:
    assert calibrated(np.array([[0.0, 0.5, 0.5]]), {"scale": 0.1, "bias": [5.0, 0.0, 0.0]}).tolist() == [[0.0, 0.5, 0.5]]


def test_bounds_widen_between_the_values_they_were_learned_at() -> None:
    interval = {"low": -1.0, "high": 2.0, "coverage": 0.9, "at": [0.0, 10.0], "spread": [1.0, 3.0]}
    low, high = bounds(np.array([-5.0, 5.0, 20.0]), interval)
    assert low.tolist() == [-6.0, 3.0, 17.0]
    assert high.tolist() == [-3.0, 9.0, 26.0]
    assert bounds(np.array([1.0]), {"low": -1.0, "high": 2.0})[1].tolist() == [3.0]


def test_a_model_says_its_bounds(tmp_path: Path) -> None:
    interval = {"low": -1.0, "high": 1.0, "coverage": 0.9, "at": [0.0, 10.0], "spread": [1.0, 3.0]}
    manifest = {"format": "constant", "constant": 5.0, "inputs": [], "labels": None, "interval": interval}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert load(tmp_path).predict([{}]) == [{"prediction": 5.0, "low": 3.0, "high": 7.0}]
