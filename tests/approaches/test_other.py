"""The label for what is none of the others: found, chosen on validation, and given by the portable model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Rows
from tools.approaches.other import choose_cut, place_of_other
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.runtime import load

THINGS = {
    "fruit": ["apple", "pear", "plum", "cherry", "banana", "grape", "melon", "lemon"],
    "tool": ["hammer", "saw", "drill", "wrench", "pliers", "screwdriver", "chisel", "axe"],
    "animal": ["dog", "cat", "horse", "cow", "sheep", "pig", "goat", "rabbit"],
}
FRAMES = ["I saw a {} today", "where is my {}?", "this {} is great", "the {} was old", "{} please"]
STRANGE = ["the parliament voted on taxes", "interest rates fell again", "the train to Paris is late", "quarterly sales report"]


def task(*names: str, other: str | None = None) -> TaskSpec:
    labels = [Label(name=name) for name in names]
    return TaskSpec(kind="text-classification", inputs=["text"], target="label", labels=labels, other=other)


def job(folder: Path, wanted: TaskSpec, strange: int = 0) -> FitJob:
    rows = [(frame.format(word), label) for frame in FRAMES for label, words in THINGS.items() for word in words]
    rows += [(f"{STRANGE[at % 4]} ({at})", "other") for at in range(strange)]
    frame = pd.DataFrame(rows, columns=["text", "label"]).sample(frac=1.0, random_state=1).reset_index(drop=True)
    everything, cut = Rows(frame[["text"]], frame["label"]), 2 * len(frame) // 3
    train, validation = everything.take(range(cut)), everything.take(range(cut, len(frame)))
    return FitJob(wanted, MetricSpec(name="accuracy"), train, validation, None, folder / "model", 3.0, lambda *_: None, 2)


@pytest.mark.parametrize("name", ["embedding-head", "tfidf-linear"])
def test_what_no_row_showed_is_told_apart(name: str, tmp_path: Path) -> None:
    done = job(tmp_path, task("fruit", "tool", "animal", "other", other="other"))
    fitted = approach_named(name).fit(done)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert np.abs(fitted.validation.probabilities.sum(axis=1) - 1).max() < 1e-9
    refused = fitted.validation.probabilities.argmax(axis=1) == 3
    assert refused.mean() <= 0.2
    assert fitted.settings["known_rows_refused"] == f"{refused.mean():.0%}"
    model = load(done.folder)
    strange = [row["prediction"] for row in model.predict([{"text": text} for text in STRANGE])]
    assert strange.count("other") >= 3
    known = model.predict([{"text": "a ripe banana and a pear"}, {"text": "an old hammer and a saw"}], probabilities=True)
    assert [row["prediction"] for row in known] == ["fruit", "tool"]
    assert all(abs(sum(row[f"probability:{label}"] for label in model.labels) - 1) < 1e-4 for row in known)
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["other"] == {"label": "other", "threshold": pytest.approx(fitted.settings["other_threshold"], abs=1e-4)}


def test_rows_of_the_label_itself_are_learned_and_place_the_threshold(tmp_path: Path) -> None:
    done = job(tmp_path, task("fruit", "tool", "animal", "other", other="other"), strange=60)
    fitted = approach_named("embedding-head").fit(done)
    assert fitted.settings["other_chosen_by"] == "rows of this label"
    found = load(done.folder).predict([{"text": "the parliament fell again"}])[0]
    assert found["prediction"] == "other"


def test_without_labelled_rows_the_name_of_the_rest_is_not_compared(tmp_path: Path) -> None:
    done = job(tmp_path, task("fruit", "tool", "everything else"))
    done.train, done.validation = done.train.take([]), done.validation.take([])
    approach_named("zero-shot").fit(done)
    texts = ["a ripe banana", "a heavy hammer", "interest rates of the central bank fell"]
    found = [row["prediction"] for row in load(done.folder).predict([{"text": text} for text in texts])]
    assert found == ["fruit", "tool", "everything else"]


def test_which_label_is_for_the_rest() -> None:
    seen = np.array([0, 1, 1, 0])
    assert place_of_other(task("praise", "complaint", "other"), seen) == 2
    assert place_of_other(task("praise", "complaint", "Sonstiges"), seen) == 2
    assert place_of_other(task("praise", "complaint", "billing"), seen) is None
    assert place_of_other(task("other", "complaint", "billing"), seen) is None  # it has rows: a class like any other
    assert place_of_other(task("rest", "complaint", "billing", other="rest"), seen) == 0  # the person said so
    assert place_of_other(task("praise", "other"), np.array([0])) is None


def test_with_two_known_labels_the_least_sure_are_refused() -> None:
    sure = np.linspace(0.5, 1.0, 101)
    probabilities = np.stack([sure, 1 - sure, np.zeros(101)], axis=1)
    cut = choose_cut(probabilities, np.zeros(101, dtype=int), 2, lambda _: 0.0)
    assert cut.how == "the least sure of the known rows"
    assert 0.03 <= cut.refused <= 0.06
    assert cut.caught is None
