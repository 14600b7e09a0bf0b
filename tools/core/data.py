"""What the person showed and what was found in it: attachments, profiles, problems, the split."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tools.core.task import Model

ColumnRole = Literal["text", "category", "number", "date", "id", "constant", "empty"]
FileRole = Literal["train", "validation", "test", "unlabelled", "images", "annotations", "database", "other"]
FileFormat = Literal["csv", "jsonl", "json", "parquet", "xlsx", "images", "annotations", "sqlite", "text", "other"]
WarningCode = Literal[
    "leakage", "duplicates", "conflicting-labels", "id-column", "too-few-rows", "imbalance", "missing-target",
    "personal-data", "no-test-labels", "no-labels", "mixed-types", "constant-column", "encoding-repaired",
    "header-repaired", "number-format", "rows-dropped",
]  # fmt: skip


class Attachment(Model):
    """A file or folder that the person gave, copied to `HOME/data/<id>/`. id: sha256 of its content (hex)."""

    id: str
    name: str
    bytes: int


class Repair(Model):
    """One thing that was changed or assumed while reading a file. code: a WarningCode where one fits."""

    code: str
    message: str


class Problem(Model):
    """Something a person should know before money is spent. evidence: numbers, rows or values that can be checked."""

    code: WarningCode
    message: str
    evidence: str


class ColumnProfile(Model):
    """One column. examples: up to 5 distinct values as text. top: the most frequent values with their counts (up to 100).

    candidate_target: how plausible it is that somebody wants to predict this column, 0..1.
    single_labels: the labels with their rows where each cell holds several (up to 500); label_separator: what parts them (None:
    the cells are lists).
    mean_words: for text. minimum/maximum/mean: for numbers; for dates minimum and maximum as ISO text.
    """

    name: str
    role: ColumnRole
    dtype: str
    rows: int
    missing: int
    unique: int
    candidate_target: float = 0.0
    examples: list[str] = Field(default_factory=list)
    top: list[tuple[str, int]] = Field(default_factory=list)
    single_labels: list[tuple[str, int]] = Field(default_factory=list)
    label_separator: str | None = None
    mean_words: float | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None


class FileProfile(Model):
    """What was made of one file. header_row: 0-based row of the header, None where there is none.

    facts: what else was seen: sheets of a workbook, class folders of images with counts, tables of a database.
    """

    attachment: str
    file: str
    role: FileRole
    format: FileFormat
    rows: int | None = None
    columns: list[ColumnProfile] = Field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    repairs: list[Repair] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


class DataProfile(Model):
    """Everything known of the person's data, before (target None) or after the target is known."""

    files: list[FileProfile] = Field(default_factory=list)
    problems: list[Problem] = Field(default_factory=list)

    def with_role(self, role: FileRole) -> FileProfile | None:
        """The first file with that role, or None."""
        return next((file for file in self.files if file.role == role), None)


class SeriesForm(Model):
    """What series a table holds, and how they are stepped through: found once from the rows (`tools/data/series.py`).

    series_columns: their values together name a series; empty where there is one, or where a wide table has a column a series.
    value_columns: of a wide table, the columns that are series; empty for a long one, whose numbers stand in the target.
    frequency: a pandas offset alias (`h`, `MS`, `W-SUN`, `B` ...); None where time is counted in whole numbers.
    step: how many of these from one point to the next. seasons: lengths in steps that repeat, the most telling first.
    known: covariates whose future is given (`--future`); past: covariates known only until now; static: constant in a series.
    time_parts: where the time stands in several columns, part -> column (parts: `date clock year quarter month week day hour
    minute second`); time_column is then the first of these columns, and empty parts mean that it holds the whole time.
    offset: seconds by which the person's times lie after the start of their step; None: anywhere in it (they are gathered).
    formats: column -> how the person's file writes it (keys as in `tools/runtime/rows.py` and `moments.py`), for reading raw
    cells and for writing times back.
    count: series; shortest, median_length, longest: their points before the locked window.
    """

    time_column: str
    series_columns: list[str] = Field(default_factory=list)
    value_columns: list[str] = Field(default_factory=list)
    target: str | None = None
    frequency: str | None = None
    step: int = 1
    seasons: list[int] = Field(default_factory=list)
    horizon: int = 1
    known: list[str] = Field(default_factory=list)
    past: list[str] = Field(default_factory=list)
    static: list[str] = Field(default_factory=list)
    time_parts: dict[str, str] = Field(default_factory=dict)
    offset: float | None = 0.0
    formats: dict[str, dict[str, Any]] = Field(default_factory=dict)
    count: int = 1
    shortest: int = 0
    median_length: int = 0
    longest: int = 0

    @property
    def season(self) -> int:
        """The season that a seasonal naive forecast repeats, and by which errors are scaled; 1 where nothing repeats."""
        return self.seasons[0] if self.seasons else 1


class Split(Model):
    """Row ids (0-based, into the training table as loaded; of the test file where one was given), fixed once per task.

    folds: validation row ids of each fold where validation is cross-validation; then `validation` equals `train`'s union.
    windows: forecasting: the row ids of each rolling validation window, the earliest first. What comes before a window in its
    series is what its forecasts may know; `train` is all that comes before the locked window, `validation` the windows' union.
    test_source: "held-out" rows of the training file, or the "test-file". data_hash: sha256 over inputs, target and ids.
    """

    train: list[int]
    validation: list[int]
    folds: list[list[int]] | None = None
    windows: list[list[int]] | None = None
    test: list[int]
    test_source: Literal["held-out", "test-file", "none"]
    how: str
    seed: int = 0
    data_hash: str
