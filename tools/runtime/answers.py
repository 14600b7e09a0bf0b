"""Answers beside the rows they belong to, as CSV or JSONL, written in chunks and moved into place when whole."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from .csv_layout import NOTHING
from .model import Model
from .records import InputError, Record, Table

CHUNK = 1000
ASKED_CHUNK = 200  # where a language model is asked: what is lost with it when the endpoint fails


def answer_columns(model: Model, probabilities: bool) -> list[str]:
    """Names of the columns that are added."""
    if model.labels:
        each = [f"probability:{label}" for label in model.labels] if probabilities else []
        return ["prediction", "probability", *each]
    return ["prediction", "low", "high"] if model.manifest.get("interval") else ["prediction"]


def predict_file(
    model: Model, table: Table, output: Path, probabilities: bool = False, problems: Counter[str] | None = None
) -> int:
    """Answer every row of the table into `output`. Gives the number of rows.

    problems: gets why rows have no answer, and how many; with it, a language model that fails after its first answers ends the
    asking, not the file: the rows that are left stay without an answer.
    """
    if output.exists() and output.samefile(table.path):
        raise InputError(
            f"Expected another file for the answers. Found the input itself: {output}. Choose another name after -o."
        )
    if not output.resolve().parent.is_dir():
        raise InputError(f"Expected a folder to write to. Found none at {output.parent}. Make it, or choose another after -o.")
    writer = _JsonAnswers if output.suffix.lower() in {".jsonl", ".ndjson", ".json"} else _CsvAnswers
    added = answer_columns(model, probabilities)
    unfinished = output.with_name(f".{output.name}.unfinished")
    encoding = _encoding(table, [*added, *model.labels]) if writer is _CsvAnswers else "utf-8"
    count, asked = 0, _Asked(model, probabilities, problems)
    try:
        with unfinished.open("w", encoding=encoding, newline="") as file:
            answers = writer(file, table, added)
            for chunk in table.chunks(ASKED_CHUNK if "language_model" in model.manifest else CHUNK):
                for record, answer in zip(chunk, asked.answers(chunk), strict=True):
                    answers.write(record, answer)
                count += len(chunk)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


class _Asked:
    """Answers chunk by chunk. failed: why no further row can be answered."""

    def __init__(self, model: Model, probabilities: bool, problems: Counter[str] | None) -> None:
        self.model, self.probabilities, self.problems = model, probabilities, problems
        self.failed: str | None = None
        self.begun = False

    def answers(self, chunk: Sequence[Record]) -> list[dict[str, Any]]:
        """A dict a row; empty where there is no answer."""
        found = self._found(chunk)
        if self.problems is not None:
            self.problems.update(one["problem"] for one in found if "problem" in one)
        return [{name: value for name, value in one.items() if name != "problem"} for one in found]

    def _found(self, chunk: Sequence[Record]) -> list[dict[str, Any]]:
        if self.failed is None:
            try:
                found = self.model.predict([record.inputs for record in chunk], probabilities=self.probabilities)
            except RuntimeError as error:  # nothing can be asked any more
                if self.problems is None or not self.begun:
                    raise
                self.failed = str(error)
            else:
                self.begun = True
                return found
        return [{"prediction": None, "problem": self.failed} for _ in chunk]


def _encoding(table: Table, words: list[str]) -> str:
    """The input's own encoding, or UTF-8 where it lacks a letter of a label."""
    try:
        "".join(words).encode(table.encoding)
    except UnicodeEncodeError:
        return "utf-8-sig"
    return table.encoding if table.layout else "utf-8"


def _kept(columns: Sequence[str], added: list[str]) -> list[str]:
    """The input's columns; one that is called like an answer keeps its values under another name."""
    taken = {*columns, *added}
    kept = []
    for name in columns:
        while name in added:
            name = f"{name} (input)"
            if name in taken:
                name = f"{name}'"
        kept.append(name)
    return kept


class _CsvAnswers:
    def __init__(self, file: TextIO, table: Table, added: list[str]) -> None:
        self.table, self.added = table, added
        delimiter = table.layout.delimiter if table.layout and table.layout.delimiter != NOTHING else ","
        self.writer = csv.writer(file, delimiter=delimiter, lineterminator=table.layout.newline if table.layout else "\n")
        self.writer.writerow(_kept(table.columns, added) + added)

    def write(self, record: Record, answer: dict[str, Any]) -> None:
        cells = record.cells
        if isinstance(cells, dict):
            cells = [_text(cells.get(name)) for name in self.table.columns]
        self.writer.writerow([*cells, *(_text(answer.get(name)) for name in self.added)])


class _JsonAnswers:
    def __init__(self, file: TextIO, table: Table, added: list[str]) -> None:
        self.file, self.kept = file, dict(zip(table.columns, _kept(table.columns, added), strict=True))
        self.names = list(self.kept.values())

    def write(self, record: Record, answer: dict[str, Any]) -> None:
        cells = record.cells
        if isinstance(cells, dict):
            row = {self.kept[name]: value for name, value in cells.items()}
        else:
            row = dict(zip(self.names, cells, strict=True))
        self.file.write(json.dumps({**row, **answer}, ensure_ascii=False) + "\n")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
