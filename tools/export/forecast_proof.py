"""The proof of a forecaster: from the history before the locked window, its prototype gives the run's own forecasts of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.data import SeriesForm
from tools.core.errors import DataError
from tools.export.chosen import Chosen
from tools.export.raw_cells import written
from tools.runtime.records import Hints, InputError, Table, open_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_SERIES, FEWEST_SERIES = 300, 3
SECONDS = 8.0  # of forecasting, so that the proof of a slow model stays short
MOST_OWN_ROWS = 200_000  # a larger file is not read cell by cell: the loaded values stand in for it


@dataclass(frozen=True)
class Wanted:
    """What the run says. places: `series`, `time` of n locked rows; values: float [n, 3], forecast, low and high.

    history: the long table before the locked window, of the same series. steps: how far a forecast must look ahead.
    future: the locked rows with what is known of them in advance, None where nothing is.
    """

    form: SeriesForm
    places: pd.DataFrame
    values: np.ndarray
    history: pd.DataFrame
    future: pd.DataFrame | None
    steps: int

    def only(self, names: Sequence[str]) -> Wanted:
        """The same of these series."""
        mine = self.places["series"].isin(names).to_numpy()
        future = None if self.future is None else self.future[self.future["series"].isin(names)]
        history = self.history[self.history["series"].isin(names)]
        return Wanted(self.form, self.places[mine], self.values[mine], history, future, self.steps)


def wanted(run: Chosen) -> Wanted:
    """The locked window of at most `MOST_SERIES` series, evenly spread, and fewer of a slow model."""
    import numpy as np

    from tools.jobs import predictions as kept
    from tools.jobs.forecasts import long_table, steps_ahead
    from tools.jobs.material import material
    from tools.jobs.run import Run

    given = material(Run(run.run_folder))
    assert given.series is not None
    _, _, found = kept.read(run.folder, "test")
    places = kept.places(run.folder, "test").to_pandas()[["series", "time"]]
    assert found.values is not None
    assert found.low is not None
    assert found.high is not None
    values = np.stack([found.values, found.low, found.high], axis=1)
    known = given.series.known
    history, ahead = long_table(given.train), given.test.inputs
    whole = Wanted(given.series, places, values, history, ahead if known else None, 1)
    names = list(dict.fromkeys(places["series"]))
    per_series = (run.result.predict_ms_per_row or 0.0) * given.series.horizon
    most = int(min(MOST_SERIES, max(FEWEST_SERIES, SECONDS * 1000 / per_series))) if per_series else MOST_SERIES
    chosen = whole.only(_spread(names, most))
    steps = steps_ahead(chosen.history, chosen.places, given.series.model_dump())
    return Wanted(given.series, chosen.places, chosen.values, chosen.history, chosen.future, steps)


def first(found: Wanted) -> Wanted:
    """The first series alone."""
    return found.only([str(found.places["series"].iloc[0])])


def asked(run: Chosen, found: Wanted, place: Path) -> tuple[Path, list[str], str]:
    """Write history (and future): (the history's file, options of predict.py, what it was written from)."""
    source = _write_history(run, found, place / "history.csv")
    options = ["--horizon", str(found.steps)]
    if found.future is not None:
        _write_rows(_spelled(found.future[["series", "time", *found.form.known]], found.form), place / "future.csv", found.form)
        options += ["--future", str(place / "future.csv")]
    return place / "history.csv", options, source


def largest_difference(found: Wanted, answers: Sequence[dict[str, Any]]) -> float:
    """Relative to the number itself, or to a hundredth of the spread where that is larger. KeyError: a row is missing."""
    import numpy as np

    told = {_key(answer, found.form): answer for answer in answers}
    mine = [told[_key(row, found.form)] for row in _spelled(found.places, found.form)]
    theirs = np.array([[row["prediction"], row["low"], row["high"]] for row in mine], dtype=float)
    scale = np.maximum(np.abs(found.values), 0.01 * float(found.values[:, 0].std()) + 1e-12)
    return float((np.abs(theirs - found.values) / scale).max(initial=0.0))


def _spread(names: list[str], most: int) -> list[str]:
    if len(names) <= most:
        return names
    return [names[round(step * (len(names) - 1) / (most - 1))] for step in range(most)]


def _spelled(places: pd.DataFrame, form: SeriesForm) -> list[dict[str, Any]]:
    from tools.runtime.series import spelled

    return spelled(places, form.model_dump())


def _key(row: dict[str, Any], form: SeriesForm) -> tuple[str, ...]:
    """Series and time of an answer, as text."""
    return tuple(str(value) for name, value in row.items() if name not in ("prediction", "low", "high"))


def _write_history(run: Chosen, found: Wanted, target: Path) -> str:
    """Cell by cell from the person's own file where that is CSV, the locked values left empty; else from the loaded values."""
    table = _own_table(run)
    rows = _own_rows(table, found) if table is not None else None
    if table is not None and table.layout is not None and rows is not None:
        with target.open("w", encoding=table.encoding, newline="") as file:
            writer = csv.writer(file, delimiter=table.layout.delimiter if len(table.columns) > 1 else ",")
            writer.writerow(table.layout.names)
            writer.writerows(rows)
        return "the person's own file"
    _write_rows(_loaded_rows(found), target, found.form)
    return "the loaded values"


def _own_table(run: Chosen) -> Table | None:
    from tools.data.attaching import attached_path

    attachments = run.plan.attachments
    profile = next((file for file in run.profile.files if file.attachment == attachments.get("train")), None)
    if profile is None or profile.format != "csv" or "validation" in attachments or (profile.rows or 0) > MOST_OWN_ROWS:
        return None
    names = tuple(column.name for column in profile.columns)
    hints = Hints(
        inputs=names,
        columns=names,
        header=profile.header_row is not None,
        delimiter=profile.delimiter,
        encoding=profile.encoding,
    )
    try:
        table = open_table(attached_path(attachments["train"]), hints)
    except (InputError, UnicodeError, DataError):  # packed files and odd layouts that only the loader mends
        return None
    return table if table.layout and table.rows == profile.rows else None


def _own_rows(table: Table, found: Wanted) -> list[list[str]] | None:
    """The file's rows of the wanted series, as written, each locked value left empty; None where a time cannot be read."""
    from tools.runtime.series import placed
    from tools.runtime.steps import ordinals

    records = list(table.records())
    place = placed([record.inputs for record in records], found.form.model_dump())
    if place is None or table.layout is None:
        return None
    names, steps = place
    starts = found.places.drop_duplicates("series")
    begins = dict(zip(starts["series"], ordinals(starts["time"].to_numpy(), found.form.frequency), strict=True))
    at = {name: table.layout.names.index(name) for name in names}
    rows = []
    for number, record in enumerate(records):
        cells, kept = list(record.cells), False
        for column, series in names.items():
            begin = begins.get(series[number])
            # a row that wavers before its time belongs to the nearest point, as `regular` has it
            if begin is None or steps[number] + found.form.step // 2 >= begin:
                cells[at[column]] = ""
            kept = kept or begin is not None
        if kept:
            rows.append(cells)
    return rows


def _loaded_rows(found: Wanted) -> list[dict[str, Any]]:
    """The history in the person's own columns; a wide table gets its columns back."""
    form = found.form
    rows = _spelled(found.history.rename(columns={"target": form.target or "value"}), form)
    if not form.value_columns:
        return rows
    wide: dict[tuple[str, ...], dict[str, Any]] = {}
    others = [*form.series_columns, *(form.time_parts.values() or [form.time_column])]
    for row in rows:
        key = tuple(str(row[name]) for name in others)
        into = wide.setdefault(key, {name: row[name] for name in [*others, *form.known, *form.past, *form.static]})
        into[row["series"]] = row["value"]
    return list(wide.values())


def _write_rows(rows: Sequence[dict[str, Any]], target: Path, form: SeriesForm) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([written(row.get(name), form.formats.get(name, {})) for name in names] for row in rows)
