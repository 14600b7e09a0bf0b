"""What a person should know of the data before anything is built."""

from __future__ import annotations

from collections.abc import Sequence

from tools.core.data import FileProfile, Problem
from tools.core.task import TaskSpec


def problems_of(files: Sequence[FileProfile], task: TaskSpec | None) -> list[Problem]:
    """All problems, most important first."""
    return []
