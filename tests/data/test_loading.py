"""Whatever a person exports becomes one typed table, and every repair is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tools.core.data import FileProfile
from tools.data.loading import read, schema

Look = Callable[[str, str | bytes], FileProfile]


def _told(profile: FileProfile) -> dict[str, str]:
    return {repair.code: repair.message for repair in profile.repairs}


def test_a_plain_csv_needs_no_repair(look: Look) -> None:
    profile = look("a.csv", "name,age,joined\nAnn,31,2020-01-02\nBob,,2021-03-04\n")
    assert (profile.format, profile.encoding, profile.delimiter, profile.header_row, profile.rows) == (
        "csv",
        "ascii",
        ",",
        0,
        2,
    )
    assert [(column.name, column.dtype, column.missing) for column in profile.columns] == [
        ("name", "text", 0),
        ("age", "integer", 1),
        ("joined", "datetime", 0),
    ]
    assert profile.repairs == []
    table = read(profile.attachment)
    assert table.rows() == [("Ann", 31, datetime(2020, 1, 2)), ("Bob", None, datetime(2021, 3, 4))]
    assert read(profile.attachment, ["age"]).columns == ["age"]


@pytest.mark.parametrize(("delimiter", "name"), [("\t", "a.tsv"), (";", "a.csv"), ("|", "a.psv"), (",", "a.txt")])
def test_delimiters(look: Look, delimiter: str, name: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["city", "count"], ["Rome", "3"], ["Oslo, north", "4"], ["Bern", "5"]))
    quoted = text if delimiter != "," else text.replace("Oslo, north", '"Oslo, north"')
    profile = look(name, quoted)
    assert (profile.delimiter, profile.header_row) == (delimiter, 0)
    assert read(profile.attachment).rows() == [("Rome", 3), ("Oslo, north", 4), ("Bern", 5)]


def test_runs_of_spaces(look: Look) -> None:
    profile = look("a.dat", "x   y  z\n1  2.5   3\n 2 3.5 4\n7 8.1 9\n")
    assert read(profile.attachment).rows() == [(1, 2.5, 3), (2, 3.5, 4), (7, 8.1, 9)]


def test_german_numbers(look: Look) -> None:
    profile = look("a.csv", "name;preis\na;1.234,50\nb;22,10\nc;3,00\n")
    assert read(profile.attachment)["preis"].to_list() == [1234.5, 22.1, 3.0]
    told = "Numbers in preis were read with ',' as the decimal mark and '.' between thousands."
    assert _told(profile) == {"number-format": told}
    column = schema(profile.attachment)[1]
    assert (column["decimal"], column["thousands"], column["role"]) == (",", ".", "number")


def test_thousands_are_told_from_decimals_by_the_other_columns(look: Look) -> None:
    rows = "".join(f"{1 + i},{200 + i};{i},5\n" for i in range(5))
    assert read(look("a.csv", "weight;size\n" + rows).attachment)["weight"].to_list() == [1.2, 2.201, 3.202, 4.203, 5.204]
    rows = "".join(f'"{1 + i},{200 + i}",{i}.5\n' for i in range(5))
    assert read(look("b.csv", "weight,size\n" + rows).attachment)["weight"].to_list() == [1200, 2201, 3202, 4203, 5204]


def test_currency_and_percent(look: Look) -> None:
    profile = look("a.csv", 'item,price,share\na,"$1,200.50",12%\nb,$3.10,7%\nc,$14.00,55%\n')
    assert read(profile.attachment).select("price", "share").rows() == [(1200.5, 12), (3.1, 7), (14.0, 55)]
    assert "number-format" in _told(profile)


def test_codes_with_leading_zeros_stay_text(look: Look) -> None:
    table = read(look("a.csv", "zip,parcel,v\n02139,1234567890123456789,1\n10001,1234567890123456788,2\n").attachment)
    assert table.rows() == [("02139", "1234567890123456789", 1), ("10001", "1234567890123456788", 2)]


def test_whole_numbers_stay_whole_and_a_late_fraction_is_kept(look: Look) -> None:
    rows = 25_000
    table = read(look("a.csv", "n,m\n" + "".join(f"{i},{i}\n" for i in range(rows)) + "7.5,3\n").attachment)
    assert [str(kind) for kind in table.dtypes] == ["Float64", "Int64"]
    assert table["n"][-1] == 7.5


def test_a_column_that_turns_to_text_late_is_text(look: Look) -> None:
    rows = 30_000
    content = "n\n" + "".join(f"{i}\n" for i in range(rows)) + "".join(f"word{i}\n" for i in range(rows))
    assert read(look("a.csv", content).attachment)["n"][-1] == f"word{rows - 1}"


def test_missing_tokens(look: Look) -> None:
    profile = look("a.csv", "a,b\n1,x\n?,null\n3,?\n-,y\n4,None\n")
    assert read(profile.attachment).rows() == [(1, "x"), (None, None), (3, None), (None, "y"), (4, "None")]
    assert _told(profile)["missing-tokens"] == "Read as missing, in 2 columns: '?' (2 cells), '-' (1 cells), 'null' (1 cells)."


def test_words_among_numbers(look: Look) -> None:
    content = "price\n" + "".join(f"{i * 1.5}\n" for i in range(50)) + "on request\n" * 6
    profile = look("a.csv", content)
    assert profile.columns[0].missing == 6
    assert _told(profile)["mixed-types"] == "price holds numbers and the words 'on request'; the words became missing."


def test_stray_text_in_a_number_column_is_told(look: Look) -> None:
    profile = look("a.csv", "price,b\n" + "".join(f"{i},x{i}\n" for i in range(100)) + "12x4,y\n")
    told = "1 of 101 values in price are not a number, such as '12x4'; they became missing."
    assert _told(profile)["mixed-types"] == told


def test_dates_of_many_shapes(look: Look) -> None:
    content = (
        "us,german,short,stamp,clock,month\n3/13/2025 19:31,13.02.2020,8/15/14,2020-01-02T03:04:05Z,13:08,2019-05\n"
        "4/1/2025 1:05,01.12.2021,12/1/14,2020-05-06T07:08:09Z,09:30,2019-06\n"
    )
    profile = look("a.csv", content)
    assert read(profile.attachment).row(0) == (
        datetime(2025, 3, 13, 19, 31), datetime(2020, 2, 13), datetime(2014, 8, 15), datetime(2020, 1, 2, 3, 4, 5),
        datetime(1900, 1, 1, 13, 8), datetime(2019, 5, 1),
    )  # fmt: skip
    assert _told(profile) == {"date-format": "Dates in us, short were read with the month before day."}


def test_the_zone_of_times_is_kept_where_all_rows_share_it(look: Look) -> None:
    clocks = [f"2024-{month:02d}-01T04:00:00" for month in range(1, 13)]
    rows = [f"{clock}Z,{clock}+02:00,{clock}+0{1 + (place > 9)}:00,{clock}" for place, clock in enumerate(clocks)]
    profile = look("a.csv", "a,b,c,d\n" + "\n".join(rows) + "\n")
    assert [entry["suffix"] for entry in schema(profile.attachment)] == ["Z", "+02:00", "", ""]
    assert [column.dtype for column in profile.columns] == ["datetime"] * 4


def test_quoted_labels(look: Look) -> None:
    profile = look("a.csv", "0.1,2.5,'-1'\n0.3,-2.25,'1'\n0.7,5.5,'-1'\n0.9,0.5,'-1'\n")
    assert profile.header_row is None
    assert [column.name for column in profile.columns] == ["column_1", "column_2", "column_3"]
    assert read(profile.attachment)["column_3"].to_list() == [-1, 1, -1, -1]
    assert _told(profile)["quotes-removed"] == "Single quotes around the values of column_3 were taken off."
    assert _told(profile)["header-repaired"] == "There is no header; the columns are called column_1 to column_3."


def test_comma_and_space(look: Look) -> None:
    row = '39, State-gov, "a, b", <=50K\n'
    table = read(look("a.csv", row + row.replace("39", "?").replace("<=", ">") + row * 3).attachment)
    assert table.row(1) == (None, "State-gov", "a, b", ">50K")


def test_titles_above_and_notes_below(look: Look) -> None:
    content = "Sales of the north,,\n,,\nregion,month,amount\nNorth,1,5\nSouth,2,6\nWest,3,7\n,,\nSource: our own books.,,\n"
    profile = look("a.csv", content)
    assert (profile.header_row, profile.rows) == (2, 3)
    told = _told(profile)
    assert told["header-repaired"] == "Lines above the header were left out: 'Sales of the north'."
    assert told["rows-dropped"] == "1 lines of notes below the table were left out, such as 'Source: our own books.'."
    assert read(profile.attachment)["amount"].to_list() == [5, 6, 7]


def test_names_that_lack_or_repeat(look: Look) -> None:
    profile = look("a.csv", ",size,size\n1,2,3\n4,5,6\n")
    assert [column.name for column in profile.columns] == ["column_1", "size", "size_2"]
    assert "header-repaired" in _told(profile)


def test_ragged_rows(look: Look) -> None:
    profile = look("a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n1,1,1\n")
    assert read(profile.attachment).rows() == [(1, 2, 3), (4, 5, None), (10, 11, 12), (1, 1, 1)]
    told = _told(profile)
    assert told["rows-dropped"] == "1 rows with too many cells were left out, such as '6,7,8,9'."
    assert told["rows-padded"] == "1 rows had too few cells; the rest of them is missing."


def test_both_readers_agree(look: Look) -> None:
    good = 'id,text,n\n1,"he said ""hi"", twice",3\n2,"line\nbreak",4\n3,plain,5\n' + "4,more,6\n" * 8
    fast, patient = look("fast.csv", good), look("patient.csv", good + "9,short\n")
    assert _told(fast) == {}
    assert "rows-padded" in _told(patient)
    assert read(patient.attachment)[:11].equals(read(fast.attachment))


def test_a_quote_that_is_never_closed(look: Look) -> None:
    profile = look("a.tsv", 'id\ttext\tlabel\n1\t"hello there\tx\n2\twhy not\ty\n3\t"again\tx\n4\tok\ty\n')
    assert read(profile.attachment)["text"].to_list() == ['"hello there', "why not", '"again', "ok"]
    assert "quotes-kept" in _told(profile)


@pytest.mark.parametrize(
    ("codec", "name", "told"),
    [("utf-8-sig", "utf-8", False), ("utf-16", "utf-16", True), ("utf-16-le", "utf-16-le", True), ("cp1252", "cp1252", True)],
)
def test_encodings(look: Look, codec: str, name: str, told: bool) -> None:
    profile = look("a.csv", "text,label\r\nschön,gut\r\nübel „so“,schlecht\r\n".encode(codec))
    assert (profile.encoding, "encoding-repaired" in _told(profile)) == (name, told)
    assert read(profile.attachment).rows() == [("schön", "gut"), ("übel „so“", "schlecht")]


def test_cyrillic(look: Look) -> None:
    assert look("a.csv", "имя,цена\nстол,5\nстул,6\nшкаф,70\n".encode("cp1251")).encoding == "cp1251"


def test_some_wrong_bytes_in_utf8(look: Look) -> None:
    content = b"text,label\n" + "schöne grüße,a\n".encode() * 50 + "ärger,b\n".encode("cp1252")
    profile = look("a.csv", content)
    assert read(profile.attachment)["text"][-1] == "ärger"
    assert _told(profile)["encoding-repaired"] == "1 lines held bytes that are not UTF-8; they were read as cp1252."


def test_old_line_ends(look: Look) -> None:
    assert read(look("a.csv", "a,b\r1,x\r2,y\r").attachment).rows() == [(1, "x"), (2, "y")]
