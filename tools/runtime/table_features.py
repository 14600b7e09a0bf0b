"""Typed columns to features, by a recipe that training wrote: dates taken apart, texts condensed, rare values counted.

Recipe: a list of steps, JSON. Fitted text condensers (scikit-learn pipelines) lie beside it, by column name.
    {"how": "number", "column"}                        the number itself
    {"how": "category", "column"}                      the value as it is
    {"how": "frequency", "column", "counts"}           how often the value occurred in training
    {"how": "code", "column"}                          "C85": the letters in front as a category, the digits as a number
    {"how": "date", "column", "parts", "origin"}       PARTS, and days since the origin
    {"how": "between", "columns"}                      days from one date to another
    {"how": "words", "column"}                         condensed text, its length in characters and in words
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .rows import to_text

DAY = np.timedelta64(1, "D")
LETTERS, DIGITS = re.compile(r"^[^\d\s]+"), re.compile(r"\d+")

PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": lambda when: when.astype("datetime64[Y]").astype(float) + 1970,
    "month": lambda when: when.astype("datetime64[M]").astype(float) % 12 + 1,
    "day": lambda when: (when.astype("datetime64[D]") - when.astype("datetime64[M]")) / DAY + 1,
    "weekday": lambda when: (when.astype("datetime64[D]").astype(float) + 3) % 7,  # Monday is 0
    "hour": lambda when: (when - when.astype("datetime64[D]")) / np.timedelta64(1, "h"),
}


@dataclass
class Table:
    """Features of n rows by name. numbers: float64 [n], NaN: missing. categories: object [n] of str, None: missing."""

    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    categories: dict[str, np.ndarray] = field(default_factory=dict)

    def number_matrix(self, names: Sequence[str]) -> np.ndarray:
        """float64 [n, len(names)]."""
        return np.column_stack([self.numbers[name] for name in names])

    def category_matrix(self, names: Sequence[str]) -> np.ndarray:
        """object [n, len(names)], "" where missing, so that missing is a value like others."""
        return np.array([as_texts(self.categories[name]) for name in names], dtype=object).T


def expand(columns: Mapping[str, np.ndarray], recipe: Sequence[Mapping[str, Any]], condensers: Mapping[str, Any]) -> Table:
    """The features that the recipe describes, for the columns that `rows.coerce` gave."""
    table = Table()
    for step in recipe:
        STEPS[step["how"]](table, columns, step, condensers)
    return table


def load_recipe(folder: Path) -> list[dict[str, Any]]:
    """The steps, as training wrote them."""
    recipe: list[dict[str, Any]] = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    return recipe


def load_condensers(folder: Path) -> dict[str, Any]:
    """Column name -> fitted text condenser, as training left them; empty where no text was condensed."""
    path = folder / "condensers.joblib"
    if not path.is_file():
        return {}
    import joblib

    condensers: dict[str, Any] = joblib.load(path)
    return condensers


def as_texts(values: np.ndarray) -> list[str]:
    """Plain strings, "" where missing."""
    return [value or "" for value in values]


def _number(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    table.numbers[step["column"]] = columns[step["column"]]


def _category(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    table.categories[step["column"]] = categories_of(columns[step["column"]])


def _frequency(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    counts, values = step["counts"], categories_of(columns[step["column"]])
    table.numbers[f"{step['column']}:frequency"] = np.array([counts.get(value, 0) for value in values], dtype=float)


def _code(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    name, texts = step["column"], as_texts(columns[step["column"]])
    letters = [found.group().lower() if (found := LETTERS.search(text)) else None for text in texts]
    digits = [float(found.group()[:15]) if (found := DIGITS.search(text)) else math.nan for text in texts]
    table.categories[f"{name}:letters"] = np.array([*letters, None], dtype=object)[:-1]
    table.numbers[f"{name}:digits"] = np.array(digits, dtype=float)


def _date(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    when = columns[step["column"]]
    missing = np.isnat(when)
    known = np.where(missing, np.datetime64("1970-01-01", "us"), when)
    for part in step["parts"]:
        table.numbers[f"{step['column']}:{part}"] = np.where(missing, np.nan, PARTS[part](known))
    elapsed = (known - np.datetime64(step["origin"], "us")) / DAY
    table.numbers[f"{step['column']}:elapsed"] = np.where(missing, np.nan, elapsed)


def _between(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    first, second = (columns[name] for name in step["columns"])
    days = (second - first) / DAY  # NaN where one is missing
    table.numbers[f"{step['columns'][0]}:to:{step['columns'][1]}"] = days


def _words(table: Table, columns: Mapping[str, np.ndarray], step: Mapping[str, Any], condensers: Mapping[str, Any]) -> None:
    name, texts = step["column"], as_texts(columns[step["column"]])
    table.numbers[f"{name}:length"] = np.array([len(text) for text in texts], dtype=float)
    table.numbers[f"{name}:words"] = np.array([len(text.split()) for text in texts], dtype=float)
    if name in condensers:
        condensed = condensers[name].transform(texts)
        for position in range(condensed.shape[1]):
            table.numbers[f"{name}:text{position}"] = condensed[:, position]


def categories_of(values: np.ndarray) -> np.ndarray:
    """object [n]: text as it is, numbers as text, None where missing."""
    if values.dtype == object:
        return values
    return np.array([*(to_text(value) for value in values), None], dtype=object)[:-1]


STEPS: dict[str, Callable[[Table, Mapping[str, np.ndarray], Mapping[str, Any], Mapping[str, Any]], None]] = {
    "number": _number,
    "category": _category,
    "frequency": _frequency,
    "code": _code,
    "date": _date,
    "between": _between,
    "words": _words,
}
