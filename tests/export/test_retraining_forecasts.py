"""Retraining of forecasters: how far they may be off is learnt anew, and both models are compared on what is held back."""

from __future__ import annotations

import importlib.util
from types import ModuleType, SimpleNamespace

import forecast_jobs
import numpy as np
import pandas as pd
import pytest

from tools.export.model_card import TEMPLATES
from tools.runtime.forecast_known import known_values, spans
from tools.runtime.forecast_naive import repeated

SPREAD = {"season": 7, "growth": 0.0}


class Weekly:
    """A model that says the last week again, for every level, too."""

    def __init__(self) -> None:
        self.manifest = {"series": {"horizon": 7, "seasons": [7]}, "levels": [0.1, 0.9]}
        self.predictor = SimpleNamespace(forecast=self.quantiles)

    def quantiles(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        known, found = known_values(history, 7), np.empty((len(future), 3))
        for name, rows in spans(future["series"].to_numpy()):
            found[rows] = repeated(known[name], 7, rows.stop - rows.start)[:, None]
        return found


@pytest.fixture
def relearnt() -> ModuleType:
    """relearnt_spread.py, beside the modules that it is shipped with."""
    path = TEMPLATES / "learning" / "relearnt_spread.py"
    spec = importlib.util.spec_from_file_location("tools.runtime.relearnt_spread", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_errors_after_a_history_that_never_changed_are_not_learnt(relearnt: ModuleType) -> None:
    shops = {name: forecast_jobs.wave(70, seed=place) for place, name in enumerate("ab")}
    awake = np.concatenate([np.zeros(63), np.full(7, 3.0)])
    plain, beside = (relearnt._errors(Weekly(), forecast_jobs.table(one), SPREAD) for one in (shops, {**shops, "new": awake}))
    assert sorted(beside) == pytest.approx(sorted(plain))
