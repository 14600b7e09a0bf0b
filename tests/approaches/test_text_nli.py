"""Zero-shot by inference, with a tiny random model saved here: what it says is noise, how it is asked is not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Infeasible, Machine, Rows, Situation
from tools.core.data import DataProfile
from tools.core.errors import MachineError
from tools.core.task import Label, MetricSpec, TaskSpec
from tools.models import hub
from tools.models.catalogue import bundled_folder
from tools.runtime import load

TASK = TaskSpec(kind="text-classification", inputs=["text"], target="label", labels=[Label(name="fruit"), Label(name="tool")])
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own while exporting


def saved(folder: Path, relations: dict[int, str]) -> Path:
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=relations,
        label2id={name: key for key, name in relations.items()},
    )
    BertForSequenceClassification(config).save_pretrained(folder)  # type: ignore[no-untyped-call]
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)
    return folder


def job(folder: Path) -> FitJob:
    frame = pd.DataFrame({"text": ["an apple", "a hammer", "a pear and a plum"] * 4, "label": ["fruit", "tool", "fruit"] * 4})
    rows = Rows(frame[["text"]], frame["label"])
    train, validation = rows.take(range(6)), rows.take(range(6, 12))
    return FitJob(TASK, MetricSpec(name="accuracy"), train, validation, None, folder / "model", 1.0, lambda *_: None, cores=1)


def test_each_label_is_asked_as_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exported model gives the very scores of the original, pair by pair."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    source = saved(tmp_path / "nli", {0: "contradiction", 1: "entailment", 2: "neutral"})
    monkeypatch.setattr(hub, "fetched", lambda entry: source)
    done = job(tmp_path)
    fitted = approach_named("zero-shot-nli").fit(done)
    tokenizer, model = AutoTokenizer.from_pretrained(source), AutoModelForSequenceClassification.from_pretrained(source).eval()
    pairs = [(text, f"This text is about {label}.") for text in done.validation.inputs["text"] for label in ("fruit", "tool")]
    with torch.no_grad():
        logits = np.stack([model(**tokenizer(*pair, return_tensors="pt")).logits[0].numpy() for pair in pairs]).astype(float)
    scores = (logits[:, 1] - logits[:, [0, 2]].mean(axis=1)).reshape(-1, 2)
    odds = np.exp(scores)
    expected = odds / odds.sum(axis=1, keepdims=True)
    assert fitted.validation is not None
    assert np.abs(fitted.validation.probabilities - expected).max() < 1e-4
    shipped = np.asarray(load(done.folder).raw([{"text": text} for text in done.validation.inputs["text"]]))
    assert np.abs(shipped - expected).max() < 1e-4
    assert json.loads((done.folder / "manifest.json").read_text())["hypotheses"][0] == "This text is about fruit."


def test_a_model_of_another_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path / "other", {0: "good", 1: "bad"})
    monkeypatch.setattr(hub, "fetched", lambda entry: source)
    with pytest.raises(MachineError) as raised:
        approach_named("zero-shot-nli").fit(job(tmp_path))
    assert str(raised.value) == (
        "Expected a model with the relation `entailment`. Found the relations good, bad in other. "
        "Choose a model of natural language inference."
    )


def test_offline_and_not_cached_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "cached", lambda entry: None)
    machine = Machine(cores=2, memory_mb=8000, free_disk_mb=9000, gpu=False, offline=True)
    verdict = approach_named("zero-shot-nli").consider(Situation(TASK, DataProfile(), machine, 0, 0, None, 10.0, False))
    assert verdict == Infeasible(
        "needs cross-encoder/nli-deberta-v3-xsmall (283 MB), which is not in the local cache, and connections are forbidden"
    )
