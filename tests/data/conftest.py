"""Files of the test's own making, attached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.core.data import FileProfile
from tools.data.attaching import attach
from tools.data.loading import describe

Give = Callable[[str, str | bytes], str]
Look = Callable[[str, str | bytes], FileProfile]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """give("a.csv", content): the id of a file with that content."""

    def make(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return attach(path).id

    return make


@pytest.fixture
def look(give: Give) -> Look:
    """look("a.csv", content): what `describe` makes of it."""
    return lambda name, content: describe(give(name, content))
