"""Looks at a typed table in bounded memory: an even sample, and a fingerprint of every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.data.loading import table_path
from tools.data.loading.stored import Stored

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

SAMPLE_ROWS = 20_000
MOST_ROWS = 2_000_000
GROUPS = 40  # parts of a big table that are looked at


def sample(attachment: str, columns: Sequence[str], rows: int = SAMPLE_ROWS) -> pl.DataFrame:
    """At most about `rows` rows, spread evenly over the table."""
    import polars as pl

    stored = Stored(table_path(attachment))
    chosen = sorted({round(step * (stored.groups - 1) / max(1, GROUPS - 1)) for step in range(GROUPS)})
    every = max(1, sum(stored.rows_of_group(group) for group in chosen) // rows)
    return pl.concat([stored.group(group, columns).gather_every(every) for group in chosen])


def fingerprints(attachment: str, columns: Sequence[str]) -> np.ndarray:
    """A 64-bit hash of each row over these columns, uint64 [rows]; of the first two million rows at most."""
    import numpy as np
    import polars as pl

    whole = pl.col(pl.Int64).cast(pl.Float64)  # 3 and 3.0 are the same, whichever type another file has
    hashes: list[np.ndarray] = []
    for batch in Stored(table_path(attachment)).batches(columns):
        hashes.append(batch.with_columns(whole).hash_rows(0).to_numpy())
        if sum(map(len, hashes)) >= MOST_ROWS:
            break
    return np.concatenate(hashes)[:MOST_ROWS]
