"""Parquet and Arrow files: typed already, so only nested, binary and index columns need care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import DataError
from tools.data.loading.spool import MAX_COLUMNS, too_many_columns
from tools.data.loading.stored import Stored

if TYPE_CHECKING:
    import polars as pl

INDEX = "__index_level_"  # how pandas names the index that it stores beside the columns


@dataclass
class Columnar:
    """index: index columns left out. lists: columns of lists, kept as JSON text. binary: columns of bytes, left out."""

    index: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    binary: list[str] = field(default_factory=list)


def batches(path: Path, found: Columnar) -> Iterator[pl.DataFrame]:
    """The table, a batch at a time, with columns of text, Int64, Float64 and Datetime only. Raises DataError."""
    import pyarrow as pa

    try:
        stored = Stored(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            expected=f"a Parquet file in {path.name}",
            found=f"a file that does not open as one ({str(error).splitlines()[0][:100]})",
            remedy="Write it again, or save it as CSV.",
            code="not-readable",
        ) from error
    if len(stored.names) > MAX_COLUMNS:
        raise too_many_columns(len(stored.names))
    found.index = [name for name in stored.names if name.startswith(INDEX)]
    for batch in stored.batches([name for name in stored.names if name not in found.index]):
        yield _plain(batch, found)


def _plain(frame: pl.DataFrame, found: Columnar) -> pl.DataFrame:
    import polars as pl

    while any(isinstance(kind, pl.Struct) for kind in frame.dtypes):
        for name, kind in frame.schema.items():
            if isinstance(kind, pl.Struct):
                inner = [pl.col(name).struct.field(part.name).alias(f"{name}.{part.name}") for part in kind.fields]
                frame = frame.with_columns(inner).drop(name)
                break
    binary = [name for name, kind in frame.schema.items() if kind in (pl.Binary, pl.Object)]
    found.binary = list(dict.fromkeys([*found.binary, *binary]))
    return frame.drop(binary).select(_simple(name, kind, found) for name, kind in frame.drop(binary).schema.items())


def _simple(name: str, kind: pl.DataType, found: Columnar) -> pl.Expr:
    import polars as pl

    column = pl.col(name)
    if isinstance(kind, (pl.List, pl.Array)):
        found.lists = list(dict.fromkeys([*found.lists, name]))
        return column.map_elements(_as_json, return_dtype=pl.String)
    if kind.is_integer():
        return column.cast(pl.Int64, strict=False)
    if kind.is_float() or kind.is_decimal():
        value = column.cast(pl.Float64)
        return pl.when(value.is_finite()).then(value).otherwise(None).alias(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if kind == pl.Date:
        return column.cast(pl.Datetime("us"))
    if kind == pl.Duration:
        return column.dt.total_microseconds().cast(pl.Float64) / 1e6
    text = column.cast(pl.String).str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text).alias(name)


def _as_json(values: pl.Series) -> str:
    import json

    return json.dumps(values.to_list(), ensure_ascii=False, default=str)
