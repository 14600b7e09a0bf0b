"""What a good analyst does with a table before any model sees it: writes the recipe that `runtime/table_features.py` follows.

Nothing here looks at the target, so that a recipe may be made from all rows that are not locked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches.base import FitJob
from tools.core.errors import DataError
from tools.runtime.rows import coerce_column, to_number, to_text
from tools.runtime.table_features import PARTS, Table, as_texts, categories_of, expand

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

WRITTEN = ("missing_tokens", "quotes", "decimal", "thousands", "strip", "date_format", "zone")  # see runtime/rows.py
NUMERIC_SHARE = 0.9  # of the known values of a text column must read as numbers for it to be one
MANY_VALUES = 50  # from here on how often a value occurs is worth knowing beside the value
CATEGORY_SHARE = 0.3  # a column whose distinct values are fewer than this share of the known ones is a category
LONG_TEXT_WORDS = 4.0
TYPING_ROWS = 20_000  # spread over the table, they tell whether a column's texts are numbers
CONDENSED_ROWS = 50_000  # spread over the table, they tell which words are worth knowing
MIN_TEXTS = 50  # fewer known texts cannot be condensed into anything that generalises
SHORT_COMPONENTS, LONG_COMPONENTS = 12, 48


@dataclass
class Features:
    """The recipe and the features of the rows it was made from. schema: the manifest's `inputs`."""

    schema: list[dict[str, Any]]
    recipe: list[dict[str, Any]] = field(default_factory=list)
    condensers: dict[str, Any] = field(default_factory=dict)
    table: Table = field(default_factory=Table)

    def of(self, inputs: pd.DataFrame) -> Table:
        """Features of other rows."""
        return expand(columns_of(inputs, self.schema), self.recipe, self.condensers)

    def save(self, folder: Path) -> None:
        """Write recipe.json and, where texts were condensed, condensers.joblib."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.json").write_text(json.dumps(self.recipe, ensure_ascii=False), encoding="utf-8")
        if self.condensers:
            import joblib

            joblib.dump(self.condensers, folder / "condensers.joblib", compress=3)


def schema_of(job: FitJob) -> list[dict[str, Any]]:
    """The manifest's `inputs`: name, role, type, and how numbers and dates are written in the person's file."""
    schema = []
    for name in job.task.inputs:
        role = job.column_roles.get(name, "")
        written = {key: value for key, value in job.column_formats.get(name, {}).items() if key in WRITTEN and value}
        schema.append({**written, "name": name, "role": role, "type": _type_of(job.train.inputs[name], role)})
    return schema


def columns_of(inputs: pd.DataFrame, schema: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Typed columns of a frame, by the very code that the prototype runs; what is typed already goes a shorter way."""
    return {column["name"]: _column_of(inputs[column["name"]], column) for column in schema}


def _column_of(values: pd.Series, column: Mapping[str, Any]) -> np.ndarray:
    import numpy as np

    if column["type"] == "number" and values.dtype.kind in "iuf":
        numbers = values.to_numpy(dtype=float)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    if column["type"] == "date" and values.dtype.kind == "M" and getattr(values.dtype, "tz", None) is None:
        return values.to_numpy().astype("datetime64[us]")
    return coerce_column(values.tolist(), column)


def make_features(inputs: pd.DataFrame, schema: list[dict[str, Any]], seed: int) -> Features:
    """Decide on the recipe from these rows, and apply it to them. Raises DataError where no column tells rows apart."""
    columns = columns_of(inputs, schema)
    features = Features(schema)
    for column in schema:
        features.recipe += _steps(column, columns[column["name"]])
    dates = [step["column"] for step in features.recipe if step["how"] == "date"]
    features.recipe += [{"how": "between", "columns": list(pair)} for pair in pairwise(dates)]
    for step in features.recipe:
        if step["how"] == "words":
            condenser = _condenser(as_texts(columns[step["column"]]), seed)
            if condenser is not None:
                features.condensers[step["column"]] = condenser
    if not features.recipe:
        raise DataError(
            code="no-usable-inputs",
            expected="at least one input column that differs between rows and is no id",
            found=f"none among {[column['name'] for column in schema][:10]}",
            remedy="Give a file with columns that could explain the target.",
        )
    features.table = expand(columns, features.recipe, features.condensers)
    for step in features.recipe:  # a row of these must not count itself, as a new row will not be counted
        if step["how"] == "frequency":
            counted = features.table.numbers[f"{step['column']}:frequency"]
            features.table.numbers[f"{step['column']}:frequency"] = (counted - 1).clip(min=0)
    return features


