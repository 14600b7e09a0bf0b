"""Tables of series, the same way in training and in the prototype: raw rows in, one long and regular table out, and back.

The long table has the columns `series` (str; "" where there is one), `time` (datetime64[ns], or int64 where time is counted),
`target` (float64) and the covariates by name. It is ordered by series, then time; its index is 0..n-1; a step that the rows
leave out is a row whose target is NaN. `form` is a SeriesForm as JSON (`manifest["series"]`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .moments import numbers, read_times, time_columns, write_times
from .regular import regular
from .rows import to_text
from .steps import moments, ordinals

if TYPE_CHECKING:
    import pandas as pd

BETWEEN = " / "  # joins several ids; in an id itself it is written with two strokes
ESCAPED = " // "
UNREAD = 0.05  # share of times that may be unreadable: such rows are left out
Form = Mapping[str, Any]


def long_table(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, form: Form) -> pd.DataFrame:
    """The long table of a history. Values may be typed, or texts as they stand in a CSV file.

    Rows of the same series and step become their mean (a text: the first). Steps before the first and after the last known
    value of a series are left out, and so are series without any. Raises ValueError: expected, found, remedy.
    """
    table = _frame(rows)
    targets = list(form.get("value_columns") or [form["target"]])
    _check(table, [*time_columns(form), *(form.get("series_columns") or []), *targets], "the history")
    table, steps = _timed(table, form)
    covariates = _covariates(table, form, [*form.get("known", []), *form.get("past", []), *form.get("static", [])])
    parts = []
    for name in targets:
        known = numbers(table[name], (form.get("formats") or {}).get(name, {}))
        parts.append((_names(table, form, name), known))
    names = np.concatenate([name for name, _ in parts])
    values = np.concatenate([value for _, value in parts])
    if not np.isfinite(values).any():
        raise ValueError(
            f"Expected numbers in {', '.join(targets[:5])}. Found none in {len(table):,} rows. Give rows with known values."
        )
    repeated = {name: np.tile(column, len(parts)) for name, column in covariates.items()}
    found = regular(names, np.tile(steps, len(parts)), {"target": values, **repeated}, form.get("step") or 1, known="target")
    return _with_times(found, form)


def future_table(
    history: pd.DataFrame,
    form: Form,
    horizon: int,
    future_rows: Sequence[Mapping[str, Any]] | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The `horizon` steps after the end of each series of a long table: `series`, `time` and the known covariates.

    future_rows: the person's rows with the known covariates; what they do not tell is NaN (None in texts). Rows of other
    times or series are ignored. Raises ValueError.
    """
    import pandas as pd

    step = form.get("step") or 1
    last = history.drop_duplicates("series", keep="last")
    ends = ordinals(last["time"].to_numpy(), form.get("frequency"))
    steps = (ends[:, None] + step * np.arange(1, horizon + 1)[None, :]).ravel()
    found = pd.DataFrame(
        {"series": np.repeat(last["series"].to_numpy(), horizon), "time": moments(steps, form.get("frequency"))}
    )
    known = list(form.get("known") or [])
    if not known:
        return found
    if future_rows is None or not len(future_rows):
        types = {name: (form.get("formats") or {}).get(name, {}).get("type") for name in known}
        return found.assign(**{name: None if types[name] == "text" else np.nan for name in known})
    phases = dict(zip(last["series"], (ends % step).tolist(), strict=True))
    given = _given(future_rows, form, known, phases)
    if form.get("value_columns"):  # a wide table: what is known is known of all its series
        return found.merge(given.drop(columns="series").drop_duplicates("time"), on="time", how="left")
    return found.merge(given, on=["series", "time"], how="left")


def spelled(frame: pd.DataFrame, form: Form) -> list[dict[str, Any]]:
    """Series and times under the person's own column names and in their own writing; further columns as they are.

    A series of a wide table stands in a column `series`.
    """
    ids = list(form.get("series_columns") or [])
    columns: dict[str, Sequence[Any]] = {}
    split = [str(name).split(BETWEEN) for name in frame["series"]]
    for place, column in enumerate(ids):
        whole = len(ids) == 1
        cells = [
            name if whole else parts[place].replace(ESCAPED, BETWEEN)
            for name, parts in zip(frame["series"], split, strict=True)
        ]
        columns[column] = _typed_ids(cells, (form.get("formats") or {}).get(column, {}))
    if form.get("value_columns"):
        columns["series"] = [parts[-1].replace(ESCAPED, BETWEEN) for parts in split] if ids else list(frame["series"])
    columns.update(write_times(frame["time"].to_numpy(), form))
    for name in frame.columns:
        if name not in ("series", "time"):
            columns[str(name)] = frame[name].tolist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def placed(rows: Sequence[Mapping[str, Any]], form: Form) -> tuple[dict[str, np.ndarray], np.ndarray] | None:
    """Where raw rows stand: (value column -> the series of each row, the ordinal of each); None where a time is unreadable."""
    table = _frame(rows)
    timed, steps = _timed(table, form)
    targets = list(form.get("value_columns") or [form["target"]])
    return ({name: _names(timed, form, name) for name in targets}, steps) if len(timed) == len(table) else None


