"""Histories, what is known of the future, and forecasts as CSV or JSONL files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .csv_layout import NOTHING
from .model import Model
from .moments import time_columns
from .records import Hints, InputError, Table, open_table

JSON = frozenset({".jsonl", ".ndjson", ".json"})


def needed(manifest: Mapping[str, Any], ahead: bool = False) -> list[str]:
    """The columns that a history must have. ahead: those of a file that tells what is known of the future."""
    form = manifest["series"]
    names = [*time_columns(form), *(form.get("series_columns") or [])]
    read = {column["name"] for column in manifest["inputs"]}
    names += [name for name in form.get("known", []) if name in read and name not in names]
    return names if ahead else [*names, *(form.get("value_columns") or [form["target"]])]


def welcome(manifest: Mapping[str, Any]) -> list[str]:
    """Further columns that are read where they are there."""
    form = manifest["series"]
    return [name for part in ("known", "past", "static") for name in form.get(part, [])]


def open_history(path: Path, model: Model, folder: Path, ahead: bool = False) -> Table:
    """A checked file. folder: the prototype's. ahead: it tells what is known of the future. Raises InputError."""
    return opened_history(path, model, Hints.read(folder, needed(model.manifest, ahead)))


def opened_history(path: Path, model: Model, hints: Hints) -> Table:
    """The same, by what is known of the files. hints: with the columns that it must have as inputs."""
    table = open_table(path, hints)
    there = set(table.layout.names if table.layout else table.columns)
    return replace(
        table, inputs=tuple(dict.fromkeys([*hints.inputs, *(one for one in welcome(model.manifest) if one in there)]))
    )


def rows_of(table: Table) -> list[dict[str, Any]]:
    """All rows, in memory: a forecast needs the whole history."""
    return [record.inputs for record in table.records()]


def write_forecast(answers: Sequence[Mapping[str, Any]], output: Path, table: Table) -> int:
    """Write the forecast as CSV (laid out like the history) or JSONL, moved into place when whole. Gives the number of rows."""
    if output.exists() and output.samefile(table.path):
        raise InputError(
            f"Expected another file for the forecast. Found the history itself: {output}. Choose another name after -o."
        )
    if not output.resolve().parent.is_dir():
        raise InputError(f"Expected a folder to write to. Found none at {output.parent}. Make it, or choose another after -o.")
    as_json = output.suffix.lower() in JSON
    unfinished = output.with_name(f".{output.name}.unfinished")
    encoding = "utf-8" if as_json or table.layout is None else table.encoding
    try:
        with unfinished.open("w", encoding=encoding, newline="") as file:
            if as_json:
                file.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
            else:
                _write_csv(answers, file, table)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(answers)


def _write_csv(answers: Sequence[Mapping[str, Any]], file: Any, table: Table) -> None:
    layout = table.layout
    written = dict(zip(layout.names, layout.columns, strict=True)) if layout else {}
    delimiter = layout.delimiter if layout and layout.delimiter not in (NOTHING, " ") else ","
    writer = csv.writer(file, delimiter=delimiter, lineterminator=layout.newline if layout else "\n")
    names = list(answers[0]) if answers else []
    writer.writerow([written.get(name, name) for name in names])
    writer.writerows([_text(answer[name]) for name in names] for answer in answers)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
