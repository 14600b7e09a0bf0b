"""Learning anew how far forecasts may be off: the model forecasts the ends of the new history, and its errors are kept.

Most forecasts follow the history that is given with each call, so that nothing else has to be learnt.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .forecast_known import known_values
from .forecast_spread import change
from .model import Model, load

WINDOWS = 4  # ends of the history that are forecast from what comes before
FEWEST = 40  # errors that tell quantiles; with fewer the old ones stay


Forecast = Callable[[Any, Any], np.ndarray]


def learn(old: Model, folder: Path, history: Any, minutes: float, forecast: Forecast | None = None) -> None:
    """Write a new model folder. history: the long table of all series. forecast: how its ends are forecast, where not by `old`."""
    manifest = json.loads(json.dumps(old.manifest))
    spread = manifest["spread"]
    errors = _errors(forecast or old.predictor.forecast, int(manifest["series"]["horizon"]), history, spread)
    if len(errors) >= FEWEST:
        spread["offsets"] = [float(value) for value in np.quantile(errors, manifest["levels"])]
    shutil.copytree(old.folder, folder, dirs_exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    load(folder)


def _errors(forecast: Forecast, horizon: int, history: Any, spread: dict[str, Any]) -> np.ndarray:
    """Errors of each step of each series and window, each in the unit of its series and step; flat series have no unit.

    What is forecast begins right after the last known value before the window: the model counts its steps from there.
    """
    found = [np.empty(0)]
    rows, left = history.index.to_series(), history.groupby("series", sort=False).cumcount(ascending=False)
    for back in range(1, WINDOWS + 1):
        before = rows.where(history["target"].notna() & (left >= back * horizon))
        ends = before.groupby(history["series"], sort=False).transform("max")  # NaN, below nothing, of series without
        past, truth = history[rows <= ends], history[(rows > ends) & (left >= (back - 1) * horizon)]
        if not len(truth):
            continue
        known = known_values(past, int(spread["season"]))
        values = np.asarray(forecast(past, truth.drop(columns="target")), dtype=float)[:, 0]
        steps = truth.groupby("series", sort=False).cumcount().to_numpy() + 1
        changes = {name: change(one, int(spread["season"])) or np.nan for name, one in known.items()}
        units = truth["series"].map(changes).to_numpy(dtype=float)
        off = (truth["target"].to_numpy() - values) / (units * steps ** float(spread["growth"]))
        found.append(off[np.isfinite(off)])
    return np.concatenate(found)
