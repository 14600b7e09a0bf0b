"""How far a forecast may be off: quantiles around point forecasts, learnt from the errors of earlier forecasts.

Manifest key `spread`: {"growth": p, "offsets": one a level, "season": m}. The error at step k is scale x k**p x offset, where
scale is the mean change from one season to the next in the history at hand, so that unseen series have intervals too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

RECENT = 2_000  # points of a series that tell its scale


def change(known: np.ndarray, season: int) -> float:
    """The mean absolute change from one season to the next in the known values [n >= 1]; 0.0 where they never change.

    Then they tell no unit, and errors after them are not to be learnt from: one alone would widen the intervals of all series.
    """
    recent = known[-RECENT:]
    for lag in (season, 1):
        if len(recent) > lag:
            mean = float(np.mean(np.abs(recent[lag:] - recent[:-lag])))
            if mean > 0:
                return mean
    return 0.0


def scale(known: np.ndarray, season: int) -> float:
    """The unit of errors after the known values [n >= 1]: their change; above zero, to answer where they never change, too."""
    return change(known, season) or max(abs(float(known[-1])) * 0.01, 1e-9)


def quantiles(points: np.ndarray, steps: np.ndarray, scales: np.ndarray, spread: Mapping[str, Any]) -> np.ndarray:
    """Float [n, levels], not falling along a row. points, scales: float [n]; steps: int [n], 1-based."""
    reach = scales * np.asarray(steps, dtype=float) ** float(spread["growth"])
    found = points[:, None] + reach[:, None] * np.asarray(spread["offsets"], dtype=float)[None, :]
    return np.sort(found, axis=1)


def counted(known: np.ndarray) -> bool:
    """Whether these are counts: whole numbers of which none is negative, so that no forecast of them is below zero."""
    return bool(known.min() >= 0 and (known == np.round(known)).all())


def answer(points: np.ndarray, steps: np.ndarray, known: np.ndarray, spread: Mapping[str, Any]) -> np.ndarray:
    """Float [n, 1 + levels] for one series: its point forecasts, then their quantiles."""
    scales = np.full(len(points), scale(known, int(spread["season"])))
    found = np.column_stack([points, quantiles(points, steps, scales, spread)])
    return np.maximum(found, 0.0) if counted(known) else found
