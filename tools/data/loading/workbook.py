"""Excel and OpenDocument workbooks into batches of raw texts; sheets with the same columns become one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import DataError
from tools.data.loading.layout import find_header, unique_names
from tools.data.loading.spool import MAX_COLUMNS, Spool, too_many_columns

if TYPE_CHECKING:
    import polars as pl

ALIKE = 0.8  # share of the columns that sheets must have in common to be parts of one table


@dataclass
class Workbook:
    """sheets: rows of each sheet. used: the sheets that make up the table. header_row: of the first used sheet.

    partial: columns that only some of the used sheets have; they were left out.
    """

    sheets: dict[str, int]
    used: list[str]
    header_row: int | None
    titles: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)


@dataclass
class _Sheet:
    name: str
    frame: pl.DataFrame
    header_row: int | None
    titles: list[str]
    made_up: list[str]
    renamed: list[str]


def load(path: Path, spool: Spool) -> Workbook:
    """Read the sheets; those with the columns of the biggest one are put below each other, the others are left out."""
    sheets = [sheet for sheet in _sheets(path) if sheet.frame.height]
    if not sheets:
        raise DataError(
            expected=f"a sheet with a header and rows in {path.name}",
            found="only empty sheets",
            remedy="Check the workbook; charts and pictures are not read.",
            code="empty-file",
        )
    main = max(sheets, key=lambda sheet: (sheet.frame.height, sheet.frame.width))
    used = [sheet for sheet in sheets if _alike(sheet.frame.columns, main.frame.columns)]
    shared = [name for name in used[0].frame.columns if all(name in sheet.frame.columns for sheet in used)]
    for sheet in used:
        spool.add(sheet.frame.select(shared))
    return Workbook(
        sheets={sheet.name: sheet.frame.height for sheet in sheets},
        used=[sheet.name for sheet in used],
        header_row=used[0].header_row,
        titles=used[0].titles,
        made_up=used[0].made_up,
        renamed=used[0].renamed,
        partial=list(dict.fromkeys(name for sheet in used for name in sheet.frame.columns if name not in shared)),
    )


def _alike(some: list[str], others: list[str]) -> bool:
    """Whether two sheets hold the same kind of rows: nearly all columns are shared."""
    return len(set(some) & set(others)) >= ALIKE * len(set(some) | set(others))


def _sheets(path: Path) -> list[_Sheet]:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        found: list[_Sheet] = []
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            frame = sheet.to_polars()
            if frame.width > MAX_COLUMNS:
                raise too_many_columns(frame.width)
            found.append(_shaped(name, frame.select(_moments(frame))))
    except fastexcel.FastExcelError as error:
        raise DataError(
            expected=f"a workbook in {path.name}",
            found=f"a file that does not open as one ({str(error).splitlines()[0][:100]})",
            remedy="Open it in your spreadsheet program (without a password) and save it as .xlsx or CSV.",
            code="not-readable",
        ) from error
    return found


def _moments(frame: pl.DataFrame) -> list[pl.Expr]:
    """Excel keeps a day as a midnight and a time as a time on its first day; both are written as they look in the sheet."""
    import polars as pl

    texts = [pl.col(name).cast(pl.String) for name in frame.columns]
    return [
        text.str.replace(r"^1899-12-3[01] (\d\d:)", "${1}").str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "${1}")
        for text in texts
    ]


def _shaped(name: str, frame: pl.DataFrame) -> _Sheet:
    """A raw sheet with its header found and what stands above it cut off."""
    start = [[cell or "" for cell in row] for row in frame.head(400).rows()]
    if not start:
        return _Sheet(name, frame, None, [], [], [])
    header_row, first = find_header(start)
    header = start[header_row] if header_row is not None else []
    names, made_up, renamed = unique_names(header, frame.width)
    titles = [" ".join(cell for cell in row if cell) for row in start[: header_row if header_row is not None else first]]
    body = frame.slice(first)
    body.columns = names
    empty = [column for column in made_up if header_row is not None and body[column].is_null().all()]
    return _Sheet(
        name,
        body.drop(empty),
        header_row,
        [title for title in titles if title],
        [column for column in made_up if column not in empty] if header_row is not None else [],
        renamed,
    )
