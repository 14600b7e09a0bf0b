"""Typed tables on disk: Parquet, written and read a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP = 50_000
BATCH_BYTES = 16 * 1024**2


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
        sizes = dict.fromkeys(self.names, 0)
        for group in groups:
            for position in range(group.num_columns):
                column = group.column(position)
                top = str(column.path_in_schema).split(".")[0]  # parts of a nested column belong to it
                name = top if top in sizes else str(column.path_in_schema)
                sizes[name] = sizes.get(name, 0) + column.total_uncompressed_size
        return [sizes[name] for name in self.names]

    def rows_of_group(self, group: int) -> int:
        """Rows in one row group."""
        return int(self._file.metadata.row_group(group).num_rows)

    def group(self, number: int, columns: Sequence[str]) -> pl.DataFrame:
        """One row group."""
        return _frame(self._file.read_row_group(number, columns=list(columns))).select(columns)

    def batches(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows in order, about 16 MB at a time."""
        bytes_of = dict(zip(self.names, self.bytes_of_columns(), strict=False))
        a_row = sum(bytes_of.get(name, 0) for name in columns) / max(1, self.rows)
        rows = int(max(100, min(ROW_GROUP, BATCH_BYTES / max(1.0, a_row))))
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
