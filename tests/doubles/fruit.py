"""A small job of prompting: messages about fruit and tools, and answers that a scripted endpoint gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from chat_server import ChatServer

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Fitted, Rows
from tools.core.language_model import LanguageModel
from tools.core.task import Label, MetricSpec, TaskSpec

FRUIT = ["apple", "pear", "plum", "cherry", "orange", "banana", "grape", "melon", "lemon", "peach"]
TOOLS = ["hammer", "saw", "drill", "wrench", "pliers", "screwdriver", "chisel", "file", "spanner", "axe"]
FRAMES = ["I bought a {} today", "where is my {}?", "this {} is great", "the {} was old", "{} please", "one {} for me"]
LABELS = [Label(name="fruit"), Label(name="tool")]
EXAMPLES = "Right answer:"
Script = Callable[[dict[str, Any]], Any]
Serve = Callable[[Script], ChatServer]  # what the fixture `serve` gives


def asked(request: dict[str, Any]) -> str:
    """The row that a question is about."""
    return str(request["messages"][1]["content"]).rpartition("Now this one:")[2]


def system(request: dict[str, Any]) -> str:
    return str(request["messages"][0]["content"])


def right(request: dict[str, Any]) -> str:
    return "fruit" if any(word in asked(request) for word in FRUIT) else "tool"


def knowing(request: dict[str, Any]) -> str:
    return json.dumps({"answer": right(request)})


def messages(rows: int) -> pd.DataFrame:
    said = [
        (frame.format(word), label)
        for frame in FRAMES
        for label, words in (("fruit", FRUIT), ("tool", TOOLS))
        for word in words
    ]
    return pd.DataFrame(said, columns=["text", "label"]).sample(frac=1.0, random_state=0).reset_index(drop=True).head(rows)


def job(folder: Path, url: str, rows: int = 120, folds: int = 0, price: float = 0.0, **changed: Any) -> FitJob:
    frame = messages(rows)
    everything = Rows(frame[["text"]], frame["label"])
    cut = rows - rows // 3
    train, validation = (everything, everything) if folds else (everything.take(range(cut)), everything.take(range(cut, rows)))
    parts = [list(range(start, rows, folds)) for start in range(folds)] if folds else None
    task = TaskSpec(kind="text-classification", words="sort the mail", inputs=["text"], target="label", labels=LABELS)
    made = FitJob(task, MetricSpec(name="accuracy"), train, validation, parts, folder / "model", 3.0, lambda *_: None, cores=2)
    model = LanguageModel(kind="openai", name="test", base_url=url, input_price=price, output_price=price)
    return replace(made, language_model=model, **changed)


def fit(made: FitJob) -> Fitted:
    return approach_named("prompting").fit(made)


def accuracy(made: FitJob, fitted: Fitted) -> float:
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    best = fitted.validation.probabilities.argmax(axis=1)
    return float((np.array(made.task.label_names)[best] == made.validation.target.to_numpy()).mean())
