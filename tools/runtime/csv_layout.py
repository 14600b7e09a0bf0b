"""How a delimited text is laid out: where its header is, what parts the cells, whether quotes wrap them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO

from .text_file import InputError, opened

SAMPLE_RECORDS = 200
HEADER_WITHIN = 30  # title rows above the header
DELIMITERS = (",", ";", "\t", "|")
NOTHING = "\x1f"  # a delimiter that does not occur: a file of one column
Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Hints:
    """What the training file looked like (prototype.json). inputs: the model's columns; columns: all, in order."""

    inputs: tuple[str, ...]
    target: str | None = None
    columns: tuple[str, ...] = ()
    header: bool = True
    delimiter: str | None = None
    encoding: str | None = None

    @classmethod
    def read(cls, folder: Path, inputs: Sequence[str]) -> Hints:
        """From `folder/prototype.json`."""
        known = json.loads((folder / "prototype.json").read_text(encoding="utf-8"))["training_file"]
        return cls(inputs=tuple(inputs), **{**known, "columns": tuple(known["columns"])})


@dataclass(frozen=True)
class CsvLayout:
    """columns: names as written. names: the same, trimmed and unique. skip: records above the first row. rows: how many."""

    columns: tuple[str, ...]
    names: tuple[str, ...]
    delimiter: str
    quoting: Quoting
    newline: str
    skip: int
    rows: int


def csv_rows(file: TextIO, delimiter: str, quoting: Quoting) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank. A delimiter of " " is any run of spaces."""
    if delimiter == " ":
        yield from ((number, cells) for number, line in enumerate(file, 1) if (cells := line.split()))
        return
    reader = csv.reader(file, delimiter=delimiter, quoting=quoting)
    for cells in reader:
        if cells:
            yield reader.line_num, cells


def fitted(cells: list[str], width: int) -> list[str]:
    """The cells at the width of the header: missing ones are empty, empty ones beyond it are dropped."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells + [""] * (width - len(cells))


def named(header: Sequence[str]) -> list[str]:
    """Column names as Fasttrack knows them: spaces trimmed, empty ones numbered, repeated ones told apart."""
    names: list[str] = []
    for number, written in enumerate(header, 1):
        name = base = " ".join(written.lstrip("\ufeff").split()) or f"column_{number}"
        again = 2
        while name in names:
            name = f"{base}_{again}"
            again += 1
        names.append(name)
    return names


def find_layout(path: Path, encoding: str, hints: Hints) -> CsvLayout:
    """The layout under which the model's columns are there. Raises InputError naming what is missing or broken."""
    best: list[str] = []
    for delimiter in _delimiters(path, hints):
        for number, cells in enumerate(_sample(path, encoding, delimiter)[:HEADER_WITHIN]):
            names = named(cells)
            if set(hints.inputs) <= set(names):
                return _measured(path, encoding, delimiter, cells, number + 1)
            if not best or len(set(names) & set(hints.inputs)) > len(set(best) & set(hints.inputs)):
                best = names
    if not hints.header and (without := _without_header(path, encoding, hints)):
        return without
    missing = [name for name in hints.inputs if name not in best]
    raise InputError(
        f"Expected the columns {list(hints.inputs)} in {path.name}. Found {best[:20]}, without {missing}. "
        "Add the missing columns or rename yours (empty values are fine)."
    )


def _delimiters(path: Path, hints: Hints) -> list[str]:
    first = "\t" if ".tsv" in path.suffixes else None
    return list(dict.fromkeys(one for one in (first, hints.delimiter, *DELIMITERS, NOTHING) if one))


def _sample(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    with opened(path, encoding) as file:
        return [cells for _, cells in islice(csv_rows(file, delimiter, csv.QUOTE_MINIMAL), SAMPLE_RECORDS)]


def _without_header(path: Path, encoding: str, hints: Hints) -> CsvLayout | None:
    """The training file had no header, so columns are known by their place; the target may be left out."""
    others = [name for name in hints.columns if name != hints.target]
    for delimiter in _delimiters(path, hints):
        width = max(len(cells) for cells in _sample(path, encoding, delimiter))
        for names in (list(hints.columns), others, list(hints.inputs)):
            if len(names) == width:
                return _measured(path, encoding, delimiter, names, 0)
    return None


def _measured(path: Path, encoding: str, delimiter: str, header: list[str], skip: int) -> CsvLayout:
    """The layout with its rows counted, read with quotes or, where only that fits, without."""
    if len(header) == 1:
        delimiter = NOTHING  # so commas in unquoted text part nothing
    layout = CsvLayout(tuple(header), tuple(named(header)), delimiter, csv.QUOTE_MINIMAL, _newline(path, encoding), skip, 0)
    quoted = _count(path, encoding, layout)
    if (quoted.too_wide or quoted.folded) and len(header) > 1:
        bare = replace(layout, columns=tuple(name.strip('"') for name in header), quoting=csv.QUOTE_NONE)
        plain = _count(path, encoding, bare)
        if plain.uneven == 0:
            return replace(bare, rows=plain.rows)
    if quoted.too_wide:
        line, width = quoted.too_wide
        raise InputError(
            f"Expected {len(header)} columns in every row of {path.name}. Found {width} near line {line}. "
            f"Mend that line (a value that holds {delimiter!r} must stand in double quotes)."
        )
    return replace(layout, rows=quoted.rows)


def _newline(path: Path, encoding: str) -> str:
    with opened(path, encoding) as file:
        return "\r\n" if file.readline().endswith("\r\n") else "\n"


@dataclass
class _Counted:
    """too_wide: (line, cells) of the first such row. uneven: rows of another width. folded: a line end in a value."""

    rows: int = 0
    uneven: int = 0
    folded: bool = False
    too_wide: tuple[int, int] | None = None


def _count(path: Path, encoding: str, layout: CsvLayout) -> _Counted:
    counted, width = _Counted(), len(layout.names)
    with opened(path, encoding) as file:
        for line, cells in islice(csv_rows(file, layout.delimiter, layout.quoting), layout.skip, None):
            counted.rows += 1
            counted.folded = counted.folded or any("\n" in cell for cell in cells)
            if len(cells) == width:
                continue
            counted.uneven += 1
            if len(cells) > width and counted.too_wide is None and len(fitted(cells, width)) > width:
                counted.too_wide = (line, len(cells))
    return counted
