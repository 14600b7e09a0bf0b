"""Other formats than plain CSV, folders, files that cannot be read, and that a prototype reads the same."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tools.core.data import FileProfile
from tools.core.errors import DataError, MachineError
from tools.data.attaching import attach
from tools.data.loading import describe, parts, read, schema, tables
from tools.data.loading.stored import Writer
from tools.runtime.rows import coerce_column

Give = Callable[[str, str | bytes], str]
Look = Callable[[str, str | bytes], FileProfile]


def _told(profile: FileProfile) -> dict[str, str]:
    return {repair.code: repair.message for repair in profile.repairs}


def test_a_list_of_texts_without_header(look: Look) -> None:
    profile = look("a.txt", "the shop was closed\nnice people\nI want my money back!\ngreat\n")
    assert (profile.header_row, profile.delimiter, profile.rows) == (None, None, 4)


def test_nested_json_lines(look: Look) -> None:
    lines = [{"id": i, "message": {"body": f"text {i}"}, "meta": {"label": "ham", "tags": ["a", i]}} for i in range(3)]
    profile = look("a.jsonl", "\n".join(json.dumps(line) for line in lines) + "\nbroken\n")
    assert [column.name for column in profile.columns] == ["id", "message.body", "meta.label", "meta.tags"]
    assert read(profile.attachment)["meta.tags"][2] == '["a", 2]'
    assert profile.facts["lists"] == ["meta.tags"]
    told = _told(profile)
    assert told["flattened"] == "Objects inside message, meta became columns with a dot in their names."
    assert told["rows-dropped"] == "1 lines are no JSON objects and were left out (line 4)."


def test_a_key_that_comes_later_is_a_column(look: Look) -> None:
    lines = [json.dumps({"a": i} if i < 10_500 else {"a": i, "late": "x"}) for i in range(10_501)]
    table = read(look("a.jsonl", "\n".join(lines)).attachment)
    assert table.row(-1) == (10_500, "x")
    assert table["late"].null_count() == 10_500


@pytest.mark.parametrize(
    "document",
    [
        [{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": {"c": "y"}}],
        {"version": 3, "data": [{"a": 1, "b": {"c": "x"}}, {"a": 2, "b": {"c": "y"}}]},
        {"a": [1, 2], "b.c": ["x", "y"]},
        {"a": {"0": 1, "1": 2}, "b.c": {"0": "x", "1": "y"}},
    ],
)
def test_json_documents(look: Look, document: object) -> None:
    profile = look("a.json", json.dumps(document))
    assert profile.format == "json"
    assert read(profile.attachment).rows() == [(1, "x"), (2, "y")]


def test_parquet(give: Give) -> None:
    frame = pl.DataFrame(
        {"n": [1, 2], "when": [datetime(2020, 1, 2)] * 2, "s": [{"x": 1.5}, {"x": 2.5}], "l": [[1], [2, 3]], "b": [True, None]}
    )
    buffer = io.BytesIO()
    frame.with_columns(pl.Series("__index_level_0__", [5, 6])).write_parquet(buffer)
    id = give("a.parquet", buffer.getvalue())
    profile = describe(id)
    assert read(id).select("n", "s.x", "l", "b").rows() == [(1, 1.5, "[1]", "true"), (2, 2.5, "[2, 3]", None)]
    assert _told(profile) == {"index-dropped": "The stored row index was left out: __index_level_0__."}


def test_gzip(look: Look) -> None:
    profile = look("a.csv.gz", gzip.compress(b"a,b\n1,x\n2,y\n"))
    assert (profile.rows, profile.delimiter) == (2, ",")
    assert _told(profile) == {"unpacked": "a.csv.gz was unpacked."}


def test_a_folder_of_several_tables_has_parts(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("train.csv", "test.csv", "README.md"):
        (folder / name).write_text(f"text,label\nfrom {name},a\nmore of it,b\n")
    assert sorted(describe(part).file for part in parts(attach(folder).id)) == ["test.csv", "train.csv"]


def test_a_folder_of_one_table_is_that_table(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    profile = describe(attach(tmp_path / "data").id)
    assert (profile.file, profile.rows, profile.facts["member"]) == ("data", 2, "rows.csv")


@pytest.mark.parametrize(
    ("name", "content", "code", "found"),
    [
        ("a.csv", b"", "empty-file", "a.csv, which is empty"),
        ("a.csv", b"\n \n", "empty-file", "a.csv, which is empty"),
        ("a.csv", b"text,label\n", "no-rows", "only a header"),
        ("a.csv", bytes(range(256)) * 8, "binary-file", "a.csv, a binary file of a kind that is not known"),
        (
            "a.json",
            b'{"a": [1, 2',
            "not-a-table",
            "text that is not valid JSON (Expecting ',' delimiter: line 1 column 12 (char 11))",
        ),
        ("a.parquet", b"PAR1 and nothing", "not-readable", None),
        ("a.xlsx", b"\xd0\xcf\x11\xe0 no workbook", "not-readable", None),
    ],
)
def test_files_that_cannot_be_read(give: Give, name: str, content: bytes, code: str, found: str | None) -> None:
    with pytest.raises(DataError) as caught:
        describe(give(name, content))
    assert caught.value.code == code
    assert found is None or caught.value.found == found


def test_too_many_columns(give: Give) -> None:
    content = ",".join(f"c{i}" for i in range(100_000)) + "\n" + ",".join(["1"] * 100_000) + "\n"
    with pytest.raises(DataError) as caught:
        describe(give("a.csv", content))
    assert str(caught.value) == (
        "Expected a table with at most 10,000 columns. Found 100,000 columns. "
        "Keep the columns that matter, or turn the table on its side if rows and columns are swapped."
    )


def test_a_full_disk_while_reading(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Writer):
        def __init__(self, path: Path) -> None:
            super().__init__(Path("/dev/full"))

    monkeypatch.setattr(tables, "Writer", Full)
    with pytest.raises(MachineError) as caught:
        describe(give("a.csv", "a,b\n" + "1,x\n" * 10))
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert caught.value.found.startswith("a full disk while reading a.csv")


def test_described_once(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    id = give("a.csv", "a,b\n1,x\n2,y\n")
    first = describe(id)
    monkeypatch.setattr(tables, "normalise", None)  # a second look must not read the file again
    assert describe(id) == first


def test_a_prototype_reads_the_same_values(look: Look) -> None:
    content = (
        "preis;datum;zip;wort;quote;anteil;menge\n1.234,50;13.02.2020;02139; a ;'-1';12%;7\n?;;10001;null;'1';7%;8\n"
        "22,1;01.12.2021;00501;b;'-1';55%;-\n0,25;14.03.2021;00502;?;'1';3,5%;10\n"
    )
    profile = look("a.csv", content)
    table, raw = read(profile.attachment), list(csv.DictReader(io.StringIO(content), delimiter=";"))
    kinds = {"integer": "number", "number": "number", "date": "date", "text": "text"}
    for column in schema(profile.attachment):
        found = coerce_column([row[column["name"]] for row in raw], {**column, "type": kinds[column["kind"]]})
        stored = table[column["name"]]
        if column["kind"] in ("integer", "number"):
            expected = stored.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            assert np.array_equal(found.astype(float), expected, equal_nan=True), column
        elif column["kind"] == "date":
            assert [None if np.isnat(when) else when.item() for when in found] == stored.to_list()
        else:
            assert list(found) == stored.to_list(), column
    assert {column["kind"] for column in schema(profile.attachment)} == {"integer", "number", "date", "text"}


def test_one_column_that_is_quoted_only_where_a_comma_stands_is_read_without_the_quotes(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    path.write_text('comment\nThe guide was kind\n"The coffee was cold, twice"\nWhy is room 3 closed?\n')
    assert read(attach(path).id)["comment"].to_list() == [
        "The guide was kind", "The coffee was cold, twice", "Why is room 3 closed?"
    ]  # fmt: skip


def test_speech_in_one_column_keeps_its_quotes(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text('sentence\nhe came in\n"Well," she said\nand left\n')
    assert read(attach(path).id)["sentence"].to_list() == ["he came in", '"Well," she said', "and left"]
