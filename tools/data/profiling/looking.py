"""Looks at a typed table in bounded memory: an even sample, and a fingerprint of every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.data.loading import table_path

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

SAMPLE_ROWS = 20_000
GROUPS = 40  # parts of a big table that are looked at


def sample(attachment: str, columns: Sequence[str], rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """At most about `rows` rows, spread evenly over the table."""
    import polars as pl
    from pyarrow import parquet

    file = parquet.ParquetFile(table_path(attachment))
    groups = file.metadata.num_row_groups
    chosen = sorted({round(step * (groups - 1) / max(1, GROUPS - 1)) for step in range(GROUPS)})
    total = sum(file.metadata.row_group(group).num_rows for group in chosen)
    every = max(1, total // rows)
    found = []
    for group in chosen:
        frame = pl.from_arrow(file.read_row_group(group, columns=list(columns)))
        assert isinstance(frame, pl.DataFrame)
        found.append(frame.gather_every(every).select(columns) if every > 1 else frame.select(columns))
    return pl.concat(found)


def fingerprints(attachment: str, columns: Sequence[str]) -> np.ndarray:
    """A 64-bit hash of each row over these columns, uint64 [rows]."""
    import numpy as np
    import polars as pl
    from pyarrow import parquet

    hashes = []
    for batch in parquet.ParquetFile(table_path(attachment)).iter_batches(batch_size=50_000, columns=list(columns)):
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        frame = frame.select(columns).with_columns(pl.col(pl.Int64).cast(pl.Float64))
        hashes.append(frame.hash_rows(0).to_numpy())
    return np.concatenate(hashes)
