"""Descriptions of labels in the zero-shot rung: used where they help on validation rows, and the result says so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Fitted, Rows
from tools.core.task import Label, MetricSpec, TaskSpec

SAID = {"fruit": ["apple", "pear", "plum", "cherry", "banana"], "tool": ["hammer", "saw", "drill", "wrench", "axe"]}
FRAMES = ["I bought a {} today", "where is my {}?", "this {} is great", "the {} was old", "{} please"]


def fit(folder: Path, labels: list[Label], rows: bool = True) -> Fitted:
    names = dict(zip(SAID, [label.name for label in labels], strict=True))
    said = [(frame.format(word), names[kind]) for frame in FRAMES for kind, words in SAID.items() for word in words]
    frame = pd.DataFrame(said if rows else [], columns=["text", "label"])
    half = Rows(frame[["text"]], frame["label"])
    task = TaskSpec(kind="text-classification", inputs=["text"], target="label" if rows else None, labels=labels)
    quiet = FitJob(task, MetricSpec(name="accuracy"), half, half, None, folder / "model", 1.0, lambda *_: None, cores=2)
    return approach_named("zero-shot").fit(quiet)


def test_good_descriptions_of_empty_names_are_used(tmp_path: Path) -> None:
    labels = [Label(name="alpha", description="fruit that one eats"), Label(name="beta", description="a tool of metal")]
    told = fit(tmp_path, labels).settings["label_descriptions"]
    word, points = told.split(", ", 1)
    assert word == "used"
    assert float(points.split()[0]) > 20
    assert points.endswith(" points on validation with them")


def test_misleading_descriptions_are_left_out(tmp_path: Path) -> None:
    labels = [
        Label(name="fruit", description="hammers, saws and other tools"),
        Label(name="tool", description="pears and plums"),
    ]
    fitted = fit(tmp_path, labels)
    assert fitted.settings["label_descriptions"].startswith("left out, -")
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    right = fitted.validation.probabilities.argmax(axis=1) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1] * 5
    assert right.mean() > 0.8


@pytest.mark.parametrize(
    ("labels", "rows", "told"),
    [
        (
            [Label(name="1", description="fruit"), Label(name="2", description="a tool")],
            True,
            "used; the names alone say nothing",
        ),
        ([Label(name="fruit", description="sweet"), Label(name="tool")], False, "used; not measured: no labelled rows"),
        ([Label(name="fruit"), Label(name="tool")], True, None),
    ],
)
def test_where_there_is_nothing_to_choose(tmp_path: Path, labels: list[Label], rows: bool, told: str | None) -> None:
    assert fit(tmp_path, labels, rows).settings.get("label_descriptions") == told
