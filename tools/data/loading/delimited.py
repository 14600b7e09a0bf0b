"""Delimited text (comma, semicolon, tab, pipe, spaces) into batches of raw texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tools.core.errors import DataError
from tools.data.loading.encoding import Encoding, Utf8, detect, read_start
from tools.data.loading.layout import Layout, find_layout
from tools.data.loading.spool import MAX_COLUMNS, Spool, too_many_columns

if TYPE_CHECKING:
    import polars as pl

BLOCK = 4 * 1024**2
BATCH_ROWS = 20_000
START = 1024**2
LONGEST_CELL = 16 * 1024**2


@dataclass
class Delimited:
    """How a text table was read. dropped: line texts (first few) of rows with too many cells, and how many."""

    encoding: Encoding
    layout: Layout
    dropped: int = 0
    padded: int = 0
    quotes: bool = False
    examples: list[str] = field(default_factory=list)


def load(path: Path, spool: Spool) -> Delimited:
    """Read a delimited text file into the spool. Raises DataError where there is no table in it."""
    encoding = detect(path)
    start = read_start(path, encoding, START)
    if not start.strip():
        raise empty(path.name)
    layout = find_layout(start, complete=path.stat().st_size <= START)
    if len(layout.names) > MAX_COLUMNS:
        raise too_many_columns(len(layout.names))
    found = Delimited(encoding, layout, quotes='"' in start)
    fast = layout.quoting and not layout.spaces and layout.delimiter is not None and not (layout.after_space and '"' in start)
    if not (fast and _read_fast(path, found, spool)):
        for batch in _read_patiently(path, found):
            spool.add(batch)
    if found.dropped > 0.5 * (spool.rows + found.dropped):
        raise DataError(
            expected=f"rows with {len(layout.names)} cells in {path.name}",
            found=f"{found.dropped:,} of {spool.rows + found.dropped:,} rows with more cells, such as {found.examples[0]!r}",
            remedy="Save it again as CSV with every text in double quotes.",
            code="not-a-table",
        )
    return found


def empty(name: str) -> DataError:
    """A file without content."""
    return DataError(
        expected="a table with a header and rows",
        found=f"{name}, which is empty",
        remedy="Export it again, or attach another file.",
        code="empty-file",
    )


def _read_fast(path: Path, found: Delimited, spool: Spool) -> bool:
    """With Arrow's reader. False (and the spool empty again) where a row is irregular: then the patient reader takes over."""
    import polars as pl
    import pyarrow as pa
    from pyarrow import csv as arrow

    reading: Any = arrow

    layout = found.layout
    plain = [str(position) for position in range(len(layout.names))]
    source = pa.PythonFile(Utf8(path, found.encoding, layout.skip), mode="r")
    try:
        reader = reading.open_csv(
            source,
            reading.ReadOptions(use_threads=False, block_size=BLOCK, column_names=plain),
            reading.ParseOptions(delimiter=layout.delimiter or ",", newlines_in_values=True),
            reading.ConvertOptions(column_types=dict.fromkeys(plain, pa.string()), strings_can_be_null=False, check_utf8=False),
        )
        for batch in reader:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            frame.columns = layout.names
            spool.add(frame)
    except pa.ArrowInvalid:
        spool.clear()
        return False
    finally:
        source.close()
    return True


def _read_patiently(path: Path, found: Delimited) -> Iterator[pl.DataFrame]:
    """With Python's reader: short rows are padded, rows with too many cells are counted and left out."""
    csv.field_size_limit(LONGEST_CELL)
    width = len(found.layout.names)
    rows: list[list[str]] = []
    held = 0
    text = io.TextIOWrapper(
        io.BufferedReader(Utf8(path, found.encoding, found.layout.skip), BLOCK), encoding="utf-8", newline=""
    )
    with text:
        for record in _records(text, found.layout, path.name):
            if len(record) > width and any(cell.strip() for cell in record[width:]):
                found.dropped += 1
                if len(found.examples) < 3:
                    found.examples.append((found.layout.delimiter or " ").join(record)[:120])
                continue
            if record and len(record) < width:
                found.padded += 1
            rows.append([*record[:width], *[""] * (width - len(record))])
            held += sum(map(len, record))
            if len(rows) >= BATCH_ROWS or held >= BLOCK:
                yield _frame(rows, found.layout.names)
                rows, held = [], 0
    if rows:
        yield _frame(rows, found.layout.names)


def _records(text: io.TextIOWrapper, layout: Layout, name: str) -> Iterator[list[str]]:
    if layout.spaces:
        yield from (line.split() for line in text)
        return
    if layout.delimiter is None and not layout.quoting:
        yield from ([line.rstrip("\r\n")] for line in text)
        return
    quoting: Literal[0, 3] = 0 if layout.quoting else 3  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE
    delimiter = layout.delimiter or "\x1f"
    try:
        yield from csv.reader(text, delimiter=delimiter, quoting=quoting, skipinitialspace=layout.after_space)
    except csv.Error as error:
        raise DataError(
            expected=f"a table in {name}",
            found=f"text that cannot be parted into cells ({error}); often a double quote that is never closed",
            remedy="Save it again as CSV with every text in double quotes.",
            code="not-a-table",
        ) from error


def _frame(rows: list[list[str]], names: list[str]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
