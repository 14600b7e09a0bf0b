"""For every test: no network beyond loopback, a home of its own, a cache shared by the session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import offline, quiet


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of Fasttrack or of its libraries is used; children inherit it."""
    quiet.enforce()
    offline.refuse_network()


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """FASTTRACK_CACHE for the session: the encoder is written and rates are measured once. Workers of xdist share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "fasttrack-cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_CACHE", str(folder))
        patch.setenv("FASTTRACK_HOME", str(folder / "home-of-session-fixtures"))
        yield folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FASTTRACK_HOME for one test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FASTTRACK_HOME", str(folder))
    return folder
