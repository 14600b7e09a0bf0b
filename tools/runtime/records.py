"""Rows of a CSV or JSONL file, read in chunks: flat memory at any size, order and columns kept.

The whole file is checked before the first row is answered, so that a broken line near the end costs seconds, not hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .csv_layout import CsvLayout, Hints, csv_rows, find_layout, fitted
from .json_objects import flattened, json_objects
from .text_file import InputError, file_encoding, file_kind, opened

__all__ = ["Hints", "InputError", "Record", "Table", "open_table"]


@dataclass(frozen=True)
class Record:
    """One row. cells: as written (a list of texts of a CSV row, or a JSON object). inputs: what the model gets."""

    cells: Any
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A file that was checked. columns: its column names as they are written. rows: how many. layout: None for JSON."""

    path: Path
    encoding: str
    inputs: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int
    layout: CsvLayout | None = None

    def records(self) -> Iterator[Record]:
        """The rows in order."""
        return self._json_records() if self.layout is None else self._csv_records(self.layout)

    def chunks(self, size: int) -> Iterator[list[Record]]:
        """The rows in order, at most `size` at a time."""
        records = self.records()
        while chunk := list(islice(records, size)):
            yield chunk

    def _csv_records(self, layout: CsvLayout) -> Iterator[Record]:
        positions = {name: layout.names.index(name) for name in self.inputs}
        width = len(layout.names)
        with opened(self.path, self.encoding) as file:
            for _, cells in islice(csv_rows(file, layout.delimiter, layout.quoting), layout.skip, None):
                whole = fitted(cells, width)
                yield Record(whole, {name: whole[at] for name, at in positions.items()})

    def _json_records(self) -> Iterator[Record]:
        for _, record in json_objects(self.path, self.encoding):
            flat = flattened(record)
            yield Record(record, {name: flat.get(name) for name in self.inputs})


def open_table(path: Path, hints: Hints) -> Table:
    """Look at the whole file. Raises InputError where it cannot be answered."""
    if not path.is_file():
        raise InputError(f"Expected a CSV or JSONL file. Found no file at {path}. Check the path.")
    kind = file_kind(path)
    encoding = file_encoding(path, hints.encoding)
    if kind == "json":
        return _json_table(path, encoding, hints)
    layout = find_layout(path, encoding, hints)
    return Table(path, encoding, hints.inputs, layout.columns, layout.rows, layout)


def _json_table(path: Path, encoding: str, hints: Hints) -> Table:
    columns: dict[str, None] = {}
    flat: dict[str, None] = {}
    rows = 0
    for _, record in json_objects(path, encoding):
        rows += 1
        columns.update(dict.fromkeys(record))
        flat.update(dict.fromkeys(flattened(record)))
    missing = [name for name in hints.inputs if name not in flat]
    if missing and rows:
        raise InputError(
            f"Expected the columns {list(hints.inputs)} in {path.name}. Found {list(flat)[:20]}, without {missing}. "
            "Add the missing columns or rename yours (null is fine)."
        )
    return Table(path, encoding, hints.inputs, tuple(columns), rows)