def _type_of(values: pd.Series, role: str) -> str:
    kind = values.dtype.kind
    if kind == "b":
        return "flag"
    if kind in "iuf":
        return "number"
    if kind == "M" or role == "date":
        return "date"
    some = values.iloc[:: max(1, len(values) // TYPING_ROWS)].tolist()
    known = [text for value in some if (text := to_text(value)) is not None]
    if known and {text.lower() for text in known} <= {"true", "false"}:
        return "flag"
    return "number" if known and role not in ("id", "text") and _are_numbers(known) else "text"


def _are_numbers(known: Iterable[str]) -> bool:
    """A code with leading zeros is no number."""
    texts = list(known)
    zeros = sum(len(text) > 1 and text[0] == "0" and text.isdigit() for text in texts)
    numbers = sum(to_number(text) == to_number(text) for text in texts)  # NaN differs from itself
    return not zeros and numbers >= NUMERIC_SHARE * len(texts)


def _steps(column: Mapping[str, Any], values: np.ndarray) -> list[dict[str, Any]]:
    """The steps for one column; none where it cannot help (an id, a constant)."""
    name, role, kind = column["name"], column["role"], column["type"]
    known = [value for value in categories_of(values).tolist() if value is not None] if kind != "date" else []
    distinct = len(set(known)) if kind != "date" else len(set(values.tolist()) - {None})
    varies = distinct > 1 or (distinct == 1 and len(known) < len(values) and kind != "date")
    if role in ("id", "empty") or not varies:
        return []
    if kind == "date":
        return [_date_step(name, values)]
    if kind in ("number", "flag"):
        extra = role == "category" and distinct > MANY_VALUES  # a numbered place or product
        return [{"how": "number", "column": name}, *(_category_steps(name, known) if extra else [])]
    words = sum(len(text.split()) for text in known) / len(known)
    if role == "category" or distinct <= 20 or (distinct < CATEGORY_SHARE * len(known) and words < LONG_TEXT_WORDS):
        return _category_steps(name, known)
    if role == "text" and words >= LONG_TEXT_WORDS:
        return [{"how": "words", "column": name}]
    return _name_steps(name, known)


def _category_steps(name: str, known: Sequence[str]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [{"how": "category", "column": name}]
    if len(set(known)) > MANY_VALUES:
        steps += _name_steps(name, known)
    return steps


def _name_steps(name: str, known: Sequence[str]) -> list[dict[str, Any]]:
    """Names and codes, nearly one a row: how often, how long, which words, and letters and digits of codes."""
    counts = Counter(known)
    steps: list[dict[str, Any]] = [{"how": "words", "column": name}]
    if len(counts) < len(known):
        repeated = {value: count for value, count in counts.items() if count > 1}
        once = dict.fromkeys((value for value, count in counts.items() if count == 1), 1)
        steps.append({"how": "frequency", "column": name, "counts": {**repeated, **once}})
    if sum(any(mark.isdigit() for mark in text) for text in known) > len(known) / 2:
        steps.append({"how": "code", "column": name})
    return steps


def _date_step(name: str, values: np.ndarray) -> dict[str, Any]:
    import numpy as np

    known = values[~np.isnat(values)]
    parts = [part for part, compute in PARTS.items() if len(np.unique(compute(known))) > 1]
    return {"how": "date", "column": name, "parts": parts, "origin": str(known.min())}


def _condenser(texts: Sequence[str], seed: int) -> Any:
    """Fitted TF-IDF and SVD, or None where the texts share too little."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    texts = texts[:: max(1, len(texts) // CONDENSED_ROWS)]
    known = [text for text in texts if text]
    if len(known) < MIN_TEXTS:
        return None
    long = sum(len(text.split()) for text in known) / len(known) >= LONG_TEXT_WORDS * 2
    vectorizer = TfidfVectorizer(
        token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2) if long else (1, 1), min_df=3, max_features=20_000, sublinear_tf=True
    )
    try:
        found = vectorizer.fit(texts)
    except ValueError:  # no word occurs three times
        return None
    components = min(LONG_COMPONENTS if long else SHORT_COMPONENTS, len(found.vocabulary_) - 1, len(known) // 10)
    if components < 1:
        return None
    return make_pipeline(vectorizer, TruncatedSVD(components, random_state=seed)).fit(texts)
