"""Prompting against a scripted endpoint: how to ask is chosen on few questions, answers are honest, dollars are a hard cap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from chat_wire import Said
from fruit import EXAMPLES, Serve, accuracy, asked, fit, job, knowing, right, system

from tools.approaches.base import Rows
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.runtime import load


def test_the_prototype_answers_as_the_candidate_did_and_carries_prompt_and_examples(tmp_path: Path, serve: Serve) -> None:
    def needs_examples(request: dict[str, Any]) -> str:
        return knowing(request) if EXAMPLES in str(request["messages"]) else json.dumps({"answer": "tool"})

    server = serve(needs_examples)
    made = job(tmp_path, server.url)
    fitted = fit(made)
    assert accuracy(made, fitted) == 1.0
    assert fitted.settings["examples"] == 4, "as few as do"
    assert fitted.settings["wording"] == "plain"
    manifest = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == "prompted"
    assert manifest["language_model"]["base_url"] == server.url
    assert manifest["requirements"] == ["numpy", "openai", "scikit-learn", "scipy", "tenacity"]
    examples = [json.loads(line) for line in (made.folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(examples) == 120, "train and validation; the test rows are elsewhere"
    assert "- fruit\n- tool" in (made.folder / "prompt" / "system.md").read_text(encoding="utf-8")
    answers = load(made.folder).predict([{"text": "a ripe cherry"}, {"text": "a heavy hammer"}])
    assert [one["prediction"] for one in answers] == ["fruit", "tool"]
    assert answers[0]["probability"] > 0.9, "all of the validation rows were right"
    assert [set(one) for one in fitted.settings["tried"]] == [{"setting", "rows", "score", "loss"}] * len(
        fitted.settings["tried"]
    )
    assert fitted.usage is not None
    assert fitted.usage.calls == fitted.settings["questions"] == len(server.requests) - 2


def test_few_questions_choose_and_the_better_half_goes_on(tmp_path: Path, serve: Serve) -> None:
    server = serve(knowing)
    fitted = fit(job(tmp_path, server.url))
    rows = [one["rows"] for one in fitted.settings["tried"]]
    assert rows == [24, 24, 24, 24, 40, 40], "four ways on 24 of the 40 validation rows, two on all"
    assert len(server.requests) == 4 * 24 + 2 * 16


def test_wording_descriptions_and_instruction_are_tried(tmp_path: Path, serve: Serve) -> None:
    def obedient(request: dict[str, Any]) -> str:
        told = "Peel test" in system(request) and "- fruit: grows on trees" not in system(request)
        return knowing(request) if told else json.dumps({"answer": "tool"})

    made = job(tmp_path, serve(obedient).url)
    labels = [Label(name="fruit", description="grows on trees"), Label(name="tool", description="made of steel")]
    made = replace(made, task=made.task.model_copy(update={"labels": labels, "instruction": "Peel test: can it be peeled?"}))
    fitted = fit(made)
    assert accuracy(made, fitted) == 1.0
    assert (fitted.settings["wording"], fitted.settings["label_descriptions"]) == ("instructed", False)
    tried = {one["setting"] for one in fitted.settings["tried"]}
    assert {
        "instructed, with label descriptions, 4 examples",
        "plain, with label descriptions, 4 examples",
        "careful, with label descriptions, 4 examples",
        "instructed, without label descriptions, 4 examples",
        "instructed, with label descriptions, no examples",
    } <= tried


def test_under_folds_no_row_is_shown_its_own_fold(tmp_path: Path, serve: Serve) -> None:
    server = serve(knowing)
    made = job(tmp_path, server.url, rows=60, folds=5)
    fitted = fit(made)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert len(fitted.validation.probabilities) == 60
    texts = made.train.inputs["text"].tolist()
    fold_of = {texts[row]: number for number, fold in enumerate(made.folds or []) for row in fold}
    shown = 0
    for request in server.requests:
        parts = str(request["messages"][-1]["content"]).split("\n")
        known = [part for part in parts if part in fold_of]
        row, examples = known[-1], known[:-1]
        shown += len(examples)
        assert fold_of[row] not in [fold_of[example] for example in examples]
    assert shown > 100


def test_token_probabilities_are_calibrated_on_validation(tmp_path: Path, serve: Serve) -> None:
    def unsure(request: dict[str, Any]) -> Said:
        label = right(request)
        wrong = {"fruit": "tool", "tool": "fruit"}[label]
        tokens = [('{"answer": "', {}), (label, {label: 0.6, wrong: 0.4}), ('"}', {})]
        return Said(tokens=tokens)

    made = job(tmp_path, serve(unsure).url, rows=120)
    fitted = fit(made)
    assert fitted.settings["probabilities"] == "token"
    calibration = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))["answering"]["calibration"]
    assert calibration["scale"] > 2, "always right at 60 percent: it may be surer"
    assert load(made.folder).predict([{"text": "a plum"}])[0]["probability"] > 0.7


def test_a_number_is_asked_for_within_the_range_that_is_known(tmp_path: Path, serve: Serve) -> None:
    def doubled(request: dict[str, Any]) -> str:
        size = float(asked(request).split("size: ")[1].split("\n")[0])
        return json.dumps({"answer": 2 * size if size < 80 else 10_000})

    server = serve(doubled)
    frame = pd.DataFrame({"size": np.arange(90.0), "town": ["Bern", "Chur", "Thun"] * 30})
    everything = Rows(frame, 2 * frame["size"])
    task = TaskSpec(kind="tabular-regression", words="price", inputs=["size", "town"], target="price")
    made = replace(
        job(tmp_path, server.url),
        task=task,
        metric=MetricSpec(name="rmse"),
        train=everything.take(range(60)),
        validation=everything.take(range(60, 90)),
        column_roles={"size": "number", "town": "category"},
    )
    fitted = fit(made)
    assert "between 0 and 118, half of them below 59" in system(server.requests[0])
    assert "town: " in asked(server.requests[0])
    assert fitted.validation is not None
    assert fitted.validation.values is not None
    assert fitted.validation.values.max() == 118
    assert fitted.validation.low is not None
    assert set(load(made.folder).predict([{"size": "21,0", "town": "Bern"}])[0]) == {"prediction", "low", "high"}


def test_several_labels_at_once(tmp_path: Path, serve: Serve) -> None:
    def both(request: dict[str, Any]) -> str:
        return json.dumps({"answer": [label for label in ("ripe", "fruit") if label in asked(request)]})

    said = ["a fruit", "a ripe fruit", "a hammer", "ripe cheese"] * 30
    sets = ['["fruit"]', '["fruit", "ripe"]', "[]", '["ripe"]'] * 30
    everything = Rows(pd.DataFrame({"text": [f"{text} {number}" for number, text in enumerate(said)]}), pd.Series(sets))
    kind: TaskKind = "multilabel-text-classification"
    task = TaskSpec(kind=kind, inputs=["text"], target="topics", labels=[Label(name="fruit"), Label(name="ripe")])
    server = serve(both)
    made = replace(
        job(tmp_path, server.url),
        task=task,
        metric=MetricSpec(name="macro-f1"),
        train=everything.take(range(80)),
        validation=everything.take(range(80, 120)),
    )
    fitted = fit(made)
    assert fitted.validation is not None
    assert fitted.validation.chosen is not None
    truth = [[label in target for label in ("fruit", "ripe")] for target in made.validation.target]
    assert fitted.validation.chosen.tolist() == truth
    model = load(made.folder)
    assert model.predict([{"text": "ripe fruit"}, {"text": "a saw"}])[0]["prediction"] == ["fruit", "ripe"]
    assert "every one of these labels that applies" in system(server.requests[0])
