"""Which columns name the series of a long table: with them, and hardly without one of them, each time occurs once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools.core.data import ColumnProfile, FileProfile
from tools.data.loading import read
from tools.data.loading.roles import is_id_name
from tools.data.timing import Timing

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

EVEN = 0.95  # share of the gaps that are nearly as long as the middle one, where times are evenly spaced
REPEATED = 0.02  # share of rows that may share series and time with another: then they are copies
MOST_IDS = 4
FEWEST_POINTS = 3  # mean rows of a series; fewer are no series
MOST_TRIED = 30
ROWS = 300_000  # of a longer table, about so many
FEWEST_TIMES = 2  # of them, where very many rows share each


def ids_of(file: FileProfile, timing: Timing, answers: Sequence[str], named: Sequence[str] = ()) -> list[str]:
    """The id columns, in the order of the table; empty where the table is one series, or where no columns part it.

    answers: columns that are forecast, never ids. named: columns that the person spoke of as ids; tried first.
    """
    tried = [column for column in file.columns if column.name in named or _can_name(column, timing, answers)]
    tried = sorted(tried, key=lambda column: (column.name not in named, _rank(column)))[:MOST_TRIED]
    times = timing.columns
    whole = read(file.attachment, [*times, *(column.name for column in tried)]).drop_nulls(times)
    table = _sample(whole, times)
    if not table.height:
        return []
    if _repeated(table, times) <= REPEATED:
        return _by_turns(whole, timing, [column.name for column in tried if column.name in named or _named_like_id(column)])
    every = [column for column in tried if column.dtype == "text" or column.name in named or _named_like_id(column)]
    for some in (every, tried):
        found = _chosen(table, times, some)
        if len(found) == 1 or (found and _long_enough(whole, found)):
            return found
    return []


def longest(attachment: str, ids: Sequence[str]) -> int:
    """Rows of the series that has most of them."""
    import polars as pl

    if not ids:
        return read(attachment, None).height
    return int(read(attachment, list(ids)).group_by(list(ids)).len().select(pl.col("len").max()).item())


def _sample(table: pl.DataFrame, times: Sequence[str]) -> pl.DataFrame:
    """All rows of some times. The first rows of a table that is sorted by series may be one series, and rows drawn alone
    would hardly share a time. The times are drawn by chance: every third one may be those of one series among three.
    """
    if table.height <= ROWS:
        return table
    distinct = table.select(times).unique().sort(times)
    count = max(FEWEST_TIMES, distinct.height * ROWS // table.height)
    return table.join(distinct.sample(min(count, distinct.height), seed=0), on=list(times), how="semi")


def _by_turns(table: pl.DataFrame, timing: Timing, tried: Sequence[str]) -> list[str]:
    """The id of series that never share a time: each has its rows evenly spaced, and all of them together have not.

    Only of columns that are called ids: the days of the week part the days of an office as evenly.
    """
    from tools.data.long_tables import series_numbers, time_values

    if not tried:
        return []
    rows = table.select(*timing.columns, *tried).to_pandas()
    times, there = time_values(rows, timing)
    stamps = times[there].astype("int64")
    if _even(series_numbers(rows, [])[there], stamps) >= EVEN:
        return []
    return next(([name] for name in tried if _even(series_numbers(rows, [name])[there], stamps) >= EVEN), [])


def _even(codes: np.ndarray, stamps: np.ndarray) -> float:
    import numpy as np

    order = np.lexsort((stamps, codes))
    gaps = np.diff(stamps[order])[np.diff(codes[order]) == 0]
    return float(np.mean(np.abs(gaps - np.median(gaps)) <= 0.1 * np.median(gaps))) if len(gaps) else 0.0


def _can_name(column: ColumnProfile, timing: Timing, answers: Sequence[str]) -> bool:
    if column.name in timing.columns or column.name in answers or column.role in ("empty", "constant", "date"):
        return False
    there = column.rows - column.missing
    few = 2 <= column.unique <= there / FEWEST_POINTS and column.missing <= 0.05 * column.rows
    return few and (column.dtype in ("text", "integer"))


def _named_like_id(column: ColumnProfile) -> bool:
    return is_id_name(column.name) or column.role == "id"


def _rank(column: ColumnProfile) -> tuple[int, int]:
    """Names of ids first, then texts, then whole numbers; of each, those that part the table least."""
    kind = 0 if _named_like_id(column) else 1 if column.dtype == "text" else 2
    return kind, column.unique


def _chosen(table: pl.DataFrame, times: Sequence[str], tried: Sequence[ColumnProfile]) -> list[str]:
    """The fewest columns after which hardly any row shares its series and time with another; empty where none do."""
    alone = [column.name for column in tried if _repeated(table, [*times, column.name]) <= REPEATED]
    if alone:
        return alone[:1]
    chosen: list[str] = []
    left = _repeated(table, times)
    while len(chosen) < MOST_IDS:
        rest = [column.name for column in tried if column.name not in chosen]
        shares = {name: _repeated(table, [*times, *chosen, name]) for name in rest}
        best = min(shares, key=lambda name: shares[name], default=None)
        if best is None or shares[best] >= left:
            break
        chosen.append(best)
        left = shares[best]
        if left <= REPEATED:
            needed = [name for name in chosen if _repeated(table, [*times, *(n for n in chosen if n != name)]) > REPEATED]
            return _ordered(needed, table)
    return []


def _ordered(names: list[str], table: pl.DataFrame) -> list[str]:
    return [name for name in table.columns if name in names]


def _long_enough(table: pl.DataFrame, names: list[str]) -> bool:
    return table.height / max(1, table.select(names).n_unique()) >= FEWEST_POINTS


def _repeated(table: pl.DataFrame, names: Sequence[str]) -> float:
    """Share of the rows that repeat an earlier one in these columns."""
    return 1.0 - table.select(names).n_unique() / table.height
