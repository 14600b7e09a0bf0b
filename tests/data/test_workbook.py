"""Workbooks, written by hand here: sheets, titles, Excel's own days and times."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tools.core.data import FileProfile
from tools.core.errors import DataError
from tools.data.attaching import attach
from tools.data.loading import describe, read

Cell = str | float | None
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>'
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="20" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _cell(value: Cell, style: int) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c s="{style}"><v>{value}</v></c>'


def _write(path: Path, sheets: dict[str, list[list[Cell]]], styles: dict[int, int] | None = None) -> None:
    """styles: column -> 1 for days, 2 for times."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as book:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{TYPE}.worksheet+xml"/>'
            for i in range(1, len(names) + 1)
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>{parts}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(names, 1))
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>')
        related = "".join(
            f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        styled = f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
        book.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{related}{styled}</Relationships>'
        )
        book.writestr("xl/styles.xml", STYLES)
        for i, rows in enumerate(sheets.values(), 1):
            cells = "".join(
                f"<row>{''.join(_cell(value, (styles or {}).get(at, 0)) for at, value in enumerate(row))}</row>" for row in rows
            )
            book.writestr(
                f"xl/worksheets/sheet{i}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
            )


def _look(path: Path, sheets: dict[str, list[list[Cell]]], styles: dict[int, int] | None = None) -> FileProfile:
    _write(path / "book.xlsx", sheets, styles)
    return describe(attach(path / "book.xlsx").id)


def test_months_in_sheets_become_one_table(tmp_path: Path) -> None:
    head: list[Cell] = ["shop", "day", "hour", "sum", "note"]
    sheets: dict[str, list[list[Cell]]] = {
        "May": [head, ["A", 43586, 0.5, 12.5, "x"], ["B", 43587, 0.25, 3, None]],
        "June": [[*head, "extra"], ["C", 43617, 0.75, 4.25, "y", "z"]],
        "About": [["written by", "Ann"], ["on", "Monday"]],
    }
    profile = _look(tmp_path, sheets, {1: 1, 2: 2})
    assert (profile.format, profile.rows, profile.header_row) == ("xlsx", 3, 0)
    assert [column.name for column in profile.columns] == head
    assert read(profile.attachment)["day"].to_list() == [datetime(2019, 5, 1), datetime(2019, 5, 2), datetime(2019, 6, 1)]
    assert read(profile.attachment)["hour"][0] == datetime(1900, 1, 1, 12)
    told = [repair.message for repair in profile.repairs]
    assert told[:3] == [
        "2 sheets with the same columns were put below each other: May, June.",
        "Sheets with other columns were left out: About.",
        "Columns that only some sheets have were left out: extra.",
    ]


def test_titles_above_the_header(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["Report 2020", None, None], [None, None, None], ["name", "size", "sort"]]
    profile = _look(tmp_path, {"S": [*rows, ["a", 1, "u"], ["b", 2, "v"], ["c", 3, "u"]]})
    assert (profile.header_row, profile.rows) == (2, 3)
    assert read(profile.attachment)["size"].to_list() == [1, 2, 3]


def test_a_workbook_without_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        _look(tmp_path, {"S": []})
    assert caught.value.code == "empty-file"
