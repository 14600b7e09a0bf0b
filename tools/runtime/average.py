"""Several models answer, and their answers are averaged by weights.

Manifest key `members`: [{"name", "weight", "format", "title"}], weights sum to 1. `members/NAME/` is a model folder of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .model import Model, load
from .other import settled

FOLDER = "members"


class Predictor:
    """Opens every member."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.members: list[Model] = [load(folder / FOLDER / one["name"]) for one in manifest["members"]]
        self.weights = [float(one["weight"]) for one in manifest["members"]]

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels] for classes, [n] for numbers: the weighted mean of what the members say."""
        return self._averaged([settled(member.predictor.predict(rows), member.manifest) for member in self.members])

    def forecast(self, history: Any, future: Any) -> np.ndarray:
        """[len(future), 1 + levels]: the weighted mean of the members' forecasts and of their quantiles."""
        found = [member.predictor.forecast(history, future) for member in self.members]  # type: ignore[attr-defined]
        return self._averaged(found)

    def _averaged(self, answers: Sequence[Any]) -> np.ndarray:
        total: np.ndarray = sum(
            (weight * np.asarray(one, dtype=float) for weight, one in zip(self.weights, answers, strict=True)),
            start=np.zeros(()),
        )
        return total
