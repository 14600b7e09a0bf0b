"""Attachments that are no table: pictures, annotations, databases, running text. What they are, and what a person can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.core.data import FileFormat
from tools.core.errors import DataError
from tools.data.loading import boxes, database, pictures
from tools.data.loading.containers import Contents
from tools.data.loading.encoding import detect, read_start
from tools.data.loading.formats import is_image_name


@dataclass
class Recognised:
    """message: what a person should know about it; empty where nothing need be said."""

    format: FileFormat
    rows: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    message: str = ""


def recognise(contents: Contents) -> Recognised:
    """What an attachment without a table is. Raises DataError where nothing in it can be read."""
    try:
        return _recognise(contents)
    finally:
        contents.clear()


def _recognise(contents: Contents) -> Recognised:
    if contents.shape == "image" or any(is_image_name(name) for name in contents.names):
        facts = pictures.facts_of(contents.names)
        xml = [file for file in contents.files if file.suffix.lower() == ".xml"]
        if xml and (found := boxes.of_xml(xml)):
            facts["annotations"] = found
        return Recognised("images", rows=facts["images"], facts=facts)
    if contents.shape == "sqlite":
        return Recognised("sqlite", facts=database.tables_of(contents.files[0]))
    if contents.shape == "prose":
        return _prose(contents.files[0])
    if contents.shape == "json" and (found := boxes.of_coco(contents.files[0])):
        return Recognised("annotations", rows=found["images"], facts=found)
    return _annotations(contents) or _running_text(contents) or _nothing(contents)


def _annotations(contents: Contents) -> Recognised | None:
    xml = [file for file in contents.files if file.suffix.lower() == ".xml"]
    texts = [file for file in contents.files if file.suffix.lower() == ".txt"]
    found = boxes.of_xml(xml) if xml else None
    if contents.shape == "delimited":
        found = boxes.of_tags(read_start(contents.files[0], detect(contents.files[0]), 200_000))
    if found is None and len(texts) > 1:
        found = boxes.of_yolo(texts) or boxes.of_lists(texts)
    if found is None:
        return None
    return Recognised("annotations", rows=found.get("files"), facts=found)


def _prose(path: Path) -> Recognised:
    kind = path.suffix.lower().lstrip(".") or "text"
    return Recognised(
        "text",
        facts={"kind": kind, "bytes": path.stat().st_size},
        message=f"{path.name} is running text ({kind}), not a table; nothing was read from it. "
        "To learn from examples, put one a row into a CSV or Excel file.",
    )


def _running_text(contents: Contents) -> Recognised | None:
    if contents.shape == "delimited":
        return _prose(contents.files[0])
    texts = [file for file in contents.files if file.suffix.lower() in (".txt", ".md")]
    if not texts or len(texts) < 0.5 * len(contents.files):
        return None
    return Recognised(
        "text",
        facts={"files": len(texts)},
        message=f"{contents.path.name} holds {len(texts)} text files; put their texts into one CSV file, one a row.",
    )


def _nothing(contents: Contents) -> Recognised:
    some = ", ".join(contents.names[:3]) + (" ..." if len(contents.names) > 3 else "")
    raise DataError(
        expected="a table (CSV, TSV, Excel, JSON, Parquet), pictures or an SQLite file",
        found=f"nothing that can be read in {contents.path.name} ({some})" if some else f"nothing in {contents.path.name}",
        remedy="Export the data as CSV, or attach the file with the table itself.",
        code="nothing-readable",
    )
