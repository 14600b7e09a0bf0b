"""What is no table is recognised, refused with a reason, or opened with care."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.core.data import FileProfile
from tools.core.errors import DataError
from tools.data.attaching import attach
from tools.data.loading import archive, describe, parts, read

Give = Callable[[str, str | bytes], str]
Look = Callable[[str, str | bytes], FileProfile]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
STORY = b"It was the best of times, it was the worst of times,\nit was the age of wisdom, it was the age of foolishness\n" * 3
VOC = "<annotation><object><name>cat</name></object><object><name>dog</name></object></annotation>"


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def _folder(at: Path, members: dict[str, bytes]) -> FileProfile:
    for name, content in members.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content)
    return describe(attach(at).id)


def test_class_folders_in_a_zip(look: Look) -> None:
    members = {f"my photos/{label}/{i}.JPG": PNG for label in ("one", "two") for i in range(3)}
    junk = {"__MACOSX/my photos/._one": b"x", "my photos/.DS_Store": b"x", "my photos/readme.txt": b"hi"}
    profile = look("photos.zip", _zip({**members, **junk}))
    assert (profile.format, profile.role, profile.rows) == ("images", "images", 6)
    assert profile.facts["classes"] == {"one": 3, "two": 3}


def test_parts_and_classes_of_a_folder(tmp_path: Path) -> None:
    members = {
        f"{part}/{label}/{i}.png": PNG for part, many in (("train", 4), ("test", 2)) for label in "ab" for i in range(many)
    }
    profile = _folder(tmp_path / "signs", members)
    assert profile.facts["classes"] == {"a": 6, "b": 6}
    assert profile.facts["parts"] == {"train": {"a": 4, "b": 4}, "test": {"a": 2, "b": 2}}


def test_pictures_with_masks(tmp_path: Path) -> None:
    members = {f"{kind}/{i}.png": PNG for kind in ("image", "label") for i in range(5)}
    assert _folder(tmp_path / "cells", members).facts == {"images": 10, "pairs": 5, "masks": "label"}


def test_boxes(tmp_path: Path) -> None:
    profile = _folder(tmp_path / "Annotations", {"1.xml": VOC.encode(), "2.xml": VOC.encode()})
    assert (profile.format, profile.role) == ("annotations", "annotations")
    assert profile.facts == {"style": "voc", "files": 2, "boxes": {"cat": 2, "dog": 2}}


def test_yolo_and_lists(tmp_path: Path) -> None:
    profile = _folder(
        tmp_path / "labels", {"1.txt": b"0 0.5 0.5 0.1 0.2\n1 0.1 0.1 0.1 0.1\n", "2.txt": b"0 0.2 0.2 0.3 0.3\n"}
    )
    assert profile.facts == {"style": "yolo", "files": 2, "boxes": {"0": 2, "1": 1}}
    profile = _folder(tmp_path / "Sets", {"Main/train.txt": b"img_1\nimg_2\n", "Main/test.txt": b"img_3\n"})
    assert profile.facts == {"style": "lists", "parts": {"test": 1, "train": 2}}


def test_coco(look: Look) -> None:
    document = {"images": [{"id": 1}], "annotations": [{"category_id": 7}], "categories": [{"id": 7, "name": "cat"}]}
    assert look("a.json", json.dumps(document)).facts == {"style": "coco", "images": 1, "boxes": {"cat": 1}}


def test_tagged_tokens_are_no_table(look: Look) -> None:
    sentence = 'The\tO\n"\tO\nEmpire\tB-place\nState\tI-place\nis\tO\n\n'
    profile = look("test.conll", sentence * 10)
    assert profile.facts == {"style": "conll", "tags": {"B-place": 10, "I-place": 10}}


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "states.sqlite") as connection:
        connection.execute('create table "a b" (name text, size int)')
        connection.execute("insert into \"a b\" values ('x', 1)")
    connection.close()
    profile = describe(attach(tmp_path / "states.sqlite").id)
    assert (profile.format, profile.role) == ("sqlite", "database")
    assert profile.facts == {"tables": {"a b": {"rows": 1, "columns": ["name", "size"]}}}
    with pytest.raises(DataError) as caught:
        read(profile.attachment)
    assert str(caught.value) == (
        "Expected a table. Found states.sqlite, which holds sqlite. "
        "Attach a CSV, Excel, JSON or Parquet file with one example a row."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("handbook.pdf", b"%PDF-1.4 ..."),
        ("letter.docx", _zip({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"})),
        ("page.xls", b"<html><body><table></table></body></html>"),
        ("notes.md", b"# Title\n\nSome words, and more.\n"),
        ("story.txt", STORY),
    ],
)
def test_running_text_is_said_to_be_no_table(look: Look, name: str, content: bytes) -> None:
    profile = look(name, content)
    assert (profile.format, profile.role, profile.columns) == ("text", "other", [])
    assert profile.repairs[0].message.startswith(f"{name} is running text")


def test_a_zip_of_tables(give: Give) -> None:
    table = b"text,label\nhello there,a\nand more,b\n"
    id = give("both.zip", _zip({"d/train.csv": table, "d/test.csv": table + b"new one,a\n", "d/readme.txt": b"hi"}))
    assert sorted((describe(part).file, describe(part).rows) for part in parts(id)) == [("test.csv", 3), ("train.csv", 2)]
    single = give("one.zip", _zip({"d/rows.csv": table}))
    assert parts(single) == [single]
    assert describe(single).rows == 2


def test_a_zip_of_pieces_is_one_table(give: Give) -> None:
    months = {f"sales_{m}.csv": f"day,sum\n2020-0{m}-01,{m}\n2020-0{m}-02,{m}.5\n".encode() for m in (1, 2, 3)}
    months["sales_3.csv"] = b"day,sum\n2020-03-01,7\n2020-03-02,8\n"
    id = give("sales.zip", _zip(months))
    [part] = parts(id)
    assert parts(id) == [part]
    profile = describe(part)
    assert (profile.file, profile.rows) == ("sales.parquet", 6)
    assert read(part)["sum"].to_list() == [1.0, 1.5, 2.0, 2.5, 7.0, 8.0]
    assert profile.repairs[-1].message == (
        "3 tables with the same columns were put below each other: sales_1.csv, sales_2.csv, sales_3.csv."
    )


@pytest.mark.parametrize("member", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:/evil.csv"])
def test_a_member_that_leads_outside(give: Give, member: str) -> None:
    with pytest.raises(DataError) as caught:
        describe(give("slip.zip", _zip({member: b"a,b\n1,2\n"})))
    assert caught.value.code == "unsafe-archive"
    assert caught.value.expected == "members that stay inside slip.zip"


def test_a_link_in_a_zip(give: Give) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        info = zipfile.ZipInfo("rows.csv")
        info.external_attr = 0o120777 << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="a link"):
        describe(give("link.zip", buffer.getvalue()))


def test_bombs(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SMALL", 1_000_000)
    for name, content in (("b.zip", _zip({"b.csv": b"0" * 5_000_000})), ("b.csv.gz", gzip.compress(b"0" * 5_000_000))):
        with pytest.raises(DataError) as caught:
            describe(give(name, content))
        assert caught.value.code == "unsafe-archive"


def test_a_folder_with_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "stuff").mkdir()
    (tmp_path / "stuff" / "a.bin").write_bytes(bytes(range(256)))
    with pytest.raises(DataError) as caught:
        describe(attach(tmp_path / "stuff").id)
    assert str(caught.value) == (
        "Expected a table (CSV, TSV, Excel, JSON, Parquet), pictures or an SQLite file. Found nothing that can be read in "
        "stuff (a.bin). Export the data as CSV, or attach the file with the table itself."
    )
