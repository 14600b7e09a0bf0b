"""Size on disk: of folders, and of what pip would have to install."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path


def megabytes(folder: Path) -> float:
    """All files below a folder, each once however often it is linked; symbolic links by what they point to."""
    sizes: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.exists():
                status = path.stat()
                sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values()) / 2**20


def environment_mb(python: Path) -> float:
    """The packages of a virtual environment, by its python."""
    return megabytes(next((python.parents[1] / "lib").glob("python*")) / "site-packages")


@cache
def _installed_mb(packages: tuple[str, ...]) -> float:
    from tools.export.environment import closure

    total = 0
    for distribution in closure(packages):
        for file in distribution.files or []:
            path = Path(str(distribution.locate_file(file)))
            if ".." not in file.parts and path.is_file():
                total += path.stat().st_size
    return total / 2**20


def installed_mb(packages: Sequence[str]) -> float:
    """What these packages and all that they need take here."""
    return _installed_mb(tuple(packages))
