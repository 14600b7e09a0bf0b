"""Chronos-Bolt (Ansari et al. 2024), a pre-trained forecaster: its median of each series; nothing in it is fitted to the data.

`chronos/` holds its config.json and weights. Manifest key `spread` (see forecast_spread.py). `series.seasons` are the seasons.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .forecast_known import known_values, spans
from .forecast_spread import answer

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "chronos"
CONTEXT = 2_048  # values of a series that it reads
BATCH = 32  # series at once


class Predictor:
    """Opens the model."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.spread, self.levels = manifest["spread"], len(manifest["levels"])
        self.season = int((manifest["series"]["seasons"] or [1])[0])
        self.pipeline = open_pipeline(folder / FOLDER)

    def forecast(self, history: pd.DataFrame, future: pd.DataFrame) -> np.ndarray:
        """[len(future), 1 + levels]."""
        known = known_values(history, self.season)
        wanted = [(name, rows) for name, rows in spans(future["series"].to_numpy()) if name in known]
        found = np.full((len(future), 1 + self.levels), np.nan)
        told = medians(self.pipeline, [known[name] for name, _ in wanted], [rows.stop - rows.start for _, rows in wanted])
        for (name, rows), points in zip(wanted, told, strict=True):
            found[rows] = answer(points, np.arange(1, len(points) + 1), known[name], self.spread)
        return found


def open_pipeline(folder: Path) -> Any:
    """The model on the processor. Raises OSError where the folder holds none."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take minutes on busy cores
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries that it may import and does not need
        from chronos import BaseChronosPipeline

        return BaseChronosPipeline.from_pretrained(str(folder), local_files_only=True)


def medians(pipeline: Any, known: Sequence[np.ndarray], horizons: Sequence[int]) -> list[np.ndarray]:
    """Float [horizon] of each series: what it holds for as likely too high as too low. known: float [n >= 1] each."""
    import torch

    found: list[np.ndarray] = []
    for start in range(0, len(known), BATCH):
        several = [torch.tensor(one[-CONTEXT:], dtype=torch.float32) for one in known[start : start + BATCH]]
        wanted = horizons[start : start + BATCH]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it was trained for shorter horizons
            told = pipeline.predict_quantiles(several, prediction_length=max(wanted), quantile_levels=[0.5])[0]
        found += [one[:horizon, 0].numpy().astype(float) for one, horizon in zip(told, wanted, strict=True)]
    return found
