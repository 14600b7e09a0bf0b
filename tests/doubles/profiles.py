"""Profiles of made-up tables, for what only reads profiles."""

from __future__ import annotations

from tools.core.data import ColumnProfile, DataProfile, FileProfile

NO_DATA = DataProfile()


def category(name: str, counts: dict[str, int], target: float = 0.35) -> ColumnProfile:
    rows = sum(counts.values())
    return ColumnProfile(
        name=name,
        role="category",
        dtype="text",
        rows=rows,
        missing=0,
        unique=len(counts),
        candidate_target=target,
        examples=list(counts)[:5],
        top=list(counts.items()),
        mean_words=1.0,
    )


def number(name: str, unique: int = 400, target: float = 0.25) -> ColumnProfile:
    return ColumnProfile(
        name=name,
        role="number",
        dtype="number",
        rows=500,
        missing=0,
        unique=unique,
        candidate_target=target,
        minimum=0,
        maximum=9,
    )


def text(name: str, words: float) -> ColumnProfile:
    return ColumnProfile(
        name=name, role="text", dtype="text", rows=500, missing=0, unique=490, candidate_target=0.05, mean_words=words
    )


def months(name: str, rows: int = 120) -> ColumnProfile:
    ends = {"minimum": "2010-01-01", "maximum": "2019-12-01"}
    return ColumnProfile(name=name, role="date", dtype="datetime", rows=rows, missing=0, unique=rows, **ends)


def table(*columns: ColumnProfile, file: str = "data.csv") -> DataProfile:
    shown = FileProfile(attachment="a", file=file, role="train", format="csv", rows=500, columns=list(columns))
    return DataProfile(files=[shown])
