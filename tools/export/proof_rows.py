"""The rows that a proof is made on: the run's own test rows, written the way the person's own file is written."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches.base import Predictions, Rows
from tools.core.data import FileRole
from tools.core.errors import DataError
from tools.export.chosen import Chosen
from tools.export.golden import golden_rows
from tools.export.raw_cells import written
from tools.export.recording import Recording, is_asking, is_replayed
from tools.runtime.records import Hints, InputError, Table, open_table

if TYPE_CHECKING:
    import numpy as np

    from tools.runtime import Model

MOST_ROWS = 2000
SECONDS = 8.0  # of predicting, so that the proof of a slow model stays short
FEWEST_ROWS = 25
FILE_SECONDS, FEWEST_OF_FILE = 60.0, 5  # the same for a language model that is a file: seconds a row are usual
ALIGNED = 0.98  # share of the rows whose text agrees between the person's file and the loaded table


@dataclass(frozen=True)
class Expected:
    """What the run says about the proof's rows. predictions: labels or numbers, as the run answered them."""

    rows: Rows
    row_ids: list[int]
    attachment: str | None
    answers: list[Any]
    predictions: Predictions

    def take(self, at: list[int]) -> Expected:
        """The rows at these positions."""
        ids, answers = [self.row_ids[one] for one in at], [self.answers[one] for one in at]
        return Expected(self.rows.take(at), ids, self.attachment, answers, _taken(self.predictions, at))


def expected(run: Chosen) -> Expected:
    """The test rows with the run's own predictions; without test rows some input rows, predicted now by the run's model.

    At most `MOST_ROWS` rows, evenly spread, and fewer of a slow model. Where a language model is asked and there are no test
    rows, made-up rows stand in for them: the run has asked about those.
    """
    from tools.jobs import predictions as kept

    attachment = _attachment(run)
    if attachment is None or (is_asking(run) and not run.split.test):
        return _predicted_now(run, _made_up(run), None)
    if run.split.test and (run.folder / kept.FILE).exists():
        row_ids, _, found = kept.read(run.folder, "test")
        if row_ids:
            at = _spread(len(row_ids), _wanted(run))
            ids, answers = [row_ids[one] for one in at], kept.answers(run.folder, "test")
            return Expected(_rows(run, attachment, ids), ids, attachment, [answers[one] for one in at], _taken(found, at))
    rows = _rows(run, attachment, None)
    return _predicted_now(run, rows.take(_spread(len(rows), _wanted(run))), attachment)


def _attachment(run: Chosen) -> str | None:
    """The file that the test rows come from; without test rows, whichever there is. None: the run had no file."""
    roles: list[FileRole] = ["test"] if run.split.test_source == "test-file" else ["train", "unlabelled", "test"]
    return next((run.plan.attachments[role] for role in roles if role in run.plan.attachments), None)


def _made_up(run: Chosen) -> Rows:
    import pandas as pd

    rows = golden_rows(run)
    return Rows(pd.DataFrame(rows, dtype=object), pd.Series([None] * len(rows), dtype=object))


def _wanted(run: Chosen) -> int:
    per_row = run.result.predict_ms_per_row or 0.0
    if is_replayed(run) or not per_row:  # what is recorded is said again at once
        return MOST_ROWS
    fewest, seconds = (FEWEST_OF_FILE, FILE_SECONDS) if is_asking(run) else (FEWEST_ROWS, SECONDS)
    return int(min(MOST_ROWS, max(fewest, seconds * 1000 / per_row)))


def _spread(count: int, wanted: int) -> list[int]:
    """Positions evenly over 0..count-1."""
    if count <= wanted:
        return list(range(count))
    return [round(step * (count - 1) / (wanted - 1)) for step in range(wanted)]


def _rows(run: Chosen, attachment: str, row_ids: list[int] | None) -> Rows:
    from tools.data import splitting

    return splitting.rows(run.task, attachment, row_ids)


def _taken(found: Predictions, at: list[int]) -> Predictions:
    def some(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[at]

    taken: dict[str, Any] = {one.name: some(getattr(found, one.name)) for one in fields(found) if one.name != "context"}
    return replace(found, **taken)


def _predicted_now(run: Chosen, rows: Rows, attachment: str | None) -> Expected:
    if not is_asking(run):
        from tools.runtime import load

        return _predicted_by(load(run.model_folder), rows, attachment)
    with Recording(run) as recording:
        return _predicted_by(recording.model, rows, attachment)


def _predicted_by(model: Model, rows: Rows, attachment: str | None) -> Expected:
    import numpy as np

    from tools.data.plain_rows import records

    asked = records(rows.inputs)
    raw: np.ndarray = np.asarray(model.raw(asked), dtype=np.float64)
    answers = [one["prediction"] for one in model.predict(asked)]
    found = Predictions(probabilities=raw) if model.labels else Predictions(values=raw)
    return Expected(rows, [int(one) for one in rows.inputs.index], attachment, answers, found)


def write_raw(run: Chosen, wanted: Expected, target: Path) -> str:
    """Write the rows as CSV: cell by cell from the person's own file where that is CSV, else from the loaded values.

    Gives "the person's own file" or "the loaded values".
    """
    from tools.data.plain_rows import records

    table = _own_table(run, wanted.attachment)
    if table is not None and (cells := _own_cells(table, wanted)) is not None:
        with target.open("w", encoding=table.encoding, newline="") as file:
            delimiter = table.layout.delimiter if table.layout and len(table.columns) > 1 else ","
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(table.layout.names if table.layout else table.columns)
            writer.writerows(cells)
        return "the person's own file"
    columns = {column["name"]: column for column in run.manifest["inputs"]}
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(list(columns))
        for record in records(wanted.rows.inputs):
            writer.writerow([written(record[name], column) for name, column in columns.items()])
    return "the loaded values"


def _own_table(run: Chosen, attachment: str | None) -> Table | None:
    from tools.data.attaching import attached_path

    profile = next((file for file in run.profile.files if file.attachment == attachment), None)
    if attachment is None or profile is None or profile.format != "csv":
        return None
    hints = Hints(
        inputs=tuple(column["name"] for column in run.manifest["inputs"]),
        target=run.task.target,
        columns=tuple(column.name for column in profile.columns),
        header=profile.header_row is not None,
        delimiter=profile.delimiter,
        encoding=profile.encoding,
    )
    try:
        table = open_table(attached_path(attachment), hints)
    except (InputError, UnicodeError, DataError):  # packed files and odd layouts that only the loader mends
        return None
    return table if table.layout and table.rows == profile.rows else None


def _own_cells(table: Table, wanted: Expected) -> list[list[str]] | None:
    """The cells of the wanted rows in their order; None where the file's rows are not the loaded rows."""
    where = {row_id: position for position, row_id in enumerate(wanted.row_ids)}
    cells: list[list[str]] = [[] for _ in where]
    agree, compared, row_id = 0, 0, -1
    texts = [name for name in table.inputs if wanted.rows.inputs[name].dtype == object]
    for chunk in table.chunks(1000):
        for record in chunk:
            row_id += 1
            if (position := where.get(row_id)) is None:
                continue
            cells[position] = record.cells
            loaded = wanted.rows.inputs.iloc[position]
            for name in texts:
                if isinstance(loaded[name], str):
                    compared += 1
                    agree += _bare(loaded[name]) == _bare(record.inputs[name])
    whole = all(cells)
    return cells if whole and agree >= ALIGNED * compared else None


def _bare(text: str) -> str:
    return "".join(text.split()).strip("'\"")
