"""Typed tables on disk: Parquet, written and read a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP = 50_000


class Stored:
    """A Parquet file, opened. Raises OSError or pyarrow's ArrowInvalid where it is none."""

    def __init__(self, path: Path) -> None:
        from pyarrow import parquet

        library: Any = parquet
        self._file: Any = library.ParquetFile(path)
        self.names: list[str] = list(self._file.schema_arrow.names)
        self.rows: int = self._file.metadata.num_rows
        self.groups: int = self._file.metadata.num_row_groups

    def bytes_of_columns(self) -> list[int]:
        """Uncompressed bytes of each column."""
        groups = [self._file.metadata.row_group(number) for number in range(self.groups)]
        return [sum(group.column(position).total_uncompressed_size for group in groups) for position in range(len(self.names))]

    def rows_of_group(self, group: int) -> int:
        """Rows in one row group."""
        return int(self._file.metadata.row_group(group).num_rows)

    def group(self, number: int, columns: Sequence[str]) -> pl.DataFrame:
        """One row group."""
        return _frame(self._file.read_row_group(number, columns=list(columns))).select(columns)

    def batches(self, columns: Sequence[str], rows: int = ROW_GROUP) -> Iterator[pl.DataFrame]:
        """All rows in order, at most so many at a time."""
        for batch in self._file.iter_batches(batch_size=rows, columns=list(columns)):
            yield _frame(batch).select(columns)


class Writer:
    """Writes batches of the same columns to one Parquet file; to be closed also after an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def add(self, frame: pl.DataFrame) -> None:
        """Append rows."""
        import polars as pl
        from pyarrow import parquet

        library: Any = parquet
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = library.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=ROW_GROUP)

    def close(self) -> None:
        """The file is complete after this."""
        if self._writer is not None:
            self._writer.close()


def _frame(arrow: Any) -> pl.DataFrame:
    import polars as pl

    frame = pl.from_arrow(arrow)
    assert isinstance(frame, pl.DataFrame)
    return frame