def _frame(rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame.from_records([dict(row) for row in rows])
    if not len(table):
        raise ValueError("Expected rows of a history. Found none. Give the values so far, a row each.")
    return table.reset_index(drop=True)


def _check(table: pd.DataFrame, needed: Sequence[str], where: str) -> None:
    missing = [name for name in dict.fromkeys(needed) if name not in table.columns]
    if missing:
        raise ValueError(
            f"Expected the columns {list(dict.fromkeys(needed))[:20]} in {where}. Found {list(table.columns)[:20]}, "
            f"without {missing[:10]}. Add the missing columns or rename yours."
        )


def _timed(table: pd.DataFrame, form: Form) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows whose time can be read, and their ordinals."""
    times, there = read_times(table, form)
    lost = int((~there).sum())
    if lost > UNREAD * len(table):
        bad = table.loc[~there, time_columns(form)].iloc[0].tolist()
        what = "whole numbers" if form.get("frequency") is None else "times"
        raise ValueError(
            f"Expected {what} in {', '.join(time_columns(form))}. Found {lost:,} of {len(table):,} rows without, such as "
            f"{', '.join(repr(value) for value in bad)}. Write them as in the file that was learnt from."
        )
    if lost:
        table, times = table[there].reset_index(drop=True), times[there]
    return table, ordinals(times, form.get("frequency"), form.get("offset", 0.0))


def _names(table: pd.DataFrame, form: Form, value_column: str) -> np.ndarray:
    """The series of each row, as str: its ids joined, with the column's name behind them in a wide table."""
    ids = [_texts(table[name]) for name in form.get("series_columns") or []]
    wide = bool(form.get("value_columns"))
    if len(ids) == 1 and not wide:
        return ids[0]
    if not ids:
        return np.full(len(table), value_column if wide else "", dtype=object)
    columns = [*ids, np.full(len(table), value_column, dtype=object)] if wide else ids
    return np.array(
        [BETWEEN.join(str(part).replace(BETWEEN, ESCAPED) for part in row) for row in zip(*columns, strict=True)], dtype=object
    )


def _texts(column: pd.Series) -> np.ndarray:
    """Texts as object [n]; 3.0 and 3 are both "3", and nothing is ""."""
    import pandas as pd

    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    words = np.array([*(to_text(value, frozenset()) or "" for value in distinct), ""], dtype=object)
    found: np.ndarray = words[codes]
    return found


def _typed_ids(cells: Sequence[str], written: Mapping[str, Any]) -> list[Any]:
    if written.get("type") != "number":
        return list(cells)
    return [int(cell) if cell.lstrip("-").isdigit() else cell for cell in cells]


def _covariates(table: pd.DataFrame, form: Form, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Column -> float64 [n], or object [n] (texts; None where missing). A column that is not there is all missing."""
    formats = form.get("formats") or {}
    found: dict[str, np.ndarray] = {}
    for name in names:
        written = formats.get(name, {})
        if name not in table.columns:
            found[name] = np.full(len(table), None if written.get("type") == "text" else np.nan)
        elif written.get("type") == "text":
            texts = _texts(table[name])
            texts[texts == ""] = None
            found[name] = texts
        else:
            found[name] = numbers(table[name], written)
    return found


def _given(
    rows: Sequence[Mapping[str, Any]] | pd.DataFrame, form: Form, known: Sequence[str], phases: Mapping[str, int]
) -> pd.DataFrame:
    """Rows of the future as `series`, `time` and the known covariates, one a step. phases: of the series in the history."""
    table = _frame(rows)
    _check(table, [*time_columns(form), *(form.get("series_columns") or []), *known], "the rows of the future")
    table, steps = _timed(table, form)
    wide = bool(form.get("value_columns"))
    names = np.full(len(table), "", dtype=object) if wide else _names(table, form, str(form.get("target")))
    if wide:  # its series share their times
        phases = {"": next(iter(phases.values()))} if phases else {}
    found = regular(names, steps, _covariates(table, form, known), form.get("step") or 1, known=None, phases=phases)
    return _with_times(found, form)


def _with_times(found: pd.DataFrame, form: Form) -> pd.DataFrame:
    found.insert(1, "time", moments(found.pop("step").to_numpy(), form.get("frequency")))
    return found
