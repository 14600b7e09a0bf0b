from __future__ import annotations

import re
from typing import Any, cast

import pytest

from tools.core.errors import DataError
from ui.page import upload


class File:
    """As much of an uploaded file as is looked at."""

    def __init__(self, name: str, size: int = 10) -> None:
        self.name, self.size = name, size


def check(*files: File) -> None:
    upload.check(cast(Any, files))


def test_what_is_too_many_too_big_or_of_another_kind_is_refused() -> None:
    check(*[File(f"{number}.csv") for number in range(upload.FILES_AT_MOST)])
    with pytest.raises(DataError, match=re.escape("Expected at most 8 files in one message. Found 9.")):
        check(*[File(f"{number}.csv") for number in range(9)])
    with pytest.raises(DataError, match=re.escape("Found model.pkl. Save it as CSV, and send that.")):
        check(File("model.pkl"))
    with pytest.raises(DataError, match=re.escape("Expected at most 200 MB a file. Found big.csv with 201 MB.")):
        check(File("big.csv", 201 * 2**20))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\mine.csv", "mine.csv"),
        ("a\x00b\nc.csv", "abc.csv"),
        ("...", "file"),
        ("مرحبا.csv", "مرحبا.csv"),
    ],
)
def test_names_lead_nowhere(given: str, kept: str) -> None:
    assert upload.safe_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = upload.safe_name("x" * 300 + ".csv")
    assert len(name) == upload.NAME_AT_MOST
    assert name.endswith(".csv")


def test_files_lie_on_disk_by_their_names_and_are_gone_afterwards() -> None:
    with upload.on_disk([("a.csv", lambda: b"1"), ("a.csv", lambda: b"2")]) as paths:
        assert [path.name for path in paths] == ["a.csv", "a.csv"]
        assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    assert not any(path.exists() for path in paths)
