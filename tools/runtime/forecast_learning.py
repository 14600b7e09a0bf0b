"""How trees learn forecasts: from looks ahead from many moments of every series, beside what came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import filled, spans
from .forecast_lags import Look, calendar, covariates, look

if TYPE_CHECKING:
    import pandas as pd

FAR = 20.0  # units: what lies further off says nothing of the others
LEAST_ROWS = 2  # to learn from
STEPS = 6  # of each moment, where not all of the horizon fit
FEW_POINTS = 3_000  # below, small trees
LEAF_MOMENTS = 7  # a leaf holds so many values at least, times the moments from which each is seen
SHARED_ROWS = (
    30_000  # from here on several threads pay; with less, on a busy machine, they mostly wait for each other: 12 times as long
)
BLANKED = 0.1  # of the rows, whose covariates are missing: trees read what was never missing in training as 0


@dataclass(frozen=True)
class LagRows:
    """features: float [n, names]; target: float [n], how far it lies from the base, in units (see `forecast_lags.py`).

    points: known values that the rows tell of; there are more rows than points, as each is seen from several moments.
    """

    features: np.ndarray
    target: np.ndarray
    points: int


@dataclass(frozen=True)
class View:
    """What trees see, as in the manifest: parts of the `calendar`, `covariates` and `few` lags (see `forecast_trees.py`)."""

    calendar: list[Any]
    covariates: list[dict[str, Any]]
    few: bool = False


def lag_rows(history: pd.DataFrame, seasons: Sequence[int], horizon: int, view: View, most: int, seed: int) -> LagRows:
    """Up to about `most` rows from a long table, as many from each series, spread evenly over its past.

    They are to learn from only: a share of them, drawn by the seed, lacks its covariates, so that trees know what to say
    without them.
    """
    random = np.random.default_rng(seed)
    times, values = history["time"].to_numpy(), history["target"].to_numpy(dtype=float)
    ahead = covariates(history, [column for column in view.covariates if column["ahead"]])
    back = covariates(history, [column for column in view.covariates if not column["ahead"]])
    spanned = list(spans(history["series"].to_numpy()))
    if len(spanned) * 2 > most:  # more series than rows: some of them speak for all
        spanned = [spanned[place] for place in np.sort(random.choice(len(spanned), max(1, most // 20), replace=False))]
    share = max(20, most // max(1, len(spanned)))
    parts = [
        _of_series(values[rows], times[rows], ahead[rows], back[rows], seasons, horizon, view, share, random)
        for _, rows in spanned
    ]
    there = [part for part in parts if part is not None]
    if not there:
        return LagRows(np.empty((0, 0)), np.empty(0), 0)
    features, target = (np.concatenate([getattr(part, name) for part in there]) for name in ("features", "target"))
    features[random.random(len(features)) < BLANKED, features.shape[1] - len(view.covariates) :] = np.nan
    return LagRows(features, target, sum(part.points for part in there))


def _of_series(
    values: np.ndarray,
    times: np.ndarray,
    ahead: np.ndarray,
    back: np.ndarray,
    seasons: Sequence[int],
    horizon: int,
    view: View,
    share: int,
    random: np.random.Generator,
) -> LagRows | None:
    """At most about `share` rows of one series; None where it is too short."""
    there = np.flatnonzero(np.isfinite(values))
    if len(there) < 4:
        return None
    inside = slice(there[0], there[-1] + 1)
    values, times, ahead, back = values[inside], times[inside], ahead[inside], back[inside]
    season = seasons[0] if seasons else 1
    origins, steps = _pairs(len(values), season, horizon, share, random)
    goal = origins + steps
    lags = look(filled(values, season), origins, steps, seasons, view.few)
    seen = joined(lags, times[goal], view.calendar, ahead[goal], back[origins])
    target = np.clip((values[goal] - seen.base) / seen.unit, -FAR, FAR)
    known = np.isfinite(target)
    return LagRows(seen.features[known], target[known], len(there))


def _pairs(length: int, season: int, horizon: int, share: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(origin, step), int [n]: all of them where they fit in `share`, else some steps of evenly spread origins."""
    moments = np.arange(max(1, min(season, length // 3)), length - 1)
    each = min(horizon, max(STEPS, share // max(1, len(moments))))
    if len(moments) * each > share:
        moments = moments[np.unique(np.linspace(0, len(moments) - 1, max(1, share // each)).astype(int))]
    origins = np.repeat(moments, each)
    every = each == horizon
    steps = np.tile(np.arange(1, each + 1), len(moments)) if every else random.integers(1, horizon + 1, len(origins))
    inside = origins + steps < length
    return origins[inside], steps[inside]


def joined(seen: Look, times: np.ndarray, parts: Sequence[str | int], ahead: np.ndarray, back: np.ndarray) -> Look:
    """The look with the calendar of the wanted moments and the covariates [n, ...] beside the lags."""
    return Look(np.hstack([seen.features, calendar(times, parts), ahead, back]), seen.base, seen.unit)


def boosted(rows: LagRows, rounds: int, cores: int, seed: int) -> Any:
    """A LightGBM booster of so many trees. The same rows and seed give the same one, whatever the cores."""
    import lightgbm

    seen_from = len(rows.target) / max(1, rows.points)  # moments from which a value is seen: such rows hang together
    least = round(max(20, LEAF_MOMENTS * seen_from))
    settings = {
        "objective": "regression_l1",  # what MASE counts; on m4_hourly and m3_monthly ahead of Huber's and squared errors
        "learning_rate": 0.05,
        "num_leaves": 8 if rows.points < FEW_POINTS else 31,
        "min_data_in_leaf": max(1, min(least, len(rows.target) // 10)),
        "feature_fraction": 0.7,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "num_threads": cores if len(rows.target) >= SHARED_ROWS else 1,
        "seed": seed,
        "deterministic": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows.features, rows.target), num_boost_round=rounds)
