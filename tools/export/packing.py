"""The zip of a prototype: one folder in it, written whole or not at all."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

from tools.core.errors import DataError

STORED = frozenset({".onnx", ".gz", ".zip", ".png", ".parquet", ".npz"})  # weights and packed files hardly shrink


def pack(folder: Path, target: Path) -> Path:
    """Zip `folder` (as its one top folder) into `target`, replacing it atomically."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                how = zipfile.ZIP_STORED if file.suffix in STORED else zipfile.ZIP_DEFLATED
                archive.write(file, f"{folder.name}/{file.relative_to(folder).as_posix()}", compress_type=how)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def unpack(archive: Path, into: Path) -> Path:
    """Unzip and give the one folder. Raises DataError where the zip is not a prototype's."""
    with zipfile.ZipFile(archive) as file:
        tops = {name.split("/", 1)[0] for name in file.namelist()}
        if len(tops) != 1:
            raise DataError(
                expected="a prototype zip with one folder in it",
                found=f"{len(tops)} entries at the top of {archive.name}",
                remedy="Export the run again.",
            )
        file.extractall(into)
    return into / tops.pop()


def add(archive: Path, name: str, text: str) -> None:
    """Put a text file into the zip's one folder. A file of that name is replaced."""
    with zipfile.ZipFile(archive) as file:
        top = file.namelist()[0].split("/", 1)[0]
        known = f"{top}/{name}" in file.namelist()
    if known:
        _without(archive, f"{top}/{name}")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        entry = zipfile.ZipInfo(f"{top}/{name}", date_time=time.localtime()[:6])
        entry.external_attr = 0o644 << 16  # readable by all, as the other files are
        file.writestr(entry, text, zipfile.ZIP_DEFLATED)


def _without(archive: Path, name: str) -> None:
    unfinished = archive.with_name(f".{archive.name}.unfinished")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(unfinished, "w") as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
    unfinished.replace(archive)
