"""Which rows a model has learnt from, as checksums: enough to keep them out of a later test, too little to read them back.

`learnt_rows.bin` in the model folder: sorted uint32, little-endian. Two different rows share a checksum once in 4 billion.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

FILE = "learnt_rows.bin"


def row_key(row: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> int:
    """Checksum of the row's inputs, the same for typed values and for the texts of a CSV file. Dates do not count."""
    cells = [_plain(row[column["name"]]) for column in inputs if column.get("role") != "date"]
    return zlib.crc32("\x1f".join(cells).encode("utf-8", "surrogatepass"))


def write(folder: Path, keys: Iterable[int]) -> None:
    """Into the model folder."""
    np.array(sorted(set(keys)), dtype="<u4").tofile(folder / FILE)


def read(folder: Path) -> set[int]:
    """From the model folder; empty where it is not known."""
    path = folder / FILE
    return set(np.fromfile(path, dtype="<u4").tolist()) if path.is_file() else set()


def _plain(value: Any) -> str:
    if value is None or value != value:
        return ""
    text = " ".join(str(value).split()).strip("'\"")
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return "" if text.lower() in {"nan", "none", "null", "na", "n/a", "?"} else text
    return repr(number)
