"""Tables of one folder or zip that are pieces of one table (a file a month) become that table."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.data import FileProfile, Repair
from tools.data.attaching import attach, disk_trouble_explained
from tools.data.loading.roles import named_role
from tools.data.loading.stored import Stored, Writer

if TYPE_CHECKING:
    import polars as pl


def are_pieces(files: Sequence[FileProfile]) -> bool:
    """Same columns in all of them, and no name that sets one apart as training, test or new rows."""
    columns = [column.name for column in files[0].columns]
    same = all([column.name for column in file.columns] == columns for file in files)
    return len(files) > 1 and len(columns) > 0 and same and not any(named_role(file.file) for file in files)


def join(files: Sequence[FileProfile], tables: Sequence[Path], name: str) -> tuple[str, Repair]:
    """Write the pieces below each other, attach the result under `name`, and say so. Memory: a batch at a time."""
    with disk_trouble_explained(f"joining the tables of {name}"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem}.parquet"
        writer = Writer(path)
        try:
            kinds = _kinds(tables)
            for table in tables:
                stored = Stored(table)
                for batch in stored.batches(stored.names):
                    writer.add(batch.cast(kinds))  # type: ignore[arg-type]
        finally:
            writer.close()
        id = attach(path).id
    names = ", ".join(file.file for file in files[:4]) + (f" and {len(files) - 4} more" if len(files) > 4 else "")
    return id, Repair(
        code="files-joined", message=f"{len(files)} tables with the same columns were put below each other: {names}."
    )


def _kinds(tables: Sequence[Path]) -> dict[str, pl.DataType]:
    """The type of each column that can hold the values of all pieces."""
    import polars as pl

    schemas = [pl.read_parquet_schema(table) for table in tables]
    kinds: dict[str, pl.DataType] = {}
    for name in schemas[0]:
        found = [schema[name] for schema in schemas]
        numbers = all(kind.is_numeric() for kind in found)
        kinds[name] = found[0] if len(set(found)) == 1 else pl.Float64() if numbers else pl.String()
    return kinds
