"""Examples and tables that a person pasted into a message: `text -> label`, tables, JSON lines, bullets. All of it is data."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.understanding import cues
from agent.understanding.words import fold

BULLET = re.compile(r"^\s*(?:[-*•·–]\s+|\(?\d{1,3}[.)]\s+|[a-z]\)\s+)")
ARROW = re.compile(r"\s*(?:-{1,3}>|={1,3}>|→|⇒|➔|➜|»)\s*")
SLASHES = re.compile(r"\s+(?://|\|\||::|##?)\s+")
COMMENT_END = re.compile(r"\s*[(\[]([^()\[\]]{1,40})[)\]]\s*$")
QUOTED_FIRST = re.compile(r"^[\"“”„«']([^\"“”„«»]{3,})[\"“”„»']\s*(?:[-–—:=,;|]|is|ist|est|es)?\s*(\S.{0,60})$")
LABEL_FIRST = re.compile(r"^([^\s:\[\]][^:]{0,28}):\s+(\S.{6,})$")
SEPARATED = re.compile(r"^(.{3,}?)\s+[-–—=:|]\s+([^-–—=:|]{1,40})$")
MANY = re.compile(r"\s*(?:\+|&|;|/|,|\band\b|\bund\b|\bet\b|\by\b)\s*")
LONGEST_LABEL_WORDS = 6


@dataclass
class Pasted:
    """rows: examples as {"text", "label"} (several labels: a list) or table rows. labels: in order of appearance.

    several: more than one label a text. pairs: right-hand sides are texts (translations, answers), not labels.
    table: the rows are a table with columns of their own. used: the lines of the message that are no prose.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    several: bool = False
    pairs: bool = False
    table: bool = False
    used: set[int] = field(default_factory=set)


Pair = tuple[int, str, str]


def find(message: str) -> Pasted:
    """What was pasted; empty rows where nothing was. Text inside is never read as an instruction."""
    lines = message.splitlines()
    records = _json_lines(lines)
    if len(records.rows) > 1 and not records.table:
        return records
    table = _table([(number, line) for number, line in enumerate(lines) if number not in records.used])
    if table is not None:
        return table
    for shape in SHAPES:
        pairs = [pair for number, line in enumerate(lines) if number not in records.used and (pair := shape(number, line))]
        if shape is _by_arrow and len(pairs) < 2:
            pairs = pairs or [pair for part in re.split(r"[;\n]", message) if (pair := shape(0, part))]
        found = _examples(pairs, sure=shape in SURE_SHAPES)
        if found is not None:
            found.used |= records.used
            return found
    return records


def _by_arrow(number: int, line: str) -> Pair | None:
    parts = ARROW.split(BULLET.sub("", line).strip())
    return _pair(number, " ".join(parts[:-1]), parts[-1]) if len(parts) >= 2 else None


def _by_slashes(number: int, line: str) -> Pair | None:
    if "://" in line and not SLASHES.search(line):
        return None
    parts = SLASHES.split(BULLET.sub("", line).strip())
    return _pair(number, parts[0], parts[1]) if len(parts) == 2 else None


def _by_tab(number: int, line: str) -> Pair | None:
    parts = [part for part in line.strip().split("\t") if part.strip()]
    return _pair(number, parts[0], parts[1]) if len(parts) == 2 else None


def _by_quotes(number: int, line: str) -> Pair | None:
    match = QUOTED_FIRST.match(BULLET.sub("", line).strip())
    return _pair(number, match[1], match[2]) if match else None


def _by_brackets(number: int, line: str) -> Pair | None:
    clean = BULLET.sub("", line).strip()
    match = COMMENT_END.search(clean)
    return _pair(number, clean[: match.start()], match[1]) if match else None


def _by_last_field(number: int, line: str) -> Pair | None:
    for mark in ("|", ";", ","):
        if mark in line:
            text, label = BULLET.sub("", line).strip().rsplit(mark, 1)
            return _pair(number, text, label)
    return None


def _by_dash(number: int, line: str) -> Pair | None:
    match = SEPARATED.match(BULLET.sub("", line).strip())
    return _pair(number, match[1], match[2]) if match else None


def _label_first(number: int, line: str) -> Pair | None:
    match = LABEL_FIRST.match(BULLET.sub("", line).strip())
    return _pair(number, match[2], match[1]) if match else None


SHAPES: tuple[Callable[[int, str], Pair | None], ...] = (
    _by_arrow, _by_slashes, _by_tab, _by_quotes, _by_dash, _label_first, _by_brackets, _by_last_field,
)  # fmt: skip
SURE_SHAPES = frozenset({_by_arrow, _by_slashes, _by_tab, _by_quotes})


def _pair(number: int, text: str, label: str) -> Pair | None:
    text, label = (part.strip().strip('"“”„«»').strip() for part in (text, label))
    return (number, text, label.rstrip(".,;")) if text and label else None


