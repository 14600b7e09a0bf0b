"""What is inside an attachment: one table (perhaps packed), several tables, or something that is no table."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tools.core.data import Repair
from tools.core.errors import DataError
from tools.data.attaching import attach, attached_path, work_folder
from tools.data.loading import archive
from tools.data.loading.boxes import of_coco, of_tags
from tools.data.loading.encoding import detect, read_start
from tools.data.loading.formats import TABLE_SUFFIXES, Shape, is_image_name, shape_of

TABLES: frozenset[Shape] = frozenset({"delimited", "jsonl", "json", "parquet", "workbook"})
CELLS = frozenset({".csv", ".tsv", ".psv", ".ssv", ".tab", ".dat", ".data"})
BESIDE = frozenset({"readme", "license", "licence", "source", "notice", "changelog", "copying", "citation"})


@dataclass
class Contents:
    """table: the file to read as a table, None where it is none. names: relative paths of all files, for folders and zips.

    files: where those files lie (a zip's stay packed until needed). scratch: what was unpacked and can go again.
    """

    path: Path
    shape: Shape
    table: Path | None = None
    names: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    scratch: Path | None = None

    def clear(self) -> None:
        """Remove what was unpacked."""
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)


def resolve(path: Path, work: Path) -> Contents:
    """Look into a file, folder, zip or gzip. Raises DataError for empty, binary, damaged and unsafe ones."""
    if path.is_dir():
        return _folder(path)
    shape = shape_of(path)
    if shape == "empty":
        raise _empty(path.name)
    if shape == "zip":
        return _zip(path, work)
    if shape == "gzip":
        return _gzip(path, work)
    if shape == "binary":
        raise _binary(path.name)
    contents = Contents(path, shape, table=path if shape in TABLES else None, names=[path.name], files=[path])
    if (shape == "delimited" and not_a_table(path)) or (shape == "json" and of_coco(path)):
        contents.table = None
    return contents


def not_a_table(path: Path) -> bool:
    """Text that would part into cells only by accident: tagged tokens, or running text in a text file."""
    start = read_start(path, detect(path), 200_000)
    return of_tags(start) is not None or (path.suffix.lower() not in CELLS and is_running_text(start))


def is_running_text(start: str) -> bool:
    """Paragraphs of sentences rather than one example a line: lines broken at a width, or blank lines between blocks."""
    lines = [line.strip() for line in start.splitlines()[:2000]]
    words = [line for line in lines if line]
    if len(words) < 3:
        return False
    commas = sum(any(mark in line for mark in "\t|;") for line in words)
    wrapped = sum(45 <= len(line) <= 120 and line[-1] not in '.!?:"' for line in words)
    blanks = len(lines) - len(words)
    sentences = sum(line.count(" ") >= 3 for line in words)
    prose = sentences > 0.5 * len(words) and commas < 0.3 * len(words)
    return prose and (wrapped > 0.6 * len(words) or blanks > 0.15 * len(lines))


def parts_of(attachment_id: str) -> list[str]:
    """Ids of the tables in a folder or zip with several of them (each attached by itself); otherwise the id itself."""
    path = attached_path(attachment_id)
    listed = work_folder(attachment_id) / "parts.txt"
    if listed.exists():
        return listed.read_text(encoding="utf-8").split()
    if not path.is_dir() and shape_of(path) != "zip":
        return [attachment_id]
    tables = _tables_in(path)
    if len(tables) < 2:
        return [attachment_id]
    scratch = archive.clear(work_folder(attachment_id) / "unpacked")
    try:
        files = [path / name for name in tables] if path.is_dir() else archive.unzip(path, tables, scratch)
        ids = [attach(file).id for file in files]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return remember_parts(attachment_id, list(dict.fromkeys(ids)))


def remember_parts(attachment_id: str, ids: list[str]) -> list[str]:
    """So that the container is unpacked once."""
    (work_folder(attachment_id) / "parts.txt").write_text("\n".join(ids), encoding="utf-8")
    return ids


def _names_in(path: Path) -> list[str]:
    if path.is_dir():
        return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    return [info.filename for info in archive.members(path)]


def _tables_in(path: Path) -> list[str]:
    """Names of the members that are tables by their suffix, unless the container is one of pictures or annotations."""
    names = _names_in(path)
    if any(is_image_name(name) for name in names):
        return []
    found = [name for name in names if PurePosixPath(name).suffix.lower() in TABLE_SUFFIXES and not _is_beside(name)]
    lists = [name for name in found if name.lower().endswith(".txt")]
    return [name for name in found if name not in lists] or ([] if len(lists) > 1 else lists)


def _is_beside(name: str) -> bool:
    return PurePosixPath(name).stem.lower() in BESIDE


def _folder(path: Path) -> Contents:
    names = _names_in(path)
    contents = Contents(path, "binary", names=names, files=[path / name for name in names])
    tables = _tables_in(path)
    if len(tables) == 1:
        return _one_member(contents, path / tables[0], tables[0])
    return contents


def _zip(path: Path, work: Path) -> Contents:
    names = [info.filename for info in archive.members(path)]
    if not names:
        raise _empty(path.name)
    contents = Contents(path, "zip", names=names, scratch=work / "unpacked")
    tables = _tables_in(path)
    if len(tables) == 1:
        [file] = archive.unzip(path, tables, archive.clear(work / "unpacked"))
        return _one_member(contents, file, tables[0])
    if not any(is_image_name(name) for name in names):
        contents.files = archive.unzip(path, names[:5000], archive.clear(work / "unpacked"))
    return contents


def _one_member(contents: Contents, file: Path, name: str) -> Contents:
    shape = shape_of(file)
    if shape == "gzip":
        raise DataError(
            expected="one layer of packing", found=f"{name} packed again", remedy="Unpack it and attach the table itself."
        )
    if shape == "empty":
        raise _empty(name)
    contents.shape = shape
    if shape in TABLES:
        contents.table = file
        contents.facts["member"] = name
        contents.repairs.append(Repair(code="unpacked", message=f"The table was read from {name} inside {contents.path.name}."))
    return contents


def _gzip(path: Path, work: Path) -> Contents:
    scratch = archive.clear(work / "unpacked")
    inner = scratch / (path.name.removesuffix(".gz").removesuffix(".GZ") or "unpacked")
    archive.gunzip(path, inner)
    shape = shape_of(inner)
    if shape == "empty":
        raise _empty(path.name)
    if shape not in TABLES:
        raise _binary(path.name)
    return Contents(
        path, shape, table=inner, scratch=scratch, repairs=[Repair(code="unpacked", message=f"{path.name} was unpacked.")]
    )


def _empty(name: str) -> DataError:
    return DataError(
        expected="a table with a header and rows",
        found=f"{name}, which is empty",
        remedy="Export it again, or attach another file.",
        code="empty-file",
    )


def _binary(name: str) -> DataError:
    return DataError(
        expected="a table (CSV, TSV, Excel, JSON, Parquet), pictures or an SQLite file",
        found=f"{name}, a binary file of a kind that is not known",
        remedy="Export the data as CSV from the program that wrote it.",
        code="binary-file",
    )
