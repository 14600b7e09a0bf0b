"""What was assumed or changed while a file was read, in words. Nothing is repaired in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.core.data import Repair
from tools.data.loading.columnar import Columnar
from tools.data.loading.columns import NUMBER_MISSING, Reading
from tools.data.loading.delimited import Delimited
from tools.data.loading.encoding import Encoding
from tools.data.loading.records import Records
from tools.data.loading.workbook import Workbook


@dataclass
class Seen:
    """What happened to one column. present: values that are there. unread: of these, the ones that did not fit; example: one.

    fractions: values with a fraction in a column of whole numbers. tokens: texts that were read as missing. zones: what stands
    behind times ("" for nothing).
    """

    present: int = 0
    unread: int = 0
    fractions: int = 0
    example: str = ""
    tokens: Counter[str] = field(default_factory=Counter)
    zones: set[str] = field(default_factory=set)


def of_delimited(found: Delimited, blank: int) -> list[Repair]:
    """blank: empty rows that were left out."""
    layout = found.layout
    notes = _of_encoding(found.encoding)
    if layout.header_row is None:
        named = "column_1" if len(layout.names) == 1 else f"column_1 to column_{len(layout.names)}"
        notes.append(Repair(code="header-repaired", message=f"There is no header; the columns are called {named}."))
    notes += _of_names(layout.titles, layout.made_up, layout.renamed)
    if not layout.quoting and found.quotes and layout.delimiter is not None:
        message = "Double quotes do not come in pairs; they were read as part of the text."
        notes.append(Repair(code="quotes-kept", message=message))
    if found.dropped:
        message = f"{found.dropped:,} rows with too many cells were left out, such as {found.examples[0]!r}."
        notes.append(Repair(code="rows-dropped", message=message))
    if found.padded:
        notes.append(
            Repair(code="rows-padded", message=f"{found.padded:,} rows had too few cells; the rest of them is missing.")
        )
    if blank:
        notes.append(Repair(code="blank-rows", message=f"{blank:,} empty rows were left out."))
    return notes


def of_records(found: Records) -> list[Repair]:
    """JSON and JSON lines."""
    notes = _of_encoding(found.encoding)
    if found.nested:
        message = f"Objects inside {listed(list(found.nested))} became columns with a dot in their names."
        notes.append(Repair(code="flattened", message=message))
    if found.wrong:
        lines = ", ".join(map(str, found.wrong[:5]))
        message = f"{len(found.wrong):,} lines are no JSON objects and were left out (line {lines})."
        notes.append(Repair(code="rows-dropped", message=message))
    return notes


def of_workbook(found: Workbook) -> list[Repair]:
    """Excel and OpenDocument."""
    notes = []
    if len(found.used) > 1:
        message = f"{len(found.used)} sheets with the same columns were put below each other: {listed(found.used)}."
        notes.append(Repair(code="sheets-joined", message=message))
    if unused := [name for name in found.sheets if name not in found.used]:
        notes.append(Repair(code="sheets-left-out", message=f"Sheets with other columns were left out: {listed(unused)}."))
    if found.partial:
        message = f"Columns that only some sheets have were left out: {listed(found.partial)}."
        notes.append(Repair(code="columns-dropped", message=message))
    if found.header_row is None:
        message = "There is no header; the columns are called column_1, column_2 and so on."
        notes.append(Repair(code="header-repaired", message=message))
    return notes + _of_names(found.titles, found.made_up, found.renamed)


def of_columnar(found: Columnar) -> list[Repair]:
    """Parquet."""
    notes = []
    if found.index:
        notes.append(Repair(code="index-dropped", message=f"The stored row index was left out: {listed(found.index)}."))
    if found.binary:
        notes.append(Repair(code="columns-dropped", message=f"Columns of bytes were left out: {listed(found.binary)}."))
    return notes


def of_footnotes(lines: int, last: str) -> list[Repair]:
    """Notes below a table."""
    message = f"{lines} lines of notes below the table were left out, such as {last[:60]!r}."
    return [Repair(code="rows-dropped", message=message)] if lines else []


def of_columns(readings: Sequence[Reading], seen: Mapping[str, Seen]) -> list[Repair]:
    """How numbers are written, what counts as missing, what did not fit."""
    return [*_of_numbers(readings), *_of_dates(readings), *_of_tokens(readings, seen), *_of_misfits(readings, seen)]


def listed(names: Sequence[str]) -> str:
    """At most five names."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _of_encoding(encoding: Encoding) -> list[Repair]:
    if encoding.repaired:
        message = f"{encoding.repaired:,} lines held bytes that are not UTF-8; they were read as cp1252."
    elif encoding.name not in ("ascii", "utf-8"):
        told = " (told from its bytes)" if encoding.guessed else ""
        message = f"The text is {encoding.name}, not UTF-8{told}; it was converted."
    else:
        return []
    return [Repair(code="encoding-repaired", message=message)]


