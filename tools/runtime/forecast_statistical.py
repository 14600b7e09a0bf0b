"""Several statistical forecasts of each series, combined. They are fitted to the history at hand, at every call.

Manifest keys: `members` [{"name", "weight"}] (see forecast_members.py), `combine` ("mean" or "median"), and `spread`
(see forecast_spread.py). `series.seasons` are the seasons. weights.json, where it is there: the series that have weights of
their own, name -> one weight a member.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_members import forecast
from .forecast_spread import answer

if TYPE_CHECKING:
    import pandas as pd

WEIGHTS = "weights.json"


class Predictor:
    """Opens weights.json."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.names = [str(member["name"]) for member in manifest["members"]]
        self.weights = np.array([float(member["weight"]) for member in manifest["members"]])
        self.combine, self.spread = str(manifest["combine"]), manifest["spread"]
        self.seasons = [int(season) for season in manifest["series"]["seasons"]]
        self.levels = len(manifest["levels"])
        self.own = own_weights(folder)

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]."""
        known = known_values(history, self.seasons[0] if self.seasons else 1)
        found = np.full((len(future), 1 + self.levels), np.nan)
        for name, rows in spans(future["series"].to_numpy()):
            if name in known:
                points = self._points(name, known[name], rows.stop - rows.start)
                found[rows] = answer(points, np.arange(1, len(points) + 1), known[name], self.spread)
        return found

    def _points(self, name: str, known: np.ndarray, horizon: int) -> np.ndarray:
        weights = np.asarray(self.own.get(name, self.weights), dtype=float)
        counting = np.flatnonzero(weights)
        opinions = np.stack([forecast(self.names[member], known, self.seasons, horizon) for member in counting])
        return combined(opinions, weights[counting], self.combine)


def own_weights(folder: Path) -> dict[str, list[float]]:
    """Series -> its weights, one a member; empty where none has weights of its own."""
    path = folder / WEIGHTS
    found: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def combined(opinions: np.ndarray, weights: np.ndarray, combine: str) -> np.ndarray:
    """Float [members, n] -> float [n]: the weighted mean, or the weighted median, of the members.

    weights: float [members], or [members, n] where they differ from row to row; above zero in sum.
    """
    weights = np.broadcast_to(weights if weights.ndim == 2 else weights[:, None], opinions.shape)
    if combine == "mean":
        return np.asarray((weights * opinions).sum(axis=0) / weights.sum(axis=0), dtype=float)
    order = np.argsort(opinions, axis=0)
    ranked = np.take_along_axis(opinions, order, axis=0)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0) / weights.sum(axis=0)
    here = np.argmax(reached > 0.5 - 1e-9, axis=0)
    above = np.argmax(reached > 0.5 + 1e-9, axis=0)  # another one where the halves meet between two members
    lane = np.arange(opinions.shape[1])
    return np.asarray((ranked[here, lane] + ranked[above, lane]) / 2, dtype=float)
