"""Rows that trees learn forecasts from: looks ahead from many moments of every series, beside what came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.core.data import SeriesForm

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FAR = 20.0  # units: what lies further off says nothing of the others
STEPS = 6  # of each moment, where not all of the horizon fit
MOST_VALUES = 200  # of a text column that are told apart
BLANKED = 0.1  # of the rows, whose covariates are missing: trees read what was never missing in training as 0


# Part of a date -> (days until it comes round, days between two points at most so that they can tell it).
CYCLES = {"hour": (1.0, 0.99), "weekday": (7.0, 1.01), "day": (30.4, 1.01), "month": (365.0, 31.01)}


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


def lag_rows(history: pd.DataFrame, form: SeriesForm, view: View, most: int, seed: int) -> LagRows:
    """Up to about `most` rows from a long table, as many from each series, spread evenly over its past.

    They are to learn from only: a share of them, drawn by the seed, lacks its covariates, so that trees know what to say
    without them.
    """
    import numpy as np

    from tools.runtime.forecast_known import spans
    from tools.runtime.forecast_lags import covariates

    random = np.random.default_rng(seed)
    times, values = history["time"].to_numpy(), history["target"].to_numpy(dtype=float)
    ahead = covariates(history, [column for column in view.covariates if column["ahead"]])
    back = covariates(history, [column for column in view.covariates if not column["ahead"]])
    spanned = list(spans(history["series"].to_numpy()))
    if len(spanned) * 2 > most:  # more series than rows: some of them speak for all
        spanned = [spanned[place] for place in np.sort(random.choice(len(spanned), max(1, most // 20), replace=False))]
    share = max(20, most // max(1, len(spanned)))
    parts = [_of_series(values[rows], times[rows], ahead[rows], back[rows], form, view, share, random) for _, rows in spanned]
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
    form: SeriesForm,
    view: View,
    share: int,
    random: np.random.Generator,
) -> LagRows | None:
    """At most about `share` rows of one series; None where it is too short."""
    import numpy as np

    from tools.runtime.forecast_known import filled
    from tools.runtime.forecast_lags import look
    from tools.runtime.forecast_trees import joined

    there = np.flatnonzero(np.isfinite(values))
    if len(there) < 4:
        return None
    inside = slice(there[0], there[-1] + 1)
    values, times, ahead, back = values[inside], times[inside], ahead[inside], back[inside]
    origins, steps = _pairs(len(values), form, share, random)
    goal = origins + steps
    lags = look(filled(values, form.season), origins, steps, form.seasons, view.few)
    seen = joined(lags, times[goal], view.calendar, ahead[goal], back[origins])
    target = np.clip((values[goal] - seen.base) / seen.unit, -FAR, FAR)
    known = np.isfinite(target)
    return LagRows(seen.features[known], target[known], len(there))


def _pairs(length: int, form: SeriesForm, share: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(origin, step), int [n]: all of them where they fit in `share`, else some steps of evenly spread origins."""
    import numpy as np

    moments = np.arange(max(1, min(form.season, length // 3)), length - 1)
    each = min(form.horizon, max(STEPS, share // max(1, len(moments))))
    if len(moments) * each > share:
        moments = moments[np.unique(np.linspace(0, len(moments) - 1, max(1, share // each)).astype(int))]
    origins = np.repeat(moments, each)
    if each == form.horizon:
        steps = np.tile(np.arange(1, each + 1), len(moments))
    else:
        steps = random.integers(1, form.horizon + 1, len(origins))
    inside = origins + steps < length
    return origins[inside], steps[inside]
