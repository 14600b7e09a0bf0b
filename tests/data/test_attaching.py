"""Attachments: copied once, known by content, never a way out of their folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tools.core.errors import DataError, MachineError
from tools.data import attaching
from tools.data.attaching import attach, attached_path
from tools.home import data_folder


def test_a_file_is_copied_and_known_by_its_content(tmp_path: Path) -> None:
    source = tmp_path / "mails.csv"
    source.write_text("text,label\nhello,a\n")
    attached = attach(source)
    source.write_text("changed afterwards")
    assert attached_path(attached.id).read_text() == "text,label\nhello,a\n"
    assert (attached.name, attached.bytes, len(attached.id)) == ("mails.csv", 19, 64)
    source.write_text("text,label\nhello,a\n")
    assert attach(source).id == attached.id


def test_links_in_a_folder_are_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "rows.csv").write_text("c,d\n3,4\n")
    (folder / "out.csv").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    copied = attached_path(attach(folder).id)
    assert sorted(path.relative_to(copied).as_posix() for path in copied.rglob("*")) == ["rows.csv"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        attach(tmp_path / "no.csv")
    assert str(caught.value) == (
        f"Expected a file or folder at {tmp_path / 'no.csv'}. Found nothing there. Check the name and the folder."
    )


def test_a_folder_without_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no file in it"):
        attach(tmp_path / "empty")


def test_a_device_is_no_file() -> None:
    with pytest.raises(DataError, match="which is neither"):
        attach(Path("/dev/null"))


def test_too_big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "MAX_BYTES", 10)
    (tmp_path / "big.csv").write_text("a,b\n" * 100)
    with pytest.raises(DataError) as caught:
        attach(tmp_path / "big.csv")
    assert caught.value.code == "too-big"


def test_a_full_disk_says_what_to_do_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> str:
        target.write_text("half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(attaching, "_copy", full)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(MachineError) as caught:
        attach(tmp_path / "a.csv")
    assert caught.value.code == "disk-full"
    assert caught.value.found.startswith("a full disk while copying a.csv")
    assert "FASTTRACK_HOME" in caught.value.remedy
    assert list(data_folder().iterdir()) == []


def test_an_unknown_id_cannot_reach_another_folder(own_home: Path) -> None:
    (own_home / "data").mkdir()
    (own_home / "data" / "x").mkdir()
    for id in ("0" * 64, "..", "x", "../" * 21 + "a"):
        with pytest.raises(DataError):
            attached_path(id)
