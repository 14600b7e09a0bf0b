"""What a file is, from its first bytes and its name. Nothing in it is executed."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Literal

from tools.data.loading.encoding import is_binary

Shape = Literal[
    "delimited", "jsonl", "json", "parquet", "workbook", "sqlite", "image", "zip", "gzip", "prose", "xml", "empty", "binary"
]
MAGIC: tuple[tuple[bytes, Shape], ...] = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "prose"),
    (b"{\\rtf", "prose"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic"})
TABLE_SUFFIXES = frozenset(
    {
        ".csv", ".tsv", ".psv", ".ssv", ".tab", ".txt", ".dat", ".data", ".jsonl", ".ndjson", ".json", ".parquet",
        ".xlsx", ".xls", ".xlsm", ".ods", ".gz",
    }
)  # fmt: skip
PROSE_SUFFIXES = frozenset({".md", ".rst", ".doc", ".docx", ".pdf", ".rtf", ".odt", ".tex", ".html", ".htm", ".eml"})
START = 64 * 1024


def shape_of(path: Path) -> Shape:
    """What kind of file this is."""
    with path.open("rb") as file:
        start = file.read(START)
    if not start:
        return "empty"
    suffix = path.suffix.lower()
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_shape(path)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image"
    for magic, shape in MAGIC:
        if start.startswith(magic) and (magic != b"BM" or suffix == ".bmp"):
            return "prose" if shape == "workbook" and suffix in PROSE_SUFFIXES else shape
    if is_binary(start):
        return "binary"
    return _text_shape(start, suffix)


def _text_shape(start: bytes, suffix: str) -> Shape:
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        return "empty"
    if suffix in (".jsonl", ".ndjson"):
        return "jsonl"
    if text[0] == "{" or (text[0] == "[" and suffix in (".json", "")) or suffix == ".json":
        from tools.data.loading.records import is_json_lines

        several = len([line for line in text.splitlines() if line.strip()]) > 1
        return "jsonl" if text[0] == "{" and several and is_json_lines(text) else "json"
    if text.startswith(("<?xml", "<annotation")) or suffix == ".xml":
        return "xml"
    if text.startswith(("<html", "<!DOCTYPE", "<!doctype", "<HTML", "<table")):
        return "prose"  # also what some programs call .xls
    return "prose" if suffix in PROSE_SUFFIXES else "delimited"


def _zip_shape(path: Path) -> Shape:
    """A zip, or one of the formats that are zips inside."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "binary"
    if any(name.startswith("xl/") for name in names):
        return "workbook"
    if "mimetype" in names:
        return "workbook" if path.suffix.lower() == ".ods" else "prose"
    return "prose" if any(name.startswith(("word/", "ppt/")) for name in names) else "zip"


def is_image_name(name: str) -> bool:
    """Whether a file name is that of a picture."""
    return Path(name).suffix.lower() in IMAGE_SUFFIXES


def is_gzip(path: Path) -> bool:
    """Whether a file can be opened as gzip."""
    try:
        with gzip.open(path) as file:
            file.read(1)
    except (OSError, EOFError):
        return False
    return True
