"""Zips and gzips, opened with limits: no member leaves its folder, no link is followed, and nothing swells without end."""

from __future__ import annotations

import gzip
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from tools.core.errors import DataError
from tools.data.attaching import disk_trouble_explained
from tools.data.loading.pictures import is_junk

MAX_UNPACKED = 20 * 1024**3
MAX_MEMBERS = 200_000
MAX_RATIO = 200  # text seldom packs better than 30 times; a bomb packs a thousand times
SMALL = 100 * 1024**2  # below this size a high ratio harms nobody
CHUNK = 1024 * 1024


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The plain files in a zip, junk left out. Raises DataError for anything that wants out of its folder or is a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged(path.name, str(error)) from error
    if len(infos) > MAX_MEMBERS:
        raise _bomb(path.name, f"{len(infos):,} members")
    total = sum(info.file_size for info in infos)
    if total > MAX_UNPACKED or (total > SMALL and total > MAX_RATIO * max(1, path.stat().st_size)):
        raise _bomb(path.name, f"{total / 1e6:,.0f} MB from {path.stat().st_size / 1e6:,.1f} MB")
    for info in infos:
        _refuse_escape(path.name, info)
    kept = [info for info in infos if not info.is_dir() and not is_junk(info.filename)]
    if any(info.flag_bits & 1 for info in kept):
        raise DataError(
            expected="a zip without a password",
            found=f"{path.name}, which has one",
            remedy="Zip it again without a password; nothing leaves this machine.",
            code="encrypted",
        )
    return kept


def unzip(path: Path, names: list[str], folder: Path) -> list[Path]:
    """Unpack the named members into `folder`, keeping their inner folders. Raises DataError and MachineError."""
    files = []
    with disk_trouble_explained(f"unpacking {path.name}"), zipfile.ZipFile(path) as archive:
        for name in names:
            info = archive.getinfo(name)
            target = folder / PurePosixPath(info.filename)
            if not target.resolve().is_relative_to(folder.resolve()):
                raise _escape(path.name, info.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(info) as packed, target.open("wb") as plain:
                    _copy_at_most(packed, plain, info.file_size, path.name)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                raise _damaged(path.name, str(error)) from error
            files.append(target)
    return files


def gunzip(path: Path, target: Path) -> None:
    """Unpack a gzip file to `target`. Raises DataError (damaged, a bomb) and MachineError (disk full)."""
    limit = min(MAX_UNPACKED, max(SMALL, MAX_RATIO * path.stat().st_size))
    with disk_trouble_explained(f"unpacking {path.name}"), target.open("wb") as plain:
        try:
            with gzip.open(path) as packed:
                _copy_at_most(packed, plain, limit, path.name)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise _damaged(path.name, str(error)) from error


def _copy_at_most(packed: object, plain: object, limit: int, name: str) -> None:
    written = 0
    while chunk := packed.read(CHUNK):  # type: ignore[attr-defined]
        written += len(chunk)
        if written > limit:
            raise _bomb(name, f"more than {limit / 1e6:,.0f} MB")
        plain.write(chunk)  # type: ignore[attr-defined]


def _refuse_escape(name: str, info: zipfile.ZipInfo) -> None:
    inside = PurePosixPath(info.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in (inside.parts or ("",))[0]:
        raise _escape(name, info.filename)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _escape(name, f"{info.filename} (a link)")


def _escape(name: str, member: str) -> DataError:
    return DataError(
        expected=f"members that stay inside {name}",
        found=f"a member that leads outside: {member[:80]}",
        remedy="Do not trust this archive; ask where it comes from, and zip the files again yourself.",
        code="unsafe-archive",
    )


def _bomb(name: str, found: str) -> DataError:
    return DataError(
        expected=f"an archive that unpacks to a reasonable size from {name}",
        found=found,
        remedy="Unpack it yourself and attach the file that you need.",
        code="unsafe-archive",
    )


def _damaged(name: str, why: str) -> DataError:
    return DataError(
        expected=f"an archive in {name}",
        found=f"a damaged one ({why[:100]})",
        remedy="Copy or zip it again.",
        code="not-readable",
    )


def clear(folder: Path) -> Path:
    """An empty folder at that place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
