"""Files that come in through the message box: what is taken, how many, how big, and under which name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import DataError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

ENDINGS = ("csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet", "xlsx", "gz", "zip")
FILES_AT_MOST = 8  # in one message
MEGABYTES_AT_MOST = 200  # a file; a bigger one goes in through `fasttrack chat FILE`, which copies it without holding it
NAME_AT_MOST = 120  # characters
File = tuple[str, Callable[[], bytes]]  # its name, and what gives its content


def check(files: Sequence[UploadedFile]) -> None:
    """Raises DataError where there are too many, or one that is too big or of another kind: the server's own check, whatever
    the browser let through."""
    if len(files) > FILES_AT_MOST:
        raise DataError(
            code="too-many-files",
            expected=f"at most {FILES_AT_MOST} files in one message",
            found=f"{len(files)}",
            remedy="Zip them, or send them one after the other.",
        )
    for file in files:
        if Path(file.name).suffix.lower().lstrip(".") not in ENDINGS:
            raise DataError(
                code="unknown-file-type",
                expected=f"a file of rows ({', '.join(ENDINGS)})",
                found=safe_name(file.name),
                remedy="Save it as CSV, and send that.",
            )
        if file.size > MEGABYTES_AT_MOST * 2**20:
            raise DataError(
                code="too-big",
                expected=f"at most {MEGABYTES_AT_MOST} MB a file",
                found=f"{safe_name(file.name)} with {file.size / 2**20:,.0f} MB",
                remedy="Give it to `fasttrack chat FILE` in the terminal; the conversation then stands here too.",
            )


@contextmanager
def on_disk(files: Sequence[File]) -> Iterator[list[Path]]:
    """The files by their own names in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fasttrack-upload-"))
    try:
        paths = []
        for number, (name, content) in enumerate(files):
            path = folder / str(number) / safe_name(name)
            path.parent.mkdir()
            path.write_bytes(content())
            paths.append(path)
        yield paths
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """The last part of a name, printable, no longer than a file system takes."""
    last = Path(name.replace("\\", "/")).name
    kept = "".join(sign for sign in last if sign.isprintable()).strip(". ") or "file"
    stem, suffix = Path(kept).stem, Path(kept).suffix
    return stem[: NAME_AT_MOST - len(suffix)] + suffix
