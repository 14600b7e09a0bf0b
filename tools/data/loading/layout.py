"""How a delimited text is laid out: what parts the cells, where the header is, what stands above it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 400
NUMBER = re.compile(r"^[+-]?[$€£]?\s?(\d[\d.,' \u00a0]*|[.,]\d+)([eE][+-]?\d+)?\s?[%€$£]?$")
NAME = re.compile(r"^[^\W\d][\w .,:%()/#°²&'’€$£<>+*?!\[\]-]{0,79}$")
WRAPPED = re.compile(r'(?:(?:"(?:[^"]|"")*"|[^"\r\n][^\r\n]*|)(?:\r?\n|$))*')  # one column, with quotes only around whole cells
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "-"})
HEADER_WORDS = frozenset((
    "id", "text", "label", "class", "target", "name", "title", "date", "time", "year", "month", "day", "value",
    "price", "category", "type", "status", "description", "message", "body", "subject", "comment", "review", "rating",
    "score", "country", "city", "state", "age", "sex", "gender", "email", "phone", "address", "count", "amount",
    "total", "number", "no", "key", "code", "index", "sentence", "question", "answer", "content", "tweet",
    "sentiment", "emotion", "intent", "topic", "language", "source", "datum", "preis", "betrag", "menge", "texto",
    "etiqueta", "fecha", "precio", "nombre", "texte", "libellé", "libelle", "prix", "nom", "kategorie", "klasse",
))  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """delimiter: None for one column. quoting: whether " wraps cells. skip: characters before the first data record.

    header_row: 0-based record of the header, None without one. names: unique column names. titles: what stood above.
    blanks: names that had to be made up. spaces: the delimiter is a run of spaces. after_space: a space follows each delimiter.
    """

    delimiter: str | None
    quoting: bool
    names: list[str]
    header_row: int | None
    skip: int
    titles: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    spaces: bool = False
    after_space: bool = False


def find_layout(start: str, complete: bool) -> Layout:
    """From the first characters of a file. complete: they are the whole file (otherwise the last line may be cut)."""
    if not complete and "\n" in start:
        start = start[: start.rindex("\n") + 1]
    delimiter, quoting, spaces = _find_delimiter(start)
    records, ends = split_records(start, delimiter, quoting, spaces)
    after_space = delimiter is not None and _after_space(records[1:50])
    if after_space:
        records, ends = split_records(start, delimiter, quoting, spaces, after_space)
    header_row, first = find_header(records)
    width = _width(records[first:] or records)
    header = records[header_row] if header_row is not None else []
    names, made_up, renamed = unique_names(header, max(width, len(header)))
    above = records[: header_row if header_row is not None else first]
    titles = [" ".join(cell for cell in record if cell.strip()) for record in above]
    return Layout(
        delimiter=" " if spaces else delimiter,
        quoting=quoting,
        names=names,
        header_row=header_row,
        skip=ends[first - 1] if first else 0,
        titles=[title for title in titles if title],
        made_up=made_up if header_row is not None else [],
        renamed=renamed,
        spaces=spaces,
        after_space=after_space,
    )


def split_records(
    text: str, delimiter: str | None, quoting: bool, spaces: bool = False, after_space: bool = False
) -> tuple[list[list[str]], list[int]]:
    """Records with their cells, and the character offset at which each ends. Blank lines are records without cells."""
    lines = io.StringIO(text, newline="")
    if spaces or delimiter is None:
        found = [line.rstrip("\r\n") for line in lines]
        cells = [line.split() if spaces else ([line.strip()] if line.strip() else []) for line in found[: SAMPLE_RECORDS + 50]]
        if delimiter is None and quoting:
            return _csv_records(io.StringIO(text, newline=""), "\x1f", quoting)
        offsets, total = [], 0
        for line in io.StringIO(text, newline=""):
            total += len(line)
            offsets.append(total)
        return cells, offsets[: len(cells)]
    return _csv_records(lines, delimiter, quoting, after_space)


def _csv_records(
    lines: io.StringIO, delimiter: str, quoting: bool, after_space: bool = False
) -> tuple[list[list[str]], list[int]]:
    used = 0

    def counted() -> Iterator[str]:
        nonlocal used
        for line in lines:
            used += len(line)
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, quoting=0 if quoting else 3, skipinitialspace=after_space)
    records: list[list[str]] = []
    ends: list[int] = []
    with suppress(csv.Error):  # a cell beyond csv's limit ends the sample; the records so far tell the layout
        for record in reader:
            records.append(record)
            ends.append(used)
            if len(records) >= SAMPLE_RECORDS + 50:
                break
    return records, ends


def _find_delimiter(start: str) -> tuple[str | None, bool, bool]:
    best: tuple[float, str | None, bool] = (0.0, None, True)
    for delimiter in DELIMITERS:
        if delimiter not in start:
            continue
        quoted, bare = split_records(start, delimiter, True)[0], split_records(start, delimiter, False)[0]
        score, bare_score = _regularity(quoted), _regularity(bare)
        # a quote that is never closed swallows lines: then the lines as they stand are more regular
        swallowed = any("\n" in cell and delimiter in cell for record in quoted for cell in record)
        quoting = not (bare_score > 1.25 * score or (swallowed and bare_score >= score))
        if max(score, bare_score if not quoting else 0.0) > best[0]:
            best = (score if quoting else bare_score, delimiter, quoting)
    if best[0] < 0.5 and " " in start:
        score = _regularity(split_records(start, " ", False, spaces=True)[0])
        if score > 0.97 and _numeric_columns(start):
            return None, False, True
    if best[0] >= 0.5:
        return best[1], best[2], False
    return None, start.lstrip()[:1] == '"' or ('"' in start and bool(WRAPPED.fullmatch(start))), False


def _regularity(records: Sequence[Sequence[str]]) -> float:
    """Share of the records that have the most usual width, above one; 0 where nothing is parted."""
    widths = Counter(len(record) for record in records[:SAMPLE_RECORDS] if any(cell.strip() for cell in record))
    total = sum(widths.values())
    if not total:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width < 2:
        return 0.0
    wide = sum(many for wide, many in widths.items() if wide > 1)
    # a text column with commas gives many widths; a table gives one, with at most a few title lines beside it
    return count / total * (1.0 + 0.01 * min(width, 20)) if count >= 0.5 * wide else 0.0


def _numeric_columns(start: str) -> bool:
    """Space separated tables are tables of numbers; sentences of equal length are not."""
    cells = [cell for line in start.splitlines()[1:50] for cell in line.split()]
    return bool(cells) and sum(bool(NUMBER.match(cell)) for cell in cells) >= 0.4 * len(cells)


def _after_space(records: Sequence[Sequence[str]]) -> bool:
    cells = [cell for record in records for cell in record[1:] if cell]
    return bool(cells) and sum(cell.startswith(" ") for cell in cells) >= 0.9 * len(cells)


def _width(records: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(record) for record in records if any(cell.strip() for cell in record))
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0] if widths else 0


def find_header(records: Sequence[Sequence[str]]) -> tuple[int | None, int]:
    """(record of the header or None, record of the first data row). Records above the header are titles."""
    filled = [sum(bool(cell.strip()) for cell in record) for record in records]
    some = [count for count in filled if count]
    if not some:
        return None, 0
    usual = sorted(some)[len(some) // 2]
    need = max(2, usual / 2 + 0.5) if usual >= 2 else 1
    top = next((i for i, count in enumerate(filled[:40]) if count >= need), 0)
    below = [record for record, count in zip(records[top + 1 :], filled[top + 1 :], strict=False) if count]
    if is_header(records[top], below):
        return top, top + 1
    first = next(i for i, count in enumerate(filled) if count)
    return None, first


def is_header(candidate: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a record names the columns below it rather than being one more row of them."""
    cells = [cell.strip() for cell in candidate]
    named = [cell for cell in cells if cell]
    if not named:
        return False
    if not below:
        return all(NAME.match(cell) and cell.lower() not in MISSING for cell in named) and len(named) > 1
    if len(cells) == 1:
        return _heads_one_column(cells[0], [record[0].strip() for record in below[:SAMPLE_RECORDS] if record])
    score = -0.5 if len({cell.lower() for cell in named}) < len(named) else 0.0
    for position, cell in enumerate(cells):
        column = [record[position].strip() for record in below[:SAMPLE_RECORDS] if position < len(record)]
        score += _speaks_for_header(cell, [value for value in column if value.lower() not in MISSING])
    return score > 0


