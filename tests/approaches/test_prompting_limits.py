"""Prompting within its limits: no rows, no answers, few dollars, few minutes, no model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from chat_server import ChatServer
from chat_wire import Said
from fruit import Serve, accuracy, asked, fit, job, knowing, messages

from tools.approaches.base import Rows
from tools.core.errors import BrainIsTold, PersonMustMend
from tools.core.language_model import LanguageModel
from tools.runtime import load
from tools.runtime.asking import AskingError
from tools.runtime.prompted import Predictor


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
