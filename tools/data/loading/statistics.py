"""What each column of a typed table holds, in numbers: missing, distinct, most frequent, smallest, largest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.core.data import ColumnProfile
from tools.data.loading.distinct import Distinct
from tools.data.loading.label_cells import label_cells
from tools.data.loading.roles import MADE_UP, candidate_target, role_of
from tools.data.loading.stored import Stored

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 128 * 1024**2  # bytes of a table that is read whole; a bigger one is read a column, or a part of a column, at a time
MANY_ROWS = 2_000_000
FEW_VALUES = 5_000
TOP = 100
COUNTED = 200_000
EXAMPLE = 120  # characters of an example; a longer one is cut


def columns_of(path: Path) -> list[ColumnProfile]:
    """Profiles of the columns of a typed Parquet, in bounded memory."""
    import polars as pl

    stored = Stored(path)
    sizes = stored.bytes_of_columns()
    whole = pl.read_parquet(path) if sum(sizes) <= AT_ONCE and stored.rows <= MANY_ROWS else None
    profiles = []
    for name, size in zip(stored.names, sizes, strict=True):
        if whole is not None:
            profile = _profile(whole[name], stored.rows)
        elif size <= AT_ONCE and stored.rows <= MANY_ROWS:
            profile = _profile(pl.read_parquet(path, columns=[name])[name], stored.rows)
        else:
            profile = _profile_in_parts(stored, name)
        profiles.append(profile)
    _give_roles(profiles)
    return profiles


def _give_roles(profiles: list[ColumnProfile]) -> None:
    made_up = {profile.name for profile in profiles if MADE_UP.fullmatch(profile.name)}
    for profile in profiles:
        nameless = profile.name in made_up and len(made_up) < 0.5 * len(profiles)
        profile.role = role_of(profile, nameless)
    for position, profile in enumerate(profiles):
        profile.candidate_target = candidate_target(profile, position, profiles)


def _profile_in_parts(stored: Stored, name: str) -> ColumnProfile:
    """A column too big to hold: examples from its first part, all counts from all of it."""
    import polars as pl

    missing, total, distinct, first = 0, 0.0, Distinct(), None
    counts: Counter[Any] | None = Counter()
    ends: list[Any] = []
    for frame in stored.batches([name]):
        series = frame.to_series()
        there = series.drop_nulls()
        missing += series.null_count()
        first = series if first is None or not first.len() - first.null_count() else first
        if not len(there):
            continue
        distinct.add(there.hash(0).to_numpy())
        if counts is not None:
            counts.update(dict(there.alias("value").value_counts(name="count").rows()))
            counts = counts if len(counts) <= FEW_VALUES else None
        if series.dtype != pl.String:
            ends = [min([there.min(), *ends[:1]]), max([there.max(), *ends[1:]])]
            total += float(there.sum()) if series.dtype.is_numeric() else 0.0
    assert first is not None
    profile = _profile(first, len(first))
    profile.rows, profile.missing = stored.rows, missing
    profile.unique = len(counts) if counts is not None else min(distinct.count(), stored.rows - missing)
    if counts:
        profile.top = [(_text(value)[:EXAMPLE], count) for value, count in counts.most_common(TOP)]
    if ends and profile.dtype == "datetime":
        profile.minimum, profile.maximum = (end.isoformat() for end in ends)
    elif ends:
        profile.minimum, profile.maximum, profile.mean = float(ends[0]), float(ends[1]), total / (stored.rows - missing)
    return profile


def _profile(series: pl.Series, rows: int) -> ColumnProfile:
    import polars as pl

    there = series.drop_nulls()
    unique = there.n_unique() if len(there) else 0
    profile = ColumnProfile(
        name=series.name, role="empty", dtype=_dtype(series), rows=rows, missing=series.null_count(), unique=unique
    )
    if not len(there):
        return profile
    counted = (
        there if unique <= COUNTED else there.head(COUNTED)
    )  # nearly all different: a count of each would only fill memory
    counts = counted.alias("value").value_counts(sort=True, name="count").head(TOP)
    values = [_text(value) for value in counts["value"]]
    profile.top = [(value[:EXAMPLE], count) for value, count in zip(values, counts["count"], strict=True)]
    profile.examples = [_text(value)[:EXAMPLE] for value in there.head(2000).unique(maintain_order=True).head(5)]
    if series.dtype.is_numeric():
        profile.minimum, profile.maximum, profile.mean = (float(x) for x in (there.min(), there.max(), there.mean()))  # type: ignore[arg-type]
    elif isinstance(series.dtype, pl.Datetime):
        profile.minimum, profile.maximum = (value.isoformat() for value in (there.min(), there.max()))  # type: ignore[union-attr]
    else:
        some = there if len(there) <= 20_000 else there.gather_every(len(there) // 20_000 + 1)
        profile.mean_words = round(float(some.str.count_matches(r"\S+").mean() or 0.0), 2)  # type: ignore[arg-type]
        if (held := label_cells(there)) is not None:
            profile.single_labels, profile.label_separator = held.labels, held.separator
    return profile


def _dtype(series: pl.Series) -> str:
    import polars as pl

    if isinstance(series.dtype, pl.Datetime):
        return "datetime"
    return "text" if series.dtype == pl.String else "integer" if series.dtype.is_integer() else "number"


def _text(value: object) -> str:
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value)
