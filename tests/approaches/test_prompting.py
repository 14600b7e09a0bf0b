"""Prompting against a scripted endpoint: how to ask is chosen on few questions, answers are honest, dollars are a hard cap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from chat_server import ChatServer
from chat_wire import Said

from tools.approaches import approach_named
from tools.approaches.base import FitJob, Fitted, Rows
from tools.core.errors import BrainIsTold, PersonMustMend
from tools.core.language_model import LanguageModel
from tools.core.task import Label, MetricSpec, TaskKind, TaskSpec
from tools.runtime import load
from tools.runtime.asking import AskingError
from tools.runtime.prompted import Predictor

FRUIT = ["apple", "pear", "plum", "cherry", "orange", "banana", "grape", "melon", "lemon", "peach"]
TOOLS = ["hammer", "saw", "drill", "wrench", "pliers", "screwdriver", "chisel", "file", "spanner", "axe"]
FRAMES = ["I bought a {} today", "where is my {}?", "this {} is great", "the {} was old", "{} please", "one {} for me"]
LABELS = [Label(name="fruit"), Label(name="tool")]
EXAMPLES = "Right answer:"
Script = Callable[[dict[str, Any]], Any]
Serve = Callable[[Script], ChatServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(script): a server for this test."""
    opened: list[ChatServer] = []

    def start(script: Script) -> ChatServer:
        opened.append(ChatServer(script, seconds=0.0).__enter__())
        return opened[-1]

    yield start
    for server in opened:
        server.__exit__(None, None, None)


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


def test_without_labelled_rows_nothing_is_asked_while_it_is_built(tmp_path: Path, serve: Serve) -> None:
    server = serve(knowing)
    nothing = Rows(pd.DataFrame({"text": pd.Series([], dtype=object)}), pd.Series([], dtype=object))
    made = job(tmp_path, server.url)
    made = replace(made, train=nothing, validation=nothing, task=made.task.model_copy(update={"target": None}))
    fitted = fit(made)
    assert fitted.validation is None
    assert server.requests == []
    assert fitted.settings["tried"] == []
    answer = load(made.folder).predict([{"text": "a plum"}])[0]
    assert answer["prediction"] == "fruit"
    assert answer["probability"] == pytest.approx(0.501), "nobody knows how often it is right"


def test_rows_without_an_answer_get_the_frequencies_and_are_told(tmp_path: Path, serve: Serve) -> None:
    def prudish(request: dict[str, Any]) -> Any:
        return Said(refusal="I cannot help with that.") if "hammer" in asked(request) else knowing(request)

    made = job(tmp_path, serve(prudish).url)
    fitted = fit(made)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    hammers = made.validation.inputs["text"].str.contains("hammer").to_numpy()
    share = float((messages(120)["label"] == "fruit").mean())
    assert fitted.validation.probabilities[hammers][:, 0] == pytest.approx(share, abs=1e-6)
    assert sum(fitted.settings["unanswered"].values()) == hammers.sum() > 0


def test_where_most_rows_get_no_answer_it_fails_with_the_reason(tmp_path: Path, serve: Serve) -> None:
    made = job(tmp_path, serve(lambda _: Said(refusal="No.")).url)
    with pytest.raises(
        PersonMustMend, match=r"^Expected answers of test about 40 rows\. Found none about 40 of them, most often bec"
    ):
        fit(made)


def test_a_refused_key_is_one_clear_error(tmp_path: Path, serve: Serve) -> None:
    server = serve(lambda _: Said(status=401))
    with pytest.raises(AskingError, match="key"):
        fit(job(tmp_path, server.url))
    assert len(server.requests) <= 8


@pytest.mark.parametrize("dollars", [0.2, 0.05, 0.02])
def test_dollars_are_never_exceeded_and_the_best_so_far_is_built(tmp_path: Path, serve: Serve, dollars: float) -> None:
    server = serve(knowing)
    noted: list[float] = []
    made = job(tmp_path, server.url, price=1.0, dollars=dollars, test_rows=10, spending=noted.append)
    fitted = fit(made)
    assert accuracy(made, fitted) == 1.0
    assert fitted.usage is not None
    assert 0 < fitted.usage.dollars < dollars
    assert max(noted) <= dollars + 1e-9, "nor could it have been"
    assert noted[-1] == fitted.usage.dollars
    if dollars < 0.1:
        assert len(server.requests) < 4 * 24 + 2 * 16, "choosing was cut short"


def test_too_few_dollars_for_even_one_way_of_asking_say_so(tmp_path: Path, serve: Serve) -> None:
    server = serve(knowing)
    with pytest.raises(PersonMustMend) as told:
        fit(job(tmp_path, server.url, price=1.0, dollars=0.001, test_rows=10))
    assert told.value.code == "too-few-dollars"
    assert told.value.found == "$0.0010 that this candidate may still spend"
    assert told.value.remedy == "Allow more dollars, or leave prompting out."
    assert server.requests == []


def test_minutes_that_cannot_suffice_end_it_early(tmp_path: Path) -> None:
    with (
        ChatServer(knowing, seconds=0.1) as server,
        pytest.raises(TimeoutError, match=r"questions need about|were asked about in time"),
    ):
        fit(job(tmp_path, server.url, minutes=0.01, test_rows=5000))


def test_a_second_run_asks_nothing(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPT_CACHE", str(tmp_path / "kept.sqlite"))
    server = serve(knowing)
    first = fit(job(tmp_path / "1", server.url, price=1.0, dollars=1.0))
    count = len(server.requests)
    again = fit(job(tmp_path / "2", server.url, price=1.0, dollars=1.0))
    assert len(server.requests) == count
    assert again.usage is not None
    assert (again.usage.calls, again.usage.dollars) == (0, 0.0)
    assert first.validation is not None
    assert again.validation is not None
    assert np.array_equal(first.validation.probabilities, again.validation.probabilities)  # type: ignore[arg-type]


def test_a_whole_candidate_runs_on_a_gguf_of_random_weights(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="the extra local-llm is not installed")
    import tiny_gguf

    model = LanguageModel(
        kind="llamacpp", name="tiny", path=str(tiny_gguf.write(tmp_path / "tiny.gguf")), input_price=0, output_price=0
    )
    made = replace(job(tmp_path, "", rows=18), language_model=model)
    fitted = fit(made)
    assert fitted.validation is not None
    assert fitted.validation.probabilities is not None
    assert fitted.validation.probabilities.sum(axis=1) == pytest.approx(np.ones(6))
    assert isinstance(load(made.folder).predictor, Predictor)
    assert load(made.folder).predict([{"text": "a plum"}])[0]["prediction"] in ("fruit", "tool")


def test_without_a_model_it_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(BrainIsTold, match=r"^Expected a language model in the plan\. Found none\."):
        fit(replace(job(tmp_path, ""), language_model=None))
