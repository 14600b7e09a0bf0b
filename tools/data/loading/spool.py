"""Batches of raw texts on their way from a file to the typed table, kept on disk so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import DataError

if TYPE_CHECKING:
    import polars as pl

SAMPLE_ROWS = 20_000  # of the first batches; types are decided on these and a few rows of every later batch
LATER_ROWS = 200
SAMPLE_BYTES = 32 * 1024**2  # beyond this only a handful of rows of a batch is looked at
LAST_ROWS = 12
MAX_COLUMNS = 10_000


class Spool:
    """Append-only batches of string columns; a later batch may have other columns (JSON lines do).

    rows: how many were kept. blank: rows with nothing in them, left out.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self.blank = path, 0, 0
        self.names: dict[str, None] = {}
        self.sampled: list[pl.DataFrame] = []
        self._sampled_rows = self._sampled_bytes = 0
        self._tail: list[tuple[str | None, ...]] = []
        self._file = path.open("wb")

    def add(self, batch: pl.DataFrame) -> None:
        """Append a batch (all columns String). Rows that are empty in every column are left out."""
        import polars as pl
        import pyarrow as pa

        if batch.width and not _surely_filled(batch):
            filled = batch.filter(pl.any_horizontal(pl.all().is_not_null() & (pl.all().str.strip_chars() != "")))
            self.blank += batch.height - filled.height
            batch = filled
        self.names.update(dict.fromkeys(batch.columns))
        if len(self.names) > MAX_COLUMNS:
            raise too_many_columns(len(self.names))
        if batch.height == 0:
            return
        table = batch.to_arrow()
        with pa.ipc.new_stream(self._file, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        self.rows += batch.height
        self._tail = [*self._tail, *batch.tail(LAST_ROWS).rows()][-LAST_ROWS:]
        wanted = max(SAMPLE_ROWS - self._sampled_rows, LATER_ROWS) if self._sampled_bytes < SAMPLE_BYTES else LAST_ROWS
        self.sampled.append(_compact(batch.head(wanted)))
        self._sampled_rows += self.sampled[-1].height
        self._sampled_bytes += int(self.sampled[-1].estimated_size())

    def clear(self) -> None:
        """Start again from nothing, for another way of reading."""
        self._file.seek(0)
        self._file.truncate()
        self.rows, self.blank, self._sampled_rows, self._sampled_bytes = 0, 0, 0, 0
        self.names, self.sampled, self._tail = {}, [], []

    def finish(self) -> None:
        """No more batches."""
        self._file.close()

    def tail(self) -> list[tuple[str | None, ...]]:
        """The last rows, at most 12, in order."""
        return list(self._tail)

    def sample(self) -> pl.DataFrame:
        """The first rows and some of every later batch, with all columns."""
        import polars as pl

        if not self.sampled:
            return pl.DataFrame()
        return self._whole(pl.concat(self.sampled, how="diagonal"))

    def batches(self) -> Iterator[pl.DataFrame]:
        """All rows again, a batch at a time, with all columns in their order."""
        import polars as pl
        import pyarrow as pa

        with self.path.open("rb") as reader:
            size = self.path.stat().st_size
            while reader.tell() < size:
                with pa.ipc.open_stream(reader) as stream:
                    table = stream.read_all()
                frame = pl.from_arrow(table)
                assert isinstance(frame, pl.DataFrame)
                yield self._whole(frame)

    def _whole(self, frame: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        absent = [pl.lit(None, dtype=pl.String).alias(name) for name in self.names if name not in frame.columns]
        return frame.with_columns(absent).select(list(self.names)) if absent else frame.select(list(self.names))


def _surely_filled(batch: pl.DataFrame) -> bool:
    """Whether one of the outer columns has something in every row: then no row is empty, and the others need no look."""
    outer = (batch.to_series(0), batch.to_series(batch.width - 1))
    return any(not column.null_count() and bool((column.str.strip_chars() != "").all()) for column in outer)


def _compact(frame: pl.DataFrame) -> pl.DataFrame:
    """A copy that does not keep the buffers of the whole batch alive."""
    import polars as pl

    return pl.DataFrame({name: pl.Series(frame[name].to_list(), dtype=pl.String) for name in frame.columns})


def too_many_columns(found: int) -> DataError:
    """A table that is too wide to be meant."""
    return DataError(
        expected=f"a table with at most {MAX_COLUMNS:,} columns",
        found=f"{found:,} columns",
        remedy="Keep the columns that matter, or turn the table on its side if rows and columns are swapped.",
        code="too-many-columns",
    )
