"""Embeddings and n-grams in one model: what only a spelling tells is heard, long texts are read whole, labels have names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Fitted, Rows
from tools.approaches.fine_tuning import contrastive, training
from tools.approaches.fine_tuning.contrastive import in_few_folds, label_texts, steps_for
from tools.approaches.fine_tuning.head import read_whole
from tools.approaches.text_job import open_job
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.runtime import load

WORDS = [
    "river",
    "table",
    "window",
    "garden",
    "letter",
    "music",
    "bread",
    "winter",
    "doctor",
    "market",
    "summer",
    "bridge",
    "animal",
    "coffee",
    "silver",
    "teacher",
    "forest",
    "island",
    "engine",
    "picture",
    "dinner",
    "morning",
    "kitchen",
    "village",
    "soldier",
    "library",
    "weather",
    "harvest",
    "painter",
    "journey",
]
CODES = {"north": ("zqx", "vvk"), "south": ("wjq", "xzt"), "west": ("kkq", "yzw")}


def texts(rows: int, seed: int = 0) -> pd.DataFrame:
    """Only a code among many words tells the class; an encoder hardly sees it."""
    draw = np.random.default_rng(seed)
    names = draw.choice(list(CODES), rows)
    said = [" ".join(draw.permutation([*draw.choice(WORDS, 24), draw.choice(CODES[name])])) for name in names]
    return pd.DataFrame({"text": said, "label": names})


def job(folder: Path, frame: pd.DataFrame, kind: TaskKind = "text-classification", folds: int = 0) -> FitJob:
    labels = [Label(name=name) for name in CODES]
    task = TaskSpec(kind=kind, inputs=["text"], target="label", labels=labels)
    metric = MetricSpec(name="macro-f1" if task.is_several else "accuracy")
    everything, cut = Rows(frame[["text"]], frame["label"]), len(frame) // 2
    parts = [list(range(start, len(frame), folds)) for start in range(folds)] if folds else None
    train = everything if folds else everything.take(range(cut))
    validation = everything if folds else everything.take(range(cut, len(frame)))
    return FitJob(task, metric, train, validation, parts, folder / "model", 3.0, lambda *_: None, cores=1)


def manifest(done: FitJob) -> dict[str, object]:
    found: dict[str, object] = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def validated(done: FitJob, fitted: Fitted) -> float:
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    names = np.array(list(CODES))[fitted.validation.probabilities.argmax(axis=1)]
    return float((names == done.validation.target.to_numpy()).mean())


def test_the_frozen_head_hears_n_grams(tmp_path: Path) -> None:
    done = job(tmp_path, texts(300))
    fitted = approach_named("embedding-head").fit(done)
    assert fitted.settings["ngram_share"] >= 0.5
    assert validated(done, fitted) >= 0.95
    assert manifest(done)["requirements"] == ["numpy", "onnxruntime", "tokenizers"]  # n-grams are read without scikit-learn
    assert {"ngrams.json", "ngrams.txt", "ngrams.npz"} <= {path.name for path in done.folder.iterdir()}
    new = texts(60, seed=3)
    told = [row["prediction"] for row in load(done.folder).predict([{"text": text} for text in new["text"]])]
    assert float(np.mean(np.array(told) == new["label"].to_numpy())) >= 0.95


def test_heads_of_several_labels_hear_n_grams(tmp_path: Path) -> None:
    frame = texts(300)
    frame["label"] = [json.dumps([name]) for name in frame["label"]]
    done = job(tmp_path, frame, "multilabel-text-classification")
    fitted = approach_named("head-each-label").fit(done)
    assert fitted.settings["ngram_share"] >= 0.5
    new = texts(60, seed=3)
    told = [row["prediction"] for row in load(done.folder).predict([{"text": text} for text in new["text"]])]
    assert float(np.mean([one == [name] for one, name in zip(told, new["label"], strict=True)])) >= 0.9


def test_n_grams_are_left_out_where_they_know_nothing_more(tmp_path: Path) -> None:
    frame = texts(80)
    done = job(tmp_path, frame)  # 40 validation rows: too few to choose a share by
    assert approach_named("embedding-head").fit(done).settings["ngram_share"] == 0.0
    assert not list(done.folder.glob("ngrams.*"))
    assert "tfidf" not in manifest(done)


def test_long_texts_are_read_whole() -> None:
    filler = "the weather was fine and we walked along the river for a while " * 40
    vectors, windows = read_whole([filler + "and then a terrible flood", filler + "and then a wonderful wedding"])
    assert windows >= 2
    assert float(vectors[0] @ vectors[1]) < float(np.linalg.norm(vectors[0]) * np.linalg.norm(vectors[1])) - 1e-4
    assert read_whole(["a short one", "another"])[1] == 1


def test_labels_are_known_by_name_but_codes_and_the_rest_are_not() -> None:
    labels = [Label(name="card_arrival"), Label(name="7"), Label(name="b2", description="money came late"), Label(name="other")]
    found = label_texts(labels, rest=3)
    assert [place for _, place in found] == [0, 0, 2, 2, 2]
    assert found[0] == ("card arrival", 0)
    assert ("money came late", 2) in found


def test_few_folds_judge_every_row_once_and_learn_from_the_others(tmp_path: Path) -> None:
    merged = in_few_folds(open_job(job(tmp_path, texts(50), folds=5)))
    assert len(merged.parts) == 3
    assert sorted(np.concatenate([judge for _, judge in merged.parts]).tolist()) == list(range(50))
    assert all(set(learn).isdisjoint(judge) and len(learn) + len(judge) == 50 for learn, judge in merged.parts)


def test_pairs_are_bounded_on_large_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many steps and as large batches for 4,000 rows as for 40: the pairs of all rows (8 million) are never made."""
    read: list[int] = []
    vectors = training.Network.vectors

    def counted(network: training.Network, ids: list[list[int]]) -> object:
        if network.encoder.training:
            read.append(len(ids))
        return vectors(network, ids)

    monkeypatch.setattr(training.Network, "vectors", counted)
    monkeypatch.setattr(contrastive, "STRENGTH", 1.0)
    network = training.Network(3, training.Recipe(batch=32), seed=0, cores=1)
    classes = np.random.default_rng(0).integers(0, 3, 4000)
    pieces = training.Pieces([[101, 2000 + number % 50, 102] for number in range(4000)], classes, np.arange(4000))
    training.contrast(network, pieces, 4, 60.0, lambda _: None)
    assert len(read) == 4
    assert max(read) <= 32
    assert steps_for(5000) <= 120
