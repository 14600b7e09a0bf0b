"""What the shown data makes plausible: one view of a DataProfile for the rest of the understanding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tools.core.data import ColumnProfile, DataProfile, FileProfile
from tools.runtime import label_sets

FREE_TEXT_WORDS = 2.5  # a column with this many words a cell is written by people, not picked from a list
MOST_CLASSES = 200
FEW_VALUES = 12  # a number with at most this many values may stand for classes or marks
TIME_NAMES = re.compile(
    r"^(t|ds|date|datetime|time|timestamp|year|month|day|week|quarter|hour|period|step|no|nr|datum|zeit|jahr|monat|tag|woche|"
    r"stunde|fecha|hora|mes|ano|año|semana|annee|année|mois|jour|heure|semaine|.*(date|time|datum|fecha|zeit))$",
    re.I,
)
LABEL_NAMES = re.compile(
    r"(^|[._\s-])(label|labels|target|class|klasse|clase|classe|category|kategorie|categoria|categorie|y|outcome|intent|topic|tag|"
    r"tags|etiqueta|etiquette|sentiment|gold|answer|result|type|typ|tipo)$",
    re.I,
)
SERIES_NAMES = re.compile(
    r"(^|_)(unique_id|series|item|store|shop|line|sku|region|sensor|station|site|id|filiale|produkt|product|tienda|magasin)(_id)?$",
    re.I,
)


@dataclass
class Shown:
    """table: the file that examples come from, None where there is none; its columns by use, and facts beside it.

    flags: columns of yes and no beside a text, where the table holds little else: each may be a label that a text has or not.
    """

    files: list[FileProfile] = field(default_factory=list)
    table: FileProfile | None = None
    texts: list[ColumnProfile] = field(default_factory=list)
    times: list[ColumnProfile] = field(default_factory=list)
    numbers: list[ColumnProfile] = field(default_factory=list)
    categories: list[ColumnProfile] = field(default_factory=list)
    lists: list[ColumnProfile] = field(default_factory=list)
    queries: list[ColumnProfile] = field(default_factory=list)
    flags: list[ColumnProfile] = field(default_factory=list)
    class_folders: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    masks: bool = False
    images: bool = False
    database: bool = False
    documents: bool = False

    @property
    def columns(self) -> list[ColumnProfile]:
        """All columns of the table."""
        return self.table.columns if self.table else []

    def column(self, name: str | None) -> ColumnProfile | None:
        """A column of the table by its exact name."""
        return self.table.column(name) if self.table and name else None

    @staticmethod
    def is_read(file: FileProfile) -> bool:
        """Whether the file is a table whose rows can be read (a profile alone may be made up)."""
        return bool(file.facts.get("columns_schema"))

    @property
    def anything(self) -> bool:
        """Whether any file was shown."""
        return bool(self.files)


def look(profile: DataProfile) -> Shown:
    """The view of a profile."""
    shown = Shown(files=profile.files)
    for file in profile.files:
        _add_facts(shown, file)
    tables = [file for file in profile.files if file.columns and file.format not in ("images", "annotations", "sqlite")]
    order = {"train": 0, "other": 2, "unlabelled": 1, "validation": 3, "test": 4}
    shown.table = min(tables, key=lambda file: order.get(file.role, 5)) if tables else None
    for column in shown.columns:
        _add_column(shown, column)
    if shown.table is not None and not shown.times:
        _add_written_times(shown, shown.table)
    shown.flags = _flags(shown)
    return shown


def _add_facts(shown: Shown, file: FileProfile) -> None:
    facts = file.facts
    shown.images |= file.format == "images" or file.role == "images"
    shown.database |= file.format == "sqlite" or file.role == "database"
    shown.documents |= file.format == "text"
    shown.masks |= bool(facts.get("pairs") or facts.get("masks"))
    boxes = facts.get("boxes") or (facts.get("annotations") or {}).get("boxes") or {}
    shown.boxes += [str(name) for name in boxes if str(name) not in shown.boxes]
    shown.class_folders += [str(name) for name in facts.get("classes") or {} if str(name) not in shown.class_folders]


def _add_column(shown: Shown, column: ColumnProfile) -> None:
    examples = [example.strip() for example in column.examples]
    if column.single_labels:
        shown.categories.append(column)
    elif examples and sum(example.startswith(("[", "{")) for example in examples) >= 0.8 * len(examples):
        shown.lists.append(column)
    elif examples and sum(bool(re.match(r"(?i)\s*select\b.+\bfrom\b", example)) for example in examples) >= 0.8 * len(examples):
        shown.queries.append(column)
    elif column.role == "text" or (
        column.role == "category" and (column.mean_words or 0) >= FREE_TEXT_WORDS and column.unique > MOST_CLASSES
    ):
        shown.texts.append(column)
    elif column.role == "date" or (column.role in ("number", "id") and TIME_NAMES.match(column.name)):
        shown.times.append(column)
    elif column.role == "number":
        shown.numbers.append(column)
    elif column.role == "category":
        shown.categories.append(column)


def _add_written_times(shown: Shown, table: FileProfile) -> None:
    """Times that are no plain dates (2020Q1, 20240131) leave the other uses."""
    from tools.data.timing import timing_of

    timing = timing_of(table, None)
    if timing is None:
        return
    shown.times += [column for column in table.columns if column.name in timing.columns]
    for use in (shown.texts, shown.numbers, shown.categories):
        use[:] = [column for column in use if column not in shown.times]


def _flags(shown: Shown) -> list[ColumnProfile]:
    """The columns of yes and no, if the table is a text and these, and hardly anything else."""
    found = [column for column in (*shown.numbers, *shown.categories) if _is_flag(column)]
    others = len(shown.numbers) + len(shown.categories) - len(found)
    written = any((text.mean_words or 0.0) >= FREE_TEXT_WORDS for text in shown.texts)
    return found if written and len(found) >= 2 and others <= 0.25 * len(found) else []


def _is_flag(column: ColumnProfile) -> bool:
    values = {value.strip().casefold() for value, _ in column.top}
    return len(values) == 2 and len(values & label_sets.YES) == 1 and len(values & label_sets.NO) == 1


def can_be_classes(column: ColumnProfile) -> bool:
    """Whether a column's values can be the classes of a classification."""
    if column.role == "category":
        return 2 <= column.unique <= max(2, min(MOST_CLASSES, (column.rows - column.missing) // 2))
    return column.role == "number" and 2 <= column.unique <= FEW_VALUES


def can_be_numbers(column: ColumnProfile) -> bool:
    """Whether a column can be the target of a regression."""
    return (column.role == "number" and column.unique > 2) or (column.role == "id" and column.dtype in ("integer", "number"))