def _heads_one_column(cell: str, column: Sequence[str]) -> bool:
    """A list of texts or numbers: its first line is a name only where it is plainly one."""
    if not NAME.match(cell) or cell in column:
        return False
    if cell.lower() in HEADER_WORDS or sum(bool(NUMBER.match(value)) for value in column) > 0.8 * len(column):
        return True
    words = sorted(len(value.split()) for value in column)[len(column) // 2]
    return len(cell.split()) <= 2 and words >= 4


def _speaks_for_header(cell: str, column: Sequence[str]) -> float:
    """How much one cell looks like the name of the values below it: above 0 for, below 0 against."""
    if not column:
        return 0.3 if NAME.match(cell) else 0.0
    if cell.lower() in MISSING:
        return -0.3 if cell else 0.0
    numeric = sum(bool(NUMBER.match(value)) for value in column) / len(column)
    if NUMBER.match(cell):
        year = re.fullmatch(r"(19|20)\d\d", cell) and cell not in column
        return 0.0 if year or numeric < 0.5 else -1.5
    if numeric > 0.8:
        return 1.5
    if cell in column:
        return -2.0 if len(column) > 1 else -1.0
    known = 1.0 if cell.lower().strip("_") in HEADER_WORDS else 0.0
    longest_words = sorted(len(value.split()) for value in column)[len(column) // 2]
    words = len(cell.split())
    if words >= 5 and longest_words >= 2:
        return -1.0
    if longest_words >= 4:
        return known + (1.0 if words <= 3 and NAME.match(cell) else -0.5)
    shapes = Counter(_shape(value) for value in column)
    shape, count = shapes.most_common(1)[0]
    if count >= 0.9 * len(column) and len(shape) > 1:
        return 1.0 if _shape(cell) != shape else -0.5
    few_values = len(set(column)) <= 0.5 * len(column)
    return known + (0.5 if few_values and NAME.match(cell) else 0.1 if NAME.match(cell) else -0.3)


def _shape(value: str) -> str:
    """The value with letters as a, digits as 0 and runs shortened: dates, codes and mail addresses share a shape."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", value)))


def unique_names(header: Sequence[str], width: int) -> tuple[list[str], list[str], list[str]]:
    """Names for `width` columns, made up (`column_3`) where there is none; also those made up, and those made unique."""
    names: dict[str, None] = {}
    made_up: list[str] = []
    renamed: list[str] = []
    for position in range(width):
        name = " ".join(header[position].split()) if position < len(header) else ""
        if not name:
            name = f"column_{position + 1}"
            made_up.append(name)
        base, number = name, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        if name != base:
            renamed.append(name)
        names[name] = None
    return list(names), made_up, renamed
