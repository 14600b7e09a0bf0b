"""What a person gives is copied to `HOME/data/<sha256>/` once and known by that id from then on, never by a path."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.core.data import Attachment
from tools.core.errors import DataError, MachineError
from tools.home import data_folder

MAX_BYTES = 20 * 1024**3  # larger inputs do not fit the machines this is made for
MAX_FILES = 200_000
CHUNK = 4 * 1024**2
WORK_FOLDER = ".fasttrack"  # what was made of an attachment lies here, beside the person's own file


def attach(path: Path) -> Attachment:
    """Copy a file or a folder into HOME/data/<sha256>/ and return its id. The same content always has the same id.

    Links inside a folder are left out, so nothing outside it is ever read. Raises DataError (nothing there, not readable,
    too big, not a plain file) and MachineError (disk full).
    """
    path = path.expanduser()
    _must_exist(path)
    given = path.resolve()
    if given.is_dir():
        return _attach_folder(given, path.name or given.name)
    if not given.is_file():
        raise DataError(expected="a file or a folder", found=f"{path}, which is neither", remedy="Give a plain file.")
    return _attach_file(given, path.name)


def attached_path(id: str) -> Path:
    """The copied file (or folder) of an attachment. Raises DataError for an unknown id."""
    folder = data_folder() / id
    if len(id) == 64 and id.isalnum() and folder.is_dir():
        for entry in folder.iterdir():
            if entry.name != WORK_FOLDER:
                return entry
    raise DataError(expected="an attached file", found=f"no attachment {id[:12]}", remedy="Attach the file again.")


def work_folder(id: str) -> Path:
    """Where tools keep what they made of an attachment; everything in it can be made again."""
    folder = attached_path(id).parent / WORK_FOLDER
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def disk_trouble_explained(doing: str) -> Iterator[None]:
    """A full or read-only disk becomes a MachineError that says what to do; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            found = f"a full disk while {doing}"
            if os.path.exists(data_folder()):
                found += f" ({shutil.disk_usage(data_folder()).free / 1e6:,.0f} MB free at {data_folder()})"
        elif error.errno in (errno.EROFS, errno.EACCES) and str(data_folder()) in str(error.filename or ""):
            found = f"a folder that cannot be written while {doing}: {error.filename}"
        else:
            raise
        raise MachineError(
            expected="room to write in the data folder",
            found=found,
            remedy="Free some space or set FASTTRACK_HOME to a folder on a bigger disk, then try again. Nothing was lost.",
            code="disk-full",
        ) from error


def _must_exist(path: Path) -> None:
    if not path.exists():
        found = "a link that leads nowhere" if path.is_symlink() else "nothing there"
        raise DataError(
            expected=f"a file or folder at {path}", found=found, remedy="Check the name and the folder.", code="no-such-file"
        )
    if not os.access(path, os.R_OK):
        raise DataError(
            expected=f"a readable file at {path}",
            found="no permission to read it",
            remedy="Change its permissions or copy it elsewhere.",
            code="not-readable",
        )


def _attach_file(source: Path, name: str) -> Attachment:
    size = source.stat().st_size
    _check_size(size, name)
    with _staging(f"copying {name}") as folder:
        digest = _copy(source, folder / name)
        return Attachment(id=_publish(folder, digest), name=name, bytes=size)


def _attach_folder(source: Path, name: str) -> Attachment:
    files = _plain_files(source)
    if not files:
        raise DataError(
            expected=f"a folder with files in {name}",
            found="no file in it",
            remedy="Choose another folder.",
            code="empty-folder",
        )
    total = sum(file.stat().st_size for file in files)
    _check_size(total, name)
    digest = hashlib.sha256()
    with _staging(f"copying the folder {name}") as folder:
        for file in files:
            inside = file.relative_to(source)
            target = folder / name / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            digest.update(f"{inside.as_posix()}\0{_copy(file, target)}\n".encode("utf-8", "surrogateescape"))
        return Attachment(id=_publish(folder, digest.hexdigest()), name=name, bytes=total)


def _plain_files(source: Path) -> list[Path]:
    """Regular files below a folder in a stable order; links, sockets and hidden files are left out."""
    found: list[Path] = []
    for here, folders, names in os.walk(source, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not (Path(here) / name).is_symlink())
        for name in sorted(names):
            file = Path(here) / name
            if not name.startswith(".") and stat.S_ISREG(file.lstat().st_mode) and os.access(file, os.R_OK):
                found.append(file)
        if len(found) > MAX_FILES:
            raise DataError(
                expected=f"at most {MAX_FILES:,} files in a folder", found="more", remedy="Zip them or choose a smaller folder."
            )
    return found


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise DataError(
            expected=f"at most {MAX_BYTES / 1024**3:.0f} GB",
            found=f"{name} with {size / 1024**3:.1f} GB",
            remedy="Give a part of it; a million rows are plenty.",
            code="too-big",
        )


@contextmanager
def _staging(doing: str) -> Iterator[Path]:
    """A folder beside the final one, so that the last step is a rename; gone when something fails."""
    with disk_trouble_explained(doing):
        folder = Path(tempfile.mkdtemp(prefix=".incoming-", dir=data_folder()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def _publish(folder: Path, digest: str) -> str:
    target = data_folder() / digest
    if not target.exists():
        try:
            folder.rename(target)
        except OSError:
            if not target.exists():  # otherwise another process attached the same content just now
                raise
    return digest
