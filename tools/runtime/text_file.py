"""A text file as people send it: what it is, how it is encoded, packed or not."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path
from typing import Any, Literal, TextIO

BLOCK = 1 << 20
NOT_TEXT = {b"PK\x03\x04": "an Excel workbook or a zip", b"PAR1": "a Parquet file", b"SQLite": "a database", b"%PDF": "a PDF"}


class InputError(ValueError):
    """What a person can mend. The message says what was expected, what was found and what to do."""


def opened(path: Path, encoding: str) -> TextIO:
    """The file as text, unpacked where it is gzipped; line ends as they are."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _bytes(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def file_kind(path: Path) -> Literal["csv", "json"]:
    """By its ending, else by its first character. Raises InputError where it is not text."""
    with _bytes(path) as file:
        head = file.read(4096)
    if not head.strip():
        raise InputError(f"Expected rows in {path.name}. Found an empty file. Give a CSV or JSONL file with a row a line.")
    for magic, what in NOT_TEXT.items():
        if head.startswith(magic):
            raise InputError(f"Expected a CSV or JSONL file. Found {what} in {path.name}. Save it as CSV and try again.")
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"Expected a CSV or JSONL file. Found a file that is not text: {path.name}. Save the rows as CSV.")
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if suffix.lower() in {".jsonl", ".ndjson", ".json"}:
        return "json"
    if suffix.lower() in {".csv", ".tsv", ".tab", ".psv"}:
        return "csv"
    return "json" if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"[{")) else "csv"


def file_encoding(path: Path, hint: str | None) -> str:
    """The first encoding that the whole file is valid in."""
    with _bytes(path) as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for name in ("utf-8", hint, "cp1252"):
        if name and _decodes(path, name):
            return "utf-8" if name in {"utf-8-sig", "ascii"} else name
    return "latin-1"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        with _bytes(path) as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
