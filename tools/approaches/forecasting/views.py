"""What boosted trees see of series beside their lags: parts of the date, and covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.core.data import SeriesForm
from tools.runtime.forecast_learning import View

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 200  # of a text column that are told apart

# Part of a date -> (days until it comes round, days between two points at most so that they can tell it).
CYCLES = {"hour": (1.0, 0.99), "weekday": (7.0, 1.01), "day": (30.4, 1.01), "month": (365.0, 31.01)}


def view_of(table: pd.DataFrame, form: SeriesForm) -> View:
    """Parts of the date that came round twice at least, and the covariates with a known value. table: a long table."""
    import numpy as np
    import pandas as pd

    covariates: list[dict[str, Any]] = []
    for name in dict.fromkeys([*form.known, *form.static, *form.past]):
        if name not in table.columns or not table[name].notna().any():
            continue
        column: dict[str, Any] = {"name": name, "ahead": name in form.known}
        if not pd.api.types.is_numeric_dtype(table[name]):
            column["values"] = [str(value) for value in table[name].dropna().astype(str).value_counts().index[:MOST_VALUES]]
        covariates.append(column)
    times = table["time"].to_numpy()
    if not np.issubdtype(times.dtype, np.datetime64):
        return View([season for season in form.seasons if season > 1][:2], covariates)
    days = (times - times.min()) / np.timedelta64(1, "D")
    step = float(np.median(np.abs(np.diff(days)))) if len(days) > 1 else 1.0
    parts: list[str | int] = [part for part, (cycle, least) in CYCLES.items() if step <= least and days.max() >= 2 * cycle]
    return View(parts, covariates)
