"""Boosted trees for all series: they say how far each step lies from the last value of the same phase.

trees.txt, and trees-few.txt of trees that see few lags (see forecast_lags.py), are LightGBM's own texts; where both are there,
the mean of what they say counts. Manifest keys: `calendar` (parts, see forecast_lags.py), `covariates` [{"name", "ahead",
"values"?}] (ahead: known of the future; else the last known one counts), `few` [bool]: which of the files there are, and
`spread` (see forecast_spread.py).
`series.seasons` are the seasons. `recipe` {"points", "rounds", "most", "seed"}: how they were learnt, from how many known
values. `anew`: up to how many values, 0 where learning takes long; from a history of more than `points` and no more than these
they are learnt anew by that recipe. On 44 single series, trees learnt up to one horizon before the end were 12 % further off in
the mean than those learnt up to it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_lags import Look, covariates, look
from .forecast_learning import LEAST_ROWS, View, boosted, joined, lag_rows
from .forecast_spread import answer

if TYPE_CHECKING:
    import lightgbm
    import pandas as pd

Trees = Mapping[bool, "lightgbm.Booster"]  # by whether they see few lags


class Predictor:
    """Opens trees.txt and trees-few.txt."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take minutes on busy cores
        import lightgbm

        files = {bool(few): folder / file_of(few) for few in manifest["few"]}
        self.trees: Trees = {few: lightgbm.Booster(model_file=str(file)) for few, file in files.items()}
        self.parts, self.columns, self.spread = list(manifest["calendar"]), list(manifest["covariates"]), manifest["spread"]
        self.seasons = [int(season) for season in manifest["series"]["seasons"]]
        self.levels = len(manifest["levels"])
        self.horizon, self.recipe, self.anew = int(manifest["series"]["horizon"]), manifest["recipe"], int(manifest["anew"])

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]."""
        longer = self.recipe["points"] < int(history["target"].notna().sum()) <= self.anew
        trees = self.learnt(history, 1) if longer else None
        return self.forecast_by(trees or self.trees, history, future)

    def learnt(self, history: pd.DataFrame, cores: int) -> Trees | None:
        """Trees from this history, by the recipe; None where its series are too short to learn from."""
        found = {}
        for few in self.trees:
            view = View(self.parts, self.columns, few)
            rows = lag_rows(history, self.seasons, self.horizon, view, self.recipe["most"], self.recipe["seed"])
            if len(rows.target) < LEAST_ROWS:
                return None
            found[few] = boosted(rows, self.recipe["rounds"], cores, self.recipe["seed"])
        return found

    def forecast_by(self, trees: Trees, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """As `forecast`, by these trees."""
        known = known_values(history, self.seasons[0] if self.seasons else 1)
        found = np.full((len(future), 1 + self.levels), np.nan)
        points = np.zeros(len(future))
        for few, one in trees.items():
            seen, where = looks_ahead(known, history, future, self.seasons, self.parts, self.columns, few)
            if len(where):
                points[where] += (seen.base + seen.unit * np.asarray(one.predict(seen.features, num_threads=1))) / len(trees)
        for name, rows in spans(future["series"].to_numpy()):
            if name in known:
                found[rows] = answer(points[rows], np.arange(1, rows.stop - rows.start + 1), known[name], self.spread)
        return found


def file_of(few: bool) -> str:
    """Of the trees that see all lags, or few."""
    return "trees-few.txt" if few else "trees.txt"


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
