"""For every test: no network beyond loopback, a home of its own, a cache shared by the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import small_runs

from tools import offline, quiet

if TYPE_CHECKING:
    from agent.session import Session


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of Fasttrack or of its libraries is used; children inherit it."""
    quiet.enforce()
    offline.refuse_network()


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """FASTTRACK_CACHE for the session: the encoder is written and rates are measured once. Workers of xdist share it."""
    base, worker = tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER", "")
    folder = (base.parent if worker else base) / "fasttrack-cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTTRACK_CACHE", str(folder))
        patch.setenv("FASTTRACK_HOME", str(folder / f"home-of-session-fixtures{worker}"))  # runs may have the same names
        yield folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FASTTRACK_HOME for one test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FASTTRACK_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Callable[[str], small_runs.SmallRun]:
    """small_run("messages"): a finished run with its conversation, carried out once a session in a HOME of its own."""
    made: dict[str, small_runs.SmallRun] = {}

    def run(name: str) -> small_runs.SmallRun:
        if name not in made:
            with pytest.MonkeyPatch.context() as patch:
                home = tmp_path_factory.mktemp(f"run-{name}")
                patch.setenv("FASTTRACK_HOME", str(home))
                made[name] = small_runs.carried_out(name, home)
        return made[name]

    return run


@pytest.fixture
def opened(small_run: Callable[[str], small_runs.SmallRun], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Session]:
    """opened("messages"): the conversation of a small run."""

    def open_one(name: str) -> Session:
        from agent.session import Session

        made = small_run(name)
        monkeypatch.setenv("FASTTRACK_HOME", str(made.home))
        return Session.open(made.conversation)

    return open_one
