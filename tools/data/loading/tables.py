"""A file that is a table: raw texts in, one typed Parquet out, with every repair written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.data import FileFormat, Repair
from tools.core.errors import DataError
from tools.data.attaching import disk_trouble_explained
from tools.data.loading import columnar, delimited, records, repairs, workbook
from tools.data.loading.columns import (
    ENOUGH,
    TEXT_MISSING,
    ZONE,
    Reading,
    cast,
    decide,
    text_of,
    typed,
    written_as_comma_decimal,
)
from tools.data.loading.formats import Shape
from tools.data.loading.repairs import Seen
from tools.data.loading.spool import Spool
from tools.data.loading.stored import Writer

if TYPE_CHECKING:
    import polars as pl


@dataclass
class Table:
    """A table as read. header_row: 0-based record of the header. facts: sheets, list columns, how each column is written."""

    format: FileFormat
    rows: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    repairs: list[Repair] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def normalise(path: Path, shape: Shape, target: Path, work: Path) -> Table:
    """Read `path` and write the typed table to `target` (Parquet), in bounded memory. Raises DataError and MachineError."""
    with disk_trouble_explained(f"reading {path.name}"):
        if shape == "parquet":
            return _normalise_parquet(path, target)
        spool = Spool(work / f"{target.stem}.arrows")
        try:
            table = READERS[shape](path, spool)
            spool.finish()
            _finish(table, spool, target, path.name)
        finally:
            spool.finish()
            spool.path.unlink(missing_ok=True)
        return table


def _finish(table: Table, spool: Spool, target: Path, name: str) -> None:
    """From raw texts to types: decided on a sample, proved on all rows, and decided again for columns that do not hold."""
    if spool.rows == 0:
        raise DataError(
            expected=f"rows below the header in {name}",
            found="only a header" if table.header_row is not None else "no rows",
            remedy="Export it again with its rows, or attach another file.",
            code="no-rows",
        )
    cut = _footnotes(spool) if table.format in ("csv", "xlsx") else 0
    sample = spool.sample()
    if cut and sample.height == spool.rows:
        sample = sample.head(spool.rows - cut)
    commas = any(written_as_comma_decimal(sample[column]) for column in sample.columns)
    readings = [decide(column, sample[column], commas) for column in sample.columns]
    seen = _write(spool, readings, target, spool.rows - cut)
    while wrong := {reading.name for reading in readings if _does_not_hold(reading, seen[reading.name])}:
        readings = [_wider(reading) if reading.name in wrong else reading for reading in readings]
        seen = _write(spool, readings, target, spool.rows - cut)
    table.rows = spool.rows - cut
    table.repairs += repairs.of_footnotes(cut, str(spool.tail()[-1][0])) + repairs.of_columns(readings, seen)
    table.facts["columns_schema"] = [_with_suffix(reading, seen[reading.name]).schema() for reading in readings]


def _does_not_hold(reading: Reading, note: Seen) -> bool:
    return reading.kind != "text" and (note.fractions > 0 or note.unread > (1 - ENOUGH) * note.present)


def _wider(reading: Reading) -> Reading:
    return replace(reading, kind="number") if reading.kind == "integer" else reading.as_text()


def _with_suffix(reading: Reading, note: Seen) -> Reading:
    """The zone is known of all rows only: a sample may end before summer time begins."""
    return replace(reading, suffix=next(iter(note.zones))) if len(note.zones) == 1 else reading


def _write(spool: Spool, readings: list[Reading], target: Path, rows: int) -> dict[str, Seen]:
    """Cast every batch and write it; count what did not fit."""
    import polars as pl

    seen = {reading.name: Seen() for reading in readings}
    writer, left = Writer(target), rows
    try:
        for batch in spool.batches():
            raw = batch.head(left)
            left -= raw.height
            if raw.height:
                texts = raw.select(text_of(reading) for reading in readings)
                values = texts.select(typed(pl.col(reading.name), reading) for reading in readings)
                _count(raw, texts, values, readings, seen)
                writer.add(values)
    finally:
        writer.close()
    return seen


def _count(
    raw: pl.DataFrame, texts: pl.DataFrame, values: pl.DataFrame, readings: list[Reading], seen: dict[str, Seen]
) -> None:
    for reading in readings:
        note, text, value = seen[reading.name], texts[reading.name], values[reading.name]
        there = text.len() - text.null_count()
        note.present += there
        if reading.zone and len(note.zones) < 2:
            note.zones |= set(text.filter(value.is_not_null()).str.extract(ZONE).fill_null("").unique())
        unread = value.null_count() - text.null_count()
        if unread:
            note.unread += unread
            note.example = note.example or str(text.filter(value.is_null() & text.is_not_null())[0])
            if reading.kind == "integer":
                number = raw.select(cast(replace(reading, kind="number"))).to_series()
                note.fractions += value.null_count() - number.null_count()
        if there + raw[reading.name].null_count() < raw.height:  # some texts mean "missing"; blanks need no telling
            lost = raw[reading.name].str.strip_chars().filter(text.is_null()).drop_nulls()
            for token, count in lost.value_counts(name="times").rows() if len(lost) else []:
                if token not in ("", "''"):
                    note.tokens[token] += count


def _footnotes(spool: Spool) -> int:
    """How many of the last rows are notes below the table: one cell of words, at the left, where rows have three or more."""
    tail = spool.tail()
    filled = [_filled(row) for row in tail]
    middle = sorted(_filled(row) for row in spool.sample().head(50).rows())
    usual = max(sorted(filled)[len(filled) // 2], middle[len(middle) // 2])
    cut = 0
    for row, count in zip(reversed(tail), reversed(filled), strict=True):
        first = (row[0] or "").strip()
        if usual < 3 or count != 1 or not (" " in first or first.endswith(":")):
            break
        cut += 1
    return cut if cut < len(tail) else 0


def _filled(row: tuple[str | None, ...]) -> int:
    return sum(bool((cell or "").strip()) for cell in row)


def _read_delimited(path: Path, spool: Spool) -> Table:
    found = delimited.load(path, spool)
    return Table(
        format="csv",
        encoding=found.encoding.name,
        delimiter=found.layout.delimiter,
        header_row=found.layout.header_row,
        repairs=repairs.of_delimited(found, spool.blank),
    )


def _read_lines(path: Path, spool: Spool) -> Table:
    return _json_table("jsonl", records.load_lines(path, spool))


def _read_document(path: Path, spool: Spool) -> Table:
    return _json_table("json", records.load_document(path, spool))


def _json_table(kind: FileFormat, found: records.Records) -> Table:
    facts = {"lists": list(found.lists)} if found.lists else {}
    return Table(format=kind, encoding=found.encoding.name, repairs=repairs.of_records(found), facts=facts)


def _read_workbook(path: Path, spool: Spool) -> Table:
    found = workbook.load(path, spool)
    facts = {"sheets": found.sheets, "sheets_used": found.used}
    return Table(format="xlsx", header_row=found.header_row, repairs=repairs.of_workbook(found), facts=facts)


READERS: dict[Shape, Callable[[Path, Spool], Table]] = {
    "delimited": _read_delimited,
    "jsonl": _read_lines,
    "json": _read_document,
    "workbook": _read_workbook,
}


def _normalise_parquet(path: Path, target: Path) -> Table:
    import polars as pl

    found, writer = columnar.Columnar(), Writer(target)
    rows, schema = 0, pl.Schema()
    try:
        for batch in columnar.batches(path, found):
            if batch.height:
                writer.add(batch)
                rows, schema = rows + batch.height, batch.schema
    finally:
        writer.close()
    if rows == 0:
        raise DataError(expected=f"rows in {path.name}", found="none", remedy="Write it again with its rows.", code="no-rows")
    facts: dict[str, Any] = {"columns_schema": [_reading_of(name, kind).schema() for name, kind in schema.items()]}
    if found.lists:
        facts["lists"] = found.lists
    return Table(format="parquet", rows=rows, repairs=repairs.of_columnar(found), facts=facts)


def _reading_of(name: str, kind: pl.DataType) -> Reading:
    import polars as pl

    if kind == pl.Int64:
        return Reading(name, "integer")
    if kind == pl.Float64:
        return Reading(name, "number")
    if isinstance(kind, pl.Datetime):
        return Reading(name, "date", date_format="%Y-%m-%d %H:%M:%S")
    return Reading(name, "text", missing_tokens=TEXT_MISSING[:1])
