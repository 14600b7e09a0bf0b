"""The last season again, or the last value: the bar for every forecast.

Manifest keys: `season` (1: the last value) and `spread` (see forecast_spread.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_spread import answer

if TYPE_CHECKING:
    import pandas as pd


class Predictor:
    """Has nothing to open."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.season, self.spread = int(manifest["season"]), manifest["spread"]
        self.levels = len(manifest["levels"])

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]. A series shorter than a season repeats its last value."""
        known = known_values(history, self.season)
        found = np.full((len(future), 1 + self.levels), np.nan)
        for name, rows in spans(future["series"].to_numpy()):
            if name in known:
                points = repeated(known[name], self.season, rows.stop - rows.start)
                found[rows] = answer(points, np.arange(1, len(points) + 1), known[name], self.spread)
        return found


def repeated(known: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Float [horizon]: the last season of the known values [n >= 1] again."""
    return np.resize(known[-season:] if len(known) >= season else known[-1:], horizon)
