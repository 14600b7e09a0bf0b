"""A first look at a table, for people: its first rows as text, and the shape of each column in a few bars."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tools.core.task import Model

if TYPE_CHECKING:
    import polars as pl

ROWS_SHOWN = 12
ROWS_COUNTED = 50_000  # the shape of a column is seen long before; a million rows would be waited for
BARS = 16
CELL_LENGTH = 400  # characters of a cell


class Preview(Model):
    """rows: the first ones, a text a column, "" where nothing stands. bars: column -> heights from 0 to 1.

    A bar is one value (the most frequent first) where there are few, a range of values where they are numbers or dates, and
    a range of lengths (characters) where they are texts. counted: how many rows the bars are of.
    """

    rows: list[dict[str, str]] = Field(default_factory=list)
    bars: dict[str, list[float]] = Field(default_factory=dict)
    counted: int = 0


@lru_cache(maxsize=32)
def preview(attachment: str) -> Preview:
    """The look at an attachment; empty where it is no table. Raises DataError where it cannot be read."""
    import polars as pl

    from tools.data.loading import describe, table_path

    describe(attachment)
    if not table_path(attachment).exists():
        return Preview()
    table = pl.read_parquet(table_path(attachment), n_rows=ROWS_COUNTED)
    first = [{name: _text(value) for name, value in row.items()} for row in table.head(ROWS_SHOWN).to_dicts()]
    bars = {column.name: _bars(column.drop_nulls()) for column in table.get_columns()}
    return Preview(rows=first, bars=bars, counted=table.height)


def _bars(column: pl.Series) -> list[float]:
    """Heights of a column's bars, the highest 1; none where nothing stands in it."""
    if column.is_empty():
        return []
    counts = _counts(column)
    highest = max(counts)
    return [round(count / highest, 4) for count in counts] if highest else []


def _counts(column: pl.Series) -> list[int]:
    import numpy as np
    import polars as pl

    if column.n_unique() <= BARS:
        return [int(count) for count in column.value_counts(sort=True)["count"].to_list()]
    if column.dtype == pl.String:
        numbers = column.str.len_chars().to_numpy()
    elif column.dtype.is_numeric() or column.dtype.is_temporal():
        numbers = column.to_physical().to_numpy()
    else:
        return [int(count) for count in column.cast(pl.String, strict=False).value_counts(sort=True)["count"].to_list()[:BARS]]
    finite = numbers[np.isfinite(numbers.astype(float))].astype(float)
    return [int(count) for count in np.histogram(finite, bins=BARS)[0]] if len(finite) else []


def _text(value: Any) -> str:
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1] + "…"