def _of_names(titles: Sequence[str], made_up: Sequence[str], renamed: Sequence[str]) -> list[Repair]:
    messages = []
    if titles:
        quoted = "; ".join(repr(title[:60]) for title in titles[:3])
        messages.append(f"Lines above the header were left out: {quoted}.")
    if made_up:
        messages.append(f"Columns without a name are called {listed(made_up)}.")
    if renamed:
        messages.append(f"Names that occur twice were numbered: {listed(renamed)}.")
    return [Repair(code="header-repaired", message=message) for message in messages]


def _of_numbers(readings: Sequence[Reading]) -> list[Repair]:
    numbers = [reading for reading in readings if reading.kind in ("integer", "number")]
    notes = []
    for decimal, thousands in sorted({(r.decimal, r.thousands) for r in numbers} - {(".", "")}):
        named = [r.name for r in numbers if (r.decimal, r.thousands) == (decimal, thousands)]
        parts = [f"{decimal!r} as the decimal mark"] if decimal != "." else []
        parts += [f"{thousands!r} between thousands"] if thousands else []
        message = f"Numbers in {listed(named)} were read with {' and '.join(parts)}."
        notes.append(Repair(code="number-format", message=message))
    if stripped := [reading for reading in numbers if reading.strip]:
        marks = "".join(sorted({mark for reading in stripped for mark in reading.strip}))
        named = [reading.name for reading in stripped]
        notes.append(Repair(code="number-format", message=f"The signs {marks} were taken off the numbers in {listed(named)}."))
    return notes


def _of_dates(readings: Sequence[Reading]) -> list[Repair]:
    """Days and months are easily taken for each other, so it is said which is which."""
    notes = []
    for order, starts in (("month before day", ("%m/%d", "%m-%d")), ("day before month", ("%d/%m", "%d-%m"))):
        named = [reading.name for reading in readings if (reading.date_format or "").startswith(starts)]
        if named:
            notes.append(Repair(code="date-format", message=f"Dates in {listed(named)} were read with the {order}."))
    return notes


def _of_tokens(readings: Sequence[Reading], seen: Mapping[str, Seen]) -> list[Repair]:
    notes = []
    if quoted := [reading.name for reading in readings if reading.quotes]:
        message = f"Single quotes around the values of {listed(quoted)} were taken off."
        notes.append(Repair(code="quotes-removed", message=message))
    tokens: Counter[str] = Counter()
    for note in seen.values():
        tokens.update(note.tokens)
    if tokens:
        told = ", ".join(f"{token!r} ({count:,} cells)" for token, count in tokens.most_common(4))
        columns = sum(bool(note.tokens) for note in seen.values())
        message = f"Read as missing, in {columns} column{'s' if columns > 1 else ''}: {told}."
        notes.append(Repair(code="missing-tokens", message=message))
    return notes


def _of_misfits(readings: Sequence[Reading], seen: Mapping[str, Seen]) -> list[Repair]:
    messages = []
    for reading in readings:
        note = seen[reading.name]
        if words := [token for token in reading.missing_tokens if token not in NUMBER_MISSING]:
            messages.append(
                f"{reading.name} holds numbers and the words {', '.join(map(repr, words))}; the words became missing."
            )
        if note.unread:
            what = "a date" if reading.kind == "date" else "a number"
            messages.append(
                f"{note.unread:,} of {note.present:,} values in {reading.name} are not {what}, "
                f"such as {note.example[:60]!r}; they became missing."
            )
    return [Repair(code="mixed-types", message=message) for message in messages]