def _examples(pairs: Sequence[Pair], sure: bool) -> Pasted | None:
    """Pairs as examples where the right-hand sides behave like labels; None where they do not."""
    if len(pairs) < (2 if sure else 4):
        return None
    names = [fold(label) for _, _, label in pairs]
    if names[0] in ("label", "category", "kategorie", "categoria", "categorie", "klasse", "class", "etiqueta"):
        pairs = pairs[1:]  # a header line
    used = {number for number, _, _ in pairs}
    label_words = sorted(len(label.split()) for _, _, label in pairs)
    several = _several(pairs)
    single = Counter(fold(part) for _, _, label in pairs for part in (several or {}).get(label, [label]))
    repeated = sum(count for count in single.values() if count > 1) / max(1, sum(single.values()))
    if label_words[len(label_words) // 2] > LONGEST_LABEL_WORDS or (repeated == 0 and label_words[len(label_words) // 2] > 3):
        return (
            Pasted([{"text": text, "output": label} for _, text, label in pairs], [], pairs=True, used=used) if sure else None
        )
    if not sure and repeated < 0.6:
        return None
    rows: list[dict[str, Any]] = []
    labels: dict[str, str] = {}
    for _, text, label in pairs:
        parts = (several or {}).get(label, [label])
        kept = [labels.setdefault(fold(part), part) for part in parts if not _is_none(part) or not several]
        rows.append({"text": text, "label": kept if several else kept[0]})
    return Pasted(rows, list(labels.values()), several=bool(several), used=used)


def _several(pairs: Sequence[Pair]) -> dict[str, list[str]] | None:
    """label text -> its parts, where labels are combinations of a few names; None where each is one label."""
    parted = {label: [part for part in MANY.split(label) if part] or [label] for _, _, label in pairs}
    combined = [label for label, parts in parted.items() if len(parts) > 1]
    counts = Counter(fold(part) for _, _, label in pairs for part in parted[label])
    shared = [label for label in combined if all(counts[fold(part)] > 1 for part in parted[label])]
    return parted if len(combined) >= 2 and len(shared) >= 0.5 * len(combined) else None


def _is_none(label: str) -> bool:
    return any(pattern.fullmatch(fold(label).strip()) for pattern in cues.patterns("labels", "none"))


def _json_lines(lines: Sequence[str]) -> Pasted:
    """JSON objects, one a line. Fields that look like text and label become an example, others a table row."""
    records: list[dict[str, Any]] = []
    used: set[int] = set()
    for number, line in enumerate(lines):
        start = line.find("{")
        if start < 0 or not line.rstrip().rstrip(",").endswith(("}", "]")):
            continue
        try:
            record = json.loads(
                line[start:].strip().rstrip(",").rstrip("]")
                if line.strip().startswith("[")
                else line[start:].strip().rstrip(",")
            )
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
            used.add(number)
    if len(records) < 2:
        return Pasted(used=used)
    names = {fold(name): name for name in records[0]}
    text = next(
        (
            names[name]
            for name in ("text", "message", "body", "sentence", "content", "texto", "texte", "nachricht", "review")
            if name in names
        ),
        None,
    )
    label = next(
        (
            names[name]
            for name in ("label", "labels", "category", "class", "tag", "tags", "categoria", "kategorie", "categorie", "target")
            if name in names
        ),
        None,
    )
    if text is None or label is None:
        return Pasted(records, table=True, used=used)
    given = [value if isinstance(value, list) else [value] for value in (record.get(label) for record in records)]
    several = any(isinstance(record.get(label), list) for record in records)
    flat = [part for values in given for part in values]
    found = list(dict.fromkeys(str(part) for part in flat if part is not None))
    return Pasted(
        [{"text": record.get(text), "label": record.get(label)} for record in records], found, several=several, used=used
    )


def _table(lines: Sequence[tuple[int, str]]) -> Pasted | None:
    """A pasted table with a header and at least three columns: rows as dicts. None where there is none."""
    for mark in ("\t", ";", "|", ","):
        block = _block(lines, mark)
        if len(block) < 3:
            continue
        header, *rows = [
            next(csv.reader([line.strip().strip("|")], delimiter=mark, skipinitialspace=True)) for _, line in block
        ]
        names = [cell.strip() for cell in header]
        if len(set(names)) < len(names) or any(
            not cell or len(cell) > 40 or re.fullmatch(r"[\d.,\s-]+", cell) for cell in names
        ):
            continue
        cells = [
            dict(zip(names, (cell.strip() for cell in row), strict=True)) for row in rows if not set("".join(row)) <= set("-: ")
        ]
        if _looks_like_table(cells):
            return Pasted(cells, table=True, used={number for number, _ in block})
    return None


def _block(lines: Sequence[tuple[int, str]], mark: str) -> list[tuple[int, str]]:
    """The longest run of neighbouring lines with the same number (two or more) of separators outside quotes."""
    best: list[tuple[int, str]] = []
    run: list[tuple[int, str]] = []
    width = 0
    for number, line in lines:
        cells = len(next(csv.reader([line.strip().strip("|")], delimiter=mark, skipinitialspace=True), []))
        if cells < 3:
            run, width = [], 0
            continue
        run = [*run, (number, line)] if cells == width else [(number, line)]
        width = cells
        best = max(best, run, key=len)
    return best


def _looks_like_table(rows: Sequence[dict[str, str]]) -> bool:
    """Prose with commas is no table: somewhere there is a column of numbers, or all cells are short."""
    if len(rows) < 2:
        return False
    numeric = any(all(re.fullmatch(r"-?[\d.,]+\s*\D{0,3}", row[name]) for row in rows) for name in rows[0])
    short = all(len(cell.split()) <= 4 for row in rows for cell in row.values())
    return numeric or short
