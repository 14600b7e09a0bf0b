"""No prototype is handed out that was not proved."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.core.errors import NothingBuilt, PersonMustMend
from tools.export import offering
from tools.export.exporter import export
from tools.export.offering import offered
from tools.jobs import journal, lock
from tools.jobs.run import Run

Runs = Callable[..., Path]


@pytest.fixture
def folder(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run whose zip was packed and never proved."""
    monkeypatch.setenv("FASTTRACK_OFFLINE", "1")
    folder = Path(shutil.copytree(runs("majority", "messages"), tmp_path / "run"))
    export(folder)
    return folder


def test_an_unproved_prototype_is_proved_when_it_is_asked_for(folder: Path) -> None:
    packed = offered(folder)
    assert packed == Run(folder).zip
    assert any(name.endswith("/PROOF.json") for name in zipfile.ZipFile(packed).namelist())
    assert Run(folder).proof is not None
    told = journal.last(journal.read(folder), "proved")
    assert told is not None
    assert told["ok"]
    made = packed.stat().st_mtime_ns
    assert offered(folder).stat().st_mtime_ns == made  # what is proved is not made again
    assert not lock.is_held(folder)


def test_what_cannot_be_proved_is_not_handed_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise NothingBuilt(expected="the run's own predictions", found="others", remedy="Look.", code="not-proved")

    monkeypatch.setattr(offering, "prove", fail)
    with pytest.raises(NothingBuilt, match="Found others"):
        offered(folder)
    assert Run(folder).proof is None
    assert not lock.is_held(folder)


def test_nothing_is_handed_out_while_it_is_being_proved(folder: Path) -> None:
    held = lock.take(folder)
    assert held is not None
    with pytest.raises(PersonMustMend) as caught:
        offered(folder)
    assert caught.value.code == "not-finished"
    lock.release(held)
