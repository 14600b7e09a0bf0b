"""One set of boosted trees for all series: it says how far each step lies from the last value of the same phase.

trees.txt is LightGBM's own text. Manifest keys: `calendar` (parts, see forecast_lags.py), `covariates` [{"name", "ahead",
"values"?}] (ahead: known of the future; else the last known one counts), `few` (lags, see forecast_lags.py), and `spread`
(see forecast_spread.py).
`series.seasons` are the seasons.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_lags import Look, calendar, covariates, look
from .forecast_spread import answer

if TYPE_CHECKING:
    import pandas as pd

FILE = "trees.txt"


class Predictor:
    """Opens trees.txt."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take minutes on busy cores
        import lightgbm

        self.trees = lightgbm.Booster(model_file=str(folder / FILE))
        self.parts, self.columns, self.spread = list(manifest["calendar"]), list(manifest["covariates"]), manifest["spread"]
        self.seasons = [int(season) for season in manifest["series"]["seasons"]]
        self.levels, self.few = len(manifest["levels"]), bool(manifest.get("few"))

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]."""
        known = known_values(history, self.seasons[0] if self.seasons else 1)
        found = np.full((len(future), 1 + self.levels), np.nan)
        seen, where = looks_ahead(known, history, future, self.seasons, self.parts, self.columns, self.few)
        if not len(where):
            return found
        points = seen.base + seen.unit * self.trees.predict(seen.features, num_threads=1)
        at = np.full(len(future), -1)
        at[where] = np.arange(len(where))
        for name, rows in spans(future["series"].to_numpy()):
            if name in known:
                found[rows] = answer(points[at[rows]], np.arange(1, rows.stop - rows.start + 1), known[name], self.spread)
        return found


def looks_ahead(
    known: Mapping[str, np.ndarray],
    history: pd.DataFrame,
    future: pd.DataFrame,
    seasons: Sequence[int],
    calendar_parts: Sequence[str | int],
    columns: Sequence[Mapping[str, Any]],
    few: bool = False,
) -> tuple[Look, np.ndarray]:
    """What the trees see of every row of `future` whose series has known values, and the positions of these rows."""
    times, ends = future["time"].to_numpy(), {name: rows.stop - 1 for name, rows in spans(history["series"].to_numpy())}
    ahead = covariates(future, [column for column in columns if column["ahead"]])
    back = covariates(history, [column for column in columns if not column["ahead"]])
    parts, where = [], []
    for name, rows in spans(future["series"].to_numpy()):
        if name not in known:
            continue
        steps = np.arange(1, rows.stop - rows.start + 1)
        seen = look(known[name], np.full(len(steps), len(known[name]) - 1), steps, seasons, few)
        last = np.tile(back[ends[name]], (len(steps), 1))
        parts.append(joined(seen, times[rows], calendar_parts, ahead[rows], last))
        where.append(np.arange(rows.start, rows.stop))
    if not parts:
        return Look(np.empty((0, 0)), np.empty(0), np.empty(0)), np.empty(0, dtype=int)
    features, base, unit = (np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "base", "unit"))
    return Look(features, base, unit), np.concatenate(where)


def joined(seen: Look, times: np.ndarray, parts: Sequence[str | int], ahead: np.ndarray, back: np.ndarray) -> Look:
    """The look with the calendar of the wanted moments and the covariates [n, ...] beside the lags."""
    return Look(np.hstack([seen.features, calendar(times, parts), ahead, back]), seen.base, seen.unit)
