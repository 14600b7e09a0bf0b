"""A file that is a table: raw texts in, one typed Parquet out, with every repair written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.data import FileFormat, Repair
from tools.core.errors import DataError
from tools.data.attaching import disk_trouble_explained
from tools.data.loading import columnar, delimited, records, workbook
from tools.data.loading.columns import (
    ENOUGH,
    NUMBER_MISSING,
    TEXT_MISSING,
    Reading,
    cast,
    decide,
    text_of,
    written_as_comma_decimal,
)
from tools.data.loading.formats import Shape
from tools.data.loading.spool import Spool

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP = 50_000


@dataclass
class Table:
    """A table as read. unread: column -> (values that did not fit its type, one of them)."""

    format: FileFormat
    rows: int
    readings: list[Reading]
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
        spool = Spool(work / "texts.arrows")
        try:
            table = READERS[shape](path, spool)
            spool.finish()
            _finish(table, spool, target, path.name)
        finally:
            spool.finish()
            spool.path.unlink(missing_ok=True)
        return table


def _finish(table: Table, spool: Spool, target: Path, name: str) -> None:
    if spool.rows == 0:
        raise DataError(
            expected=f"rows below the header in {name}",
            found="only a header" if table.header_row is not None else "no rows",
            remedy="Export it again with its rows, or attach another file.",
            code="no-rows",
        )
    cut = _footnotes(spool, table)
    sample = spool.sample()
    if cut and sample.height == spool.rows:
        sample = sample.head(spool.rows - cut)
    commas = any(written_as_comma_decimal(sample[column]) for column in sample.columns)
    readings = [decide(column, sample[column], commas) for column in sample.columns]
    while True:
        seen = _write(spool, readings, target, spool.rows - cut)
        misfits = {r.name for r in readings if r.kind != "text" and seen[r.name].unread > (1 - ENOUGH) * seen[r.name].present}
        if not misfits:
            break
        readings = [_wider(r) if r.name in misfits else r for r in readings]
    table.rows, table.readings = spool.rows - cut, readings
    table.repairs += _column_repairs(readings, seen)
    table.facts["columns_schema"] = [reading.schema() for reading in readings]


@dataclass
class _Seen:
    present: int = 0
    unread: int = 0
    example: str = ""
    tokens: Counter[str] = field(default_factory=Counter)
    spaces: int = 0


def _wider(reading: Reading) -> Reading:
    from dataclasses import replace

    return replace(reading, kind="number") if reading.kind == "integer" else reading.as_text()


def _write(spool: Spool, readings: list[Reading], target: Path, rows: int) -> dict[str, _Seen]:
    """Cast every batch and write it; count what did not fit."""
    import polars as pl
    from pyarrow import parquet

    seen = {reading.name: _Seen() for reading in readings}
    writer: parquet.ParquetWriter | None = None
    left = rows
    try:
        for raw in spool.batches():
            raw = raw.head(left)
            left -= raw.height
            if not raw.height:
                break
            typed = raw.select(cast(reading) for reading in readings)
            _count(raw, typed, readings, seen)
            arrow = typed.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = parquet.ParquetWriter(target, arrow.schema, compression="zstd")
            writer.write_table(arrow, row_group_size=ROW_GROUP)
    finally:
        if writer is not None:
            writer.close()
    return seen


def _count(raw: pl.DataFrame, typed: pl.DataFrame, readings: list[Reading], seen: dict[str, _Seen]) -> None:
    texts = raw.select(text_of(reading) for reading in readings)
    present = [texts[column].len() - texts[column].null_count() for column in texts.columns]
    missing_before = raw.null_count().row(0)
    for reading, there, gone in zip(readings, present, missing_before, strict=True):
        note = seen[reading.name]
        note.present += there
        unread = there - (typed[reading.name].len() - typed[reading.name].null_count())
        if unread:
            note.unread += unread
            wrong = texts[reading.name].filter(typed[reading.name].is_null() & texts[reading.name].is_not_null())
            note.example = note.example or str(wrong[0])
        if there + gone < raw.height:  # some texts mean "missing"; blanks need no telling
            lost = raw[reading.name].str.strip_chars().filter(texts[reading.name].is_null())
            for token, count in lost.drop_nulls().value_counts().rows():
                if token not in ("", "''"):
                    note.tokens[token] += count


def _footnotes(spool: Spool, table: Table) -> int:
    """How many of the last rows are notes below the table: one cell of words, at the left, where rows have three or more."""
    if table.format not in ("csv", "xlsx") or len(spool.names) < 3:
        return 0
    tail = spool.tail()
    filled = [sum(bool((cell or "").strip()) for cell in row) for row in tail]
    usual = sorted(filled)[len(filled) // 2]
    middle = [sum(bool((cell or "").strip()) for cell in row) for row in spool.sample().head(50).rows()]
    usual = max(usual, sorted(middle)[len(middle) // 2])
    cut = 0
    for row, count in zip(reversed(tail), reversed(filled), strict=True):
        first = (row[0] or "").strip()
        if usual >= 3 and count == 1 and first and (" " in first or first.endswith(":")):
            cut += 1
        else:
            break
    if cut == len(tail):
        return 0
    if cut:
        table.repairs.append(
            Repair(
                code="rows-dropped",
                message=f"{cut} lines of notes below the table were left out, such as {str(tail[-1][0])[:60]!r}.",
            )
        )
    return cut


def _column_repairs(readings: list[Reading], seen: dict[str, _Seen]) -> list[Repair]:
    notes: list[Repair] = []
    numbers = [r for r in readings if r.kind in ("integer", "number")]
    for decimal, thousands in sorted({(r.decimal, r.thousands) for r in numbers} - {(".", "")}):
        named = [r.name for r in numbers if (r.decimal, r.thousands) == (decimal, thousands)]
        how = " and ".join(
            [f"{decimal!r} as the decimal mark"] * (decimal != ".") + [f"{thousands!r} between thousands"] * bool(thousands)
        )
        notes.append(Repair(code="number-format", message=f"Numbers in {_list(named)} were read with {how}."))
    if stripped := [r for r in numbers if r.strip]:
        marks = "".join(sorted({mark for r in stripped for mark in r.strip}))
        notes.append(Repair(code="number-format", message=f"The signs {marks} were taken off the numbers in {_list([r.name for r in stripped])}."))  # fmt: skip
    if quoted := [r.name for r in readings if r.quotes]:
        notes.append(
            Repair(code="quotes-removed", message=f"Single quotes around the values of {_list(quoted)} were taken off.")
        )
    tokens: Counter[str] = Counter()
    for note in seen.values():
        tokens.update(note.tokens)
    if tokens:
        told = ", ".join(f"{token!r} ({count:,} cells)" for token, count in tokens.most_common(4))
        columns = sum(bool(note.tokens) for note in seen.values())
        notes.append(Repair(code="missing-tokens", message=f"Read as missing, in {columns} columns: {told}."))
    for reading in readings:
        note = seen[reading.name]
        if words := [token for token in reading.missing_tokens if token not in NUMBER_MISSING]:
            notes.append(Repair(code="mixed-types", message=f"{reading.name} holds numbers and the words {', '.join(map(repr, words))}; the words became missing."))  # fmt: skip
        if note.unread:
            what = "a date" if reading.kind == "date" else "a number"
            notes.append(Repair(code="mixed-types", message=f"{note.unread:,} of {note.present:,} values in {reading.name} are not {what}, such as {note.example[:60]!r}; they became missing."))  # fmt: skip
    return notes


def _list(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _read_delimited(path: Path, spool: Spool) -> Table:
    found = delimited.load(path, spool)
    return Table(
        format="csv",
        rows=0,
        readings=[],
        encoding=found.encoding.name,
        delimiter=found.layout.delimiter,
        header_row=found.layout.header_row,
        repairs=delimited.repairs(found, spool),
    )


def _read_lines(path: Path, spool: Spool) -> Table:
    return _json_table("jsonl", records.load_lines(path, spool))


def _read_document(path: Path, spool: Spool) -> Table:
    return _json_table("json", records.load_document(path, spool))


def _json_table(kind: FileFormat, found: records.Records) -> Table:
    notes: list[Repair] = []
    if found.encoding not in ("ascii", "utf-8"):
        notes.append(Repair(code="encoding-repaired", message=f"The text is {found.encoding}, not UTF-8; it was converted."))
    if found.nested:
        notes.append(Repair(code="flattened", message=f"Objects inside {_list(list(found.nested))} became columns with a dot in their names."))  # fmt: skip
    if found.wrong:
        lines = ", ".join(map(str, found.wrong[:5]))
        notes.append(Repair(code="rows-dropped", message=f"{len(found.wrong):,} lines are no JSON objects and were left out (line {lines})."))  # fmt: skip
    facts = {"lists": list(found.lists)} if found.lists else {}
    return Table(format=kind, rows=0, readings=[], encoding=found.encoding, repairs=notes, facts=facts)


def _read_workbook(path: Path, spool: Spool) -> Table:
    found = workbook.load(path, spool)
    notes: list[Repair] = []
    if len(found.used) > 1:
        notes.append(Repair(code="sheets-joined", message=f"{len(found.used)} sheets with the same columns were put below each other: {_list(found.used)}."))  # fmt: skip
    if unused := [name for name in found.sheets if name not in found.used]:
        notes.append(Repair(code="sheets-left-out", message=f"Sheets with other columns were left out: {_list(unused)}."))
    if found.partial:
        notes.append(Repair(code="columns-dropped", message=f"Columns that only some sheets have were left out: {_list(found.partial)}."))  # fmt: skip
    if found.titles:
        notes.append(Repair(code="header-repaired", message=f"Lines above the header were left out: {found.titles[0][:60]!r}."))
    if found.header_row is None:
        notes.append(Repair(code="header-repaired", message="There is no header; the columns are called column_1, column_2 and so on."))  # fmt: skip
    if found.made_up:
        notes.append(Repair(code="header-repaired", message=f"Columns without a name are called {_list(found.made_up)}."))
    if found.renamed:
        notes.append(Repair(code="header-repaired", message=f"Names that occur twice were numbered: {_list(found.renamed)}."))
    return Table(format="xlsx", rows=0, readings=[], header_row=found.header_row, repairs=notes, facts={"sheets": found.sheets, "sheets_used": found.used})  # fmt: skip


def _normalise_parquet(path: Path, target: Path) -> Table:
    import polars as pl
    from pyarrow import parquet

    found = columnar.Columnar()
    writer: parquet.ParquetWriter | None = None
    rows, schema = 0, pl.Schema()
    try:
        for batch in _nonempty(columnar.batches(path, found)):
            arrow = batch.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer, schema = parquet.ParquetWriter(target, arrow.schema, compression="zstd"), batch.schema
            writer.write_table(arrow, row_group_size=ROW_GROUP)
            rows += batch.height
    finally:
        if writer is not None:
            writer.close()
    if rows == 0:
        raise DataError(expected=f"rows in {path.name}", found="none", remedy="Write it again with its rows.", code="no-rows")
    readings = [_reading_of(name, kind) for name, kind in schema.items()]
    notes: list[Repair] = []
    if found.index:
        notes.append(Repair(code="index-dropped", message=f"The stored row index was left out: {_list(found.index)}."))
    if found.binary:
        notes.append(Repair(code="columns-dropped", message=f"Columns of bytes were left out: {_list(found.binary)}."))
    facts: dict[str, Any] = {"columns_schema": [reading.schema() for reading in readings]}
    if found.lists:
        facts["lists"] = found.lists
    return Table(format="parquet", rows=rows, readings=readings, repairs=notes, facts=facts)


def _nonempty(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    return (batch for batch in batches if batch.height)


def _reading_of(name: str, kind: pl.DataType) -> Reading:
    import polars as pl

    if kind == pl.Int64:
        return Reading(name, "integer")
    if kind == pl.Float64:
        return Reading(name, "number")
    if isinstance(kind, pl.Datetime):
        return Reading(name, "date", date_format="%Y-%m-%d %H:%M:%S")
    return Reading(name, "text", missing_tokens=TEXT_MISSING[:1])


READERS: dict[Shape, Callable[[Path, Spool], Table]] = {
    "delimited": _read_delimited,
    "jsonl": _read_lines,
    "json": _read_document,
    "workbook": _read_workbook,
}
