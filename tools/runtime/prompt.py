"""What is asked: the files of a prompt and the examples that are like a row, put together to the messages of one question.

    prompt/system.md      what the model is told: the job, the labels, how to answer
    prompt/question.md    the row, between marks; with {{ examples }} where examples are shown
    prompt/example.md     one example
    examples.jsonl        {"text", "answer"} a line, where examples are shown

They are plain text: whoever edits them changes the prototype. A row is data: it stands between marks that do not occur in it,
so that nothing in a cell can end the row and speak as the prompt.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .neighbours import Neighbours
from .rows import coerce
from .text_rows import joined

VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
SPACE = re.compile(r"\s+")
ROW_CHARACTERS = 6000  # of a row are asked about: its beginning and its end
EXAMPLE_CHARACTERS = 800  # of an example are shown
MARK_DIGITS = 6

Messages = list[dict[str, str]]


class Prompt:
    """One way to ask. files: `system`, `question` and `example`; count: how many examples are shown; neighbours: of them."""

    def __init__(self, files: Mapping[str, str], count: int = 0, neighbours: Neighbours | None = None) -> None:
        self.files, self.count, self.neighbours = dict(files), count, neighbours

    @classmethod
    def read(cls, folder: Path, count: int) -> Prompt:
        """From a model folder. Raises FileNotFoundError where a file is missing."""
        files = {
            name: (folder / "prompt" / f"{name}.md").read_text(encoding="utf-8") for name in ("system", "question", "example")
        }
        if not count:
            return cls(files)
        with (folder / "examples.jsonl").open(encoding="utf-8") as lines:
            examples = [json.loads(line) for line in lines if line.strip()]
        return cls(files, count, Neighbours([one["text"] for one in examples], [one["answer"] for one in examples]))

    def write(self, folder: Path) -> None:
        """As `read` reads it."""
        (folder / "prompt").mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / "prompt" / f"{name}.md").write_text(text, encoding="utf-8")
        if self.neighbours is not None and self.count:
            pairs = zip(self.neighbours.texts, self.neighbours.answers, strict=True)
            lines = [json.dumps({"text": text, "answer": answer}, ensure_ascii=False) + "\n" for text, answer in pairs]
            (folder / "examples.jsonl").write_text("".join(lines), encoding="utf-8")

    def messages(self, texts: Sequence[str], barred: Sequence[np.ndarray] | None = None) -> list[Messages]:
        """The messages of a question for each text. barred: see `Neighbours.nearest`."""
        known = self.neighbours
        near = known.nearest(texts, self.count, barred) if known and self.count else [[] for _ in texts]
        shown = [[(known.texts[at], known.answers[at]) for at in one] if known else [] for one in near]
        return [self.put(text, examples) for text, examples in zip(texts, shown, strict=True)]

    def put(self, text: str, examples: Sequence[tuple[str, str]] = ()) -> Messages:
        """The messages of one question. examples: (text, answer), in the order in which they are shown."""
        row, cut = shortened(text, ROW_CHARACTERS), [(shortened(one, EXAMPLE_CHARACTERS), answer) for one, answer in examples]
        mark = mark_for([row, *(part for pair in cut for part in pair)])
        told = "\n\n".join(fill(self.files["example"], mark=mark, row=one, answer=answer) for one, answer in cut)
        question = fill(self.files["question"], mark=mark, row=row, examples=told)
        return [{"role": "system", "content": self.files["system"].strip()}, {"role": "user", "content": question.strip()}]


def fill(template: str, **values: str) -> str:
    """The template with its variables filled in, in one pass: what looks like a variable in a value stays text."""
    return VARIABLE.sub(lambda match: values.get(match.group(1), match.group(0)), template)


def mark_for(texts: Sequence[str]) -> str:
    """A short mark that occurs in none of the texts; the same texts always get the same."""
    everything = "\n".join(texts)
    mark = everything
    while mark in everything:
        mark = "row-" + hashlib.sha256(mark.encode()).hexdigest()[:MARK_DIGITS]
    return mark


def shortened(text: str, characters: int) -> str:
    """The beginning and the end of a text that is longer."""
    if len(text) <= characters:
        return text
    end = characters // 4
    return f"{text[: characters - end]} […] {text[-end:]}"


def written(rows: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]], table: bool) -> list[str]:
    """One text a row: texts joined as every text model reads them; a table's row as `column: value` lines."""
    if not table:
        return joined(rows, inputs)
    columns = {name: [_value(value) for value in values] for name, values in coerce(rows, inputs).items()}
    names = [str(column["name"]) for column in inputs]
    lines = ([(name, columns[name][at]) for name in names] for at in range(len(rows)))
    return ["\n".join(f"{SPACE.sub(' ', name)}: {value}" for name, value in one if value is not None) for one in lines]


def _value(value: Any) -> str | None:
    """A typed value as people write it, in one line; None where it is missing."""
    if value is None or value != value:
        return None
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[s]")).replace("T", " ").removesuffix(" 00:00:00")
    return SPACE.sub(" ", value) if isinstance(value, str) else f"{float(value):.10g}"
