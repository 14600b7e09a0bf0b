"""Files as people send them, read row by row."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from tools.runtime.records import Hints, InputError, Table, open_table

MESSAGE = Hints(inputs=("message",), target="team", columns=("id", "message", "team"))
TWO = Hints(inputs=("a", "b"), target="y", columns=("a", "y", "b"), header=False, delimiter=";")


def opened(path: Path, content: str | bytes, hints: Hints = MESSAGE, name: str = "in.csv") -> Table:
    """The content as a file, opened."""
    target = path / name
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(target, hints)


def values(table: Table, name: str = "message") -> list[object]:
    """One input column."""
    return [record.inputs[name] for record in table.records()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_columns_are_there(tmp_path: Path, delimiter: str) -> None:
    table = opened(tmp_path, f'id{delimiter}message\n1{delimiter}"a{delimiter}b"\n2{delimiter}c\n')
    assert values(table) == [f"a{delimiter}b", "c"]
    assert (table.rows, table.columns) == (2, ("id", "message"))


def test_one_column_needs_no_quotes(tmp_path: Path) -> None:
    assert values(opened(tmp_path, 'message\nhello, you; there\n"quoted, too"\n')) == ["hello, you; there", "quoted, too"]


def test_spaces_may_part_numbers(tmp_path: Path) -> None:
    hints = Hints(inputs=("a", "b"), delimiter=" ")
    assert values(opened(tmp_path, " a  b\n 1   2\n3 4\n", hints), "b") == ["2", "4"]


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    assert values(opened(tmp_path, "Export of May\n\nid,message\n1,hello\n")) == ["hello"]


def test_names_are_trimmed_numbered_and_told_apart(tmp_path: Path) -> None:
    hints = Hints(inputs=("column_1", "my text", "my text_2"))
    table = opened(tmp_path, ",my  text , my text\n1,2,3\n", hints)
    assert [values(table, name) for name in hints.inputs] == [["1"], ["2"], ["3"]]
    assert table.columns == ("", "my  text ", " my text")


def test_without_a_header_columns_are_known_by_their_place(tmp_path: Path) -> None:
    assert values(opened(tmp_path, "1;yes;2\n", TWO), "b") == ["2"]
    assert values(opened(tmp_path, "1;2\n3;4\n", TWO), "b") == ["2", "4"]  # the target is left out


def test_stray_quotes_are_text_where_only_that_fits(tmp_path: Path) -> None:
    table = opened(tmp_path, 'team\tmessage\nham\t"Hello there\nspam\tsay "hi" now\nham\tfine"\n')
    assert values(table) == ['"Hello there', 'say "hi" now', 'fine"']


def test_short_rows_are_filled_and_empty_cells_beyond_the_header_dropped(tmp_path: Path) -> None:
    table = opened(tmp_path, "message,team,note\nhello\nyou,a,b,,\n")
    assert [record.cells for record in table.records()] == [["hello", "", ""], ["you", "a", "b"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    table = opened(tmp_path, "id,message\n1,schöne Grüße\n".encode(encoding))
    assert values(table) == ["schöne Grüße"]
    assert table.encoding == encoding


def test_the_training_files_encoding_comes_before_the_usual_one(tmp_path: Path) -> None:
    hints = Hints(inputs=("message",), encoding="cp1251")
    assert values(opened(tmp_path, "message\nпривет\n".encode("cp1251"), hints)) == ["привет"]


def test_a_gzipped_file_is_unpacked(tmp_path: Path) -> None:
    assert values(opened(tmp_path, gzip.compress(b"id,message\n1,hello\n"), name="in.csv.gz")) == ["hello"]


def test_json_lines_and_arrays(tmp_path: Path) -> None:
    hints = Hints(inputs=("user.name", "tags"))
    line = '{"user": {"name": "Ann"}, "tags": [1]}'
    for name, content in (("a.jsonl", f"{line}\n\n{line}\n"), ("a.json", f"[{line}, {line}]"), ("a.txt", f"{line}\n{line}")):
        table = opened(tmp_path, content, hints, name)
        assert values(table, "user.name") == ["Ann", "Ann"]
        assert values(table, "tags") == ["[1]", "[1]"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (" \n\n", "Expected rows in in.csv. Found an empty file. Give a CSV or JSONL file with a row a line."),
        (b"\x00\x01\x02", "Expected a CSV or JSONL file. Found a file that is not text: in.csv. Save the rows as CSV."),
        (
            "id,text\n1,a\n",
            "Expected the columns ['message'] in in.csv. Found ['id', 'text'], without ['message']. "
            "Add the missing columns or rename yours (empty values are fine).",
        ),
        (
            "id,message\n1,a\n2,b,c,d\n",
            "Expected 2 columns in every row of in.csv. Found 4 near line 3. "
            "Mend that line (a value that holds ',' must stand in double quotes).",
        ),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError) as error:
        opened(tmp_path, content)
    assert str(error.value) == message


def test_a_column_that_no_json_row_has_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"Expected the columns \['message'\] in a.jsonl. Found \['text'\], without \['message'\]."
    ):
        opened(tmp_path, '{"text": 1}\n', name="a.jsonl")


def test_a_large_file_takes_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,message\n")
        file.writelines(f"{number},{'words ' * 40}\n" for number in range(40_000))
    tracemalloc.start()
    table = open_table(path, MESSAGE)
    assert sum(len(chunk) for chunk in table.chunks(1000)) == table.rows == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000 < path.stat().st_size
