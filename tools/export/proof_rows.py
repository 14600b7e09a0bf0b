"""The rows that a proof is made on: the run's own test rows, written the way the person's own file is written."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tools.approaches.base import Predictions, Rows
from tools.core.data import FileRole
from tools.export.chosen import Chosen
from tools.runtime.records import Hints, InputError, Table, open_table

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS = 2000
SECONDS = 8.0  # of predicting, so that the proof of a slow model stays short
FEWEST_ROWS = 25
ALIGNED = 0.98  # share of the rows whose text agrees between the person's file and the loaded table


@dataclass(frozen=True)
class Expected:
    """What the run says about the proof's rows. predictions: labels or numbers, as the run answered them."""

    rows: Rows
    row_ids: list[int]
    attachment: str
    answers: list[Any]
    predictions: Predictions

    def first(self) -> Expected:
        """The first row alone."""
        return Expected(self.rows.take([0]), self.row_ids[:1], self.attachment, self.answers[:1], _taken(self.predictions, [0]))


def expected(run: Chosen) -> Expected:
    """The test rows with the run's own predictions; without test rows some input rows, predicted now by the run's model.

    At most `MOST_ROWS` rows, evenly spread, and fewer of a slow model.
    """
    from tools.jobs import predictions as kept

    attachment = _attachment(run)
    if run.split.test and (run.folder / kept.FILE).exists():
        row_ids, _, found = kept.read(run.folder, "test")
        if row_ids:
            at = _spread(len(row_ids), _wanted(run))
            ids, answers = [row_ids[one] for one in at], kept.answers(run.folder, "test")
            rows = _rows(run, attachment, ids)
            return Expected(rows, ids, attachment, [answers[one] for one in at], _taken(found, at))
    ids = (run.split.train or list(range(FEWEST_ROWS)))[: _wanted(run)]
    rows = _rows(run, attachment, None if not run.split.train else ids)
    rows = rows.take(range(min(len(rows), _wanted(run))))
    return _predicted_now(run, rows, attachment)


def _attachment(run: Chosen) -> str:
    roles: list[FileRole] = ["train", "unlabelled", "test"]
    if run.split.test_source == "test-file":
        roles = ["test"]
    by_role = run.plan.attachments
    return next(by_role[role] for role in roles if role in by_role)


def _wanted(run: Chosen) -> int:
    per_row = run.result.predict_ms_per_row or 0.0
    return int(min(MOST_ROWS, max(FEWEST_ROWS, SECONDS * 1000 / per_row))) if per_row else MOST_ROWS


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

    return Predictions(**{one.name: some(getattr(found, one.name)) for one in fields(found)})


def _predicted_now(run: Chosen, rows: Rows, attachment: str) -> Expected:
    import numpy as np

    from tools.runtime import load

    model = load(run.model_folder)
    records = cast(list[dict[str, Any]], rows.inputs.to_dict("records"))
    raw: np.ndarray = np.asarray(model.raw(records), dtype=np.float64)
    answers = [one["prediction"] for one in model.predict(records)]
    found = Predictions(probabilities=raw) if model.labels else Predictions(values=raw)
    return Expected(rows, [int(one) for one in rows.inputs.index], attachment, answers, found)


def write_raw(run: Chosen, wanted: Expected, target: Path) -> str:
    """Write the rows as CSV: cell by cell from the person's own file where that is CSV, else from the loaded values.

    Gives "the person's own file" or "the loaded values".
    """
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
        for record in wanted.rows.inputs.to_dict("records"):
            writer.writerow([written(record[name], column) for name, column in columns.items()])
    return "the loaded values"


def _own_table(run: Chosen, attachment: str) -> Table | None:
    from tools.data.attaching import attached_path

    profile = next((file for file in run.profile.files if file.attachment == attachment), None)
    if profile is None or profile.format != "csv":
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
    except (InputError, UnicodeError):  # packed files and odd layouts that only the loader mends
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


def written(value: Any, column: dict[str, Any]) -> str:
    """A loaded value as the person would write it, with their decimal mark and date format."""
    if value is None or value != value:
        return ""
    if hasattr(value, "strftime"):
        return str(value.strftime(column["date_format"]) if column.get("date_format") else value.isoformat())
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", column.get("decimal") or ".")
    return str(value)
