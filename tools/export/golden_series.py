"""A made-up history of the right shape, for examples and for a forecaster's own test. No value of the person's is in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tools.core.data import ColumnProfile, FileProfile
from tools.export.raw_cells import written

SERIES = ("A", "B")
LEAST, MOST = 40, 400  # points of a series
COMMON = 5  # a value that fewer rows have may tell who somebody is
STARTS = {"Y": "1960-01-01", "Q": "1990-01-01", "M": "2005-01-01"}
START = "2024-01-01"


def made_up_history(form: dict[str, Any], profile: FileProfile | None) -> list[dict[str, str]]:
    """Rows as texts, the way the person writes numbers and times: a season, a slow rise and a little unrest."""
    season = max(form.get("seasons") or [1])
    length = min(MOST, max(LEAST, 3 * season + int(form["horizon"])))
    return _spelled(form, profile, 0, length, targets=True)


def made_up_future(form: dict[str, Any], profile: FileProfile | None, past: int) -> list[dict[str, str]]:
    """What would be known of the `horizon` steps after `past` points; empty where nothing is."""
    return _spelled(form, profile, past, past + int(form["horizon"]), targets=False) if form.get("known") else []


def points(form: dict[str, Any], rows: Sequence[Any]) -> int:
    """Points of each made-up series in so many rows."""
    return len(rows) // (len(SERIES) if form.get("series_columns") else 1)


def _spelled(form: dict[str, Any], profile: FileProfile | None, first: int, last: int, targets: bool) -> list[dict[str, str]]:
    import numpy as np
    import pandas as pd

    from tools.runtime.moments import write_times
    from tools.runtime.steps import moments, ordinals

    formats, ids = form.get("formats") or {}, list(form.get("series_columns") or [])
    steps = _first_step(form, ordinals) + (form.get("step") or 1) * np.arange(first, last)
    times = write_times(moments(steps, form.get("frequency")), form)
    columns = pd.DataFrame(times).astype(object)
    rows: list[dict[str, str]] = []
    for place, name in enumerate(SERIES if ids else ("",)):
        for at, moment in zip(range(first, last), columns.to_dict("records"), strict=True):
            row = {str(column): written(value, formats.get(column, {})) for column, value in moment.items()}
            row = {**{column: _id(name, formats.get(column, {}), place) for column in ids}, **row}
            row |= {name: _covariate(name, at, formats.get(name, {}), profile) for name in _covariates(form, targets)}
            if targets:
                row |= _values(form, at, place, profile)
            rows.append(row)
    return rows


def _first_step(form: dict[str, Any], ordinals: Any) -> int:
    import numpy as np

    frequency = form.get("frequency")
    if frequency is None:
        return 1
    start = np.array([STARTS.get(frequency[:1], START) if frequency[:2] != "ms" else START], dtype="datetime64[ns]")
    return int(ordinals(start, frequency)[0])


def _id(name: str, column: dict[str, Any], place: int) -> str:
    return str(place + 1) if column.get("type") == "number" else name


def _covariates(form: dict[str, Any], all_of_them: bool) -> list[str]:
    names = [*form.get("known", []), *(form.get("past", []) + form.get("static", []) if all_of_them else [])]
    return [name for name in names if name not in (form.get("series_columns") or [])]


def _values(form: dict[str, Any], at: int, place: int, profile: FileProfile | None) -> dict[str, str]:
    formats = form.get("formats") or {}
    found = {}
    for number, name in enumerate(form.get("value_columns") or [form["target"]]):
        middle, reach = _level(profile.column(name) if profile else None)
        season = max(form.get("seasons") or [1])
        wave = math.sin(2 * math.pi * at / season) if season > 1 else 0.0
        unrest = math.sin(12.9898 * (at + 31 * (place + number))) * 0.2
        value = middle + reach * (wave + unrest + 0.2 * place + at / MOST)
        found[name] = written(float(f"{value:.4g}"), formats.get(name, {}))
    return found


def _level(column: ColumnProfile | None) -> tuple[float, float]:
    """(the middle, how far it swings), rounded so that they are nobody's."""
    if column is None or not isinstance(column.mean, (int, float)):
        return 100.0, 20.0
    ends = [float(end) for end in (column.minimum, column.maximum) if isinstance(end, (int, float))]
    reach = (max(ends) - min(ends)) / 8 if len(ends) == 2 else abs(float(column.mean)) / 5
    return float(f"{column.mean:.1g}"), float(f"{reach or 1.0:.1g}")


def _covariate(name: str, at: int, column: dict[str, Any], profile: FileProfile | None) -> str:
    known = profile.column(name) if profile else None
    if column.get("type") == "text" or (known is not None and not isinstance(known.mean, (int, float))):
        common = [value for value, count in known.top if count >= COMMON] if known else []
        return common[at % len(common)] if common else ""
    middle, reach = _level(known)
    if known is not None and known.unique <= 2:
        return written(float(known.minimum if at % 7 else known.maximum or 0), column)  # type: ignore[arg-type]
    return written(float(f"{middle + reach * math.sin(at):.3g}"), column)
