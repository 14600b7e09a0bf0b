"""JSON and JSON lines into batches of raw texts; nested objects become columns such as `message.body`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.errors import DataError
from tools.data.loading.encoding import Encoding, detect
from tools.data.loading.spool import Spool

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 8_000_000
MAX_DOCUMENT = 300 * 1024**2
DEEPEST = 8


class Records:
    """What was seen while reading. lists: columns that hold lists (kept as JSON text). wrong: lines that are no objects."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.nested: dict[str, None] = {}
        self.lists: dict[str, None] = {}
        self.wrong: list[int] = []


def is_json_lines(start: str) -> bool:
    """Whether the first line that is not blank is a JSON object by itself."""
    line = next((line for line in start.splitlines() if line.strip()), "")
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def load_lines(path: Path, spool: Spool) -> Records:
    """JSON lines, a line at a time. Lines that are no JSON objects are left out and counted."""
    found = Records(encoding := detect(path))
    batch: list[dict[str, Any]] = []
    held = 0
    with path.open(encoding=encoding.codec, errors="cp1252" if encoding.codec == "utf-8" else "replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                found.wrong.append(number)
                continue
            batch.append(record)
            held += len(line)
            if len(batch) >= BATCH_ROWS or held >= BATCH_CHARACTERS:
                spool.add(_frame(batch, found))
                batch, held = [], 0
    if batch:
        spool.add(_frame(batch, found))
    if len(found.wrong) > spool.rows:
        raise _no_records(path.name, f"{len(found.wrong):,} lines that are no JSON object, the first on line {found.wrong[0]}")
    return found


def load_document(path: Path, spool: Spool) -> Records:
    """One JSON document: a list of objects, an object that holds one, or an object of columns."""
    if path.stat().st_size > MAX_DOCUMENT:
        raise DataError(
            expected=f"a JSON document of at most {MAX_DOCUMENT // 1024**2} MB",
            found=f"{path.name} with {path.stat().st_size / 1024**2:,.0f} MB",
            remedy="Save it as JSON lines (one object a line), which can be any size.",
            code="too-big",
        )
    found = Records(encoding := detect(path))
    try:
        document = json.loads(path.read_text(encoding=encoding.codec))
    except (ValueError, RecursionError) as error:
        raise _no_records(path.name, f"text that is not valid JSON ({str(error)[:80]})") from error
    records = find_records(document)
    if not records:
        raise _no_records(path.name, f"JSON without a list of objects (its top is a {type(document).__name__})")
    for position in range(0, len(records), BATCH_ROWS):
        spool.add(_frame(records[position : position + BATCH_ROWS], found))
    return found


def find_records(document: Any) -> list[dict[str, Any]]:
    """The rows of a JSON document, or an empty list."""
    if isinstance(document, list):
        if document and all(isinstance(item, dict) for item in document):
            return document
        if document and all(isinstance(item, str) for item in document):
            return [{"text": item} for item in document]
        if document and all(isinstance(item, list) for item in document):
            return [{f"column_{i}": cell for i, cell in enumerate(row, start=1)} for row in document]
        return []
    if not isinstance(document, dict) or not document:
        return []
    inner = [records for value in document.values() if isinstance(value, (list, dict)) and (records := _listed(value))]
    if inner:
        return max(inner, key=len)
    values = list(document.values())
    if all(isinstance(value, list) for value in values) and len({len(value) for value in values}) == 1:
        return [dict(zip(document, row, strict=True)) for row in zip(*values, strict=True)]
    if all(isinstance(value, dict) for value in values) and len(values) > 1:  # pandas' to_json: {column: {row: value}}
        keys = list(values[0])
        if all(list(value) == keys for value in values):
            return [{name: column[key] for name, column in document.items()} for key in keys]
    return [document] if any(not isinstance(value, (dict, list)) for value in values) else []


def _listed(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    return []


def flatten(record: dict[str, Any], found: Records, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str | None]]:
    """(column, raw text) of an object; objects inside become `outer.inner`, lists stay JSON text."""
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and depth < DEEPEST:
            found.nested[str(key)] = None
            yield from flatten(value, found, f"{name}.", depth + 1)
        elif isinstance(value, (list, dict)):
            found.lists[name] = None
            yield name, json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, None if value is None else repr(value) if isinstance(value, float) else str(value)


def _frame(records: list[dict[str, Any]], found: Records) -> pl.DataFrame:
    import polars as pl

    rows = [dict(flatten(record, found)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names})


def _no_records(name: str, found: str) -> DataError:
    return DataError(
        expected=f'a list of objects in {name}, such as [{{"text": ..., "label": ...}}, ...]',
        found=found,
        remedy="Export it again as JSON lines or CSV.",
        code="not-a-table",
    )
