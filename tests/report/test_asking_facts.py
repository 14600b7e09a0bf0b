"""What a report says of a candidate that asks a language model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.core.language_model import LanguageModel
from tools.core.plan import Plan
from tools.jobs.run import Run
from tools.report.asking_facts import asking_facts
from tools.report.report import dollars, write

Make = Callable[..., Path]
SETTINGS = {
    "wording": "careful",
    "label_descriptions": True,
    "example_pool": 40,
    "tried": [
        {"setting": "plain, without label descriptions, 4 examples", "rows": 24, "score": 0.75, "loss": 0.5},
        {"setting": "careful, with label descriptions, 1 examples", "rows": 36, "score": None, "loss": 0.4},
    ],
    "usage": {"calls": 1200, "cached": 30, "input_tokens": 123456, "output_tokens": 4800, "dollars": 0.0214},
    "per_row": {"input_tokens": 102.4, "output_tokens": 4.0, "dollars": 0.0000179, "seconds": 0.61},
    "unanswered": {"the endpoint refused the text": 3},
}
PROMPT = {
    "system": "Somebody wants mails sorted, says boss@example.org.",
    "question": "{{ examples }}\n<{{ mark }}>\n{{ row }}\n</{{ mark }}>",
    "example": "<{{ mark }}>{{ row }}</{{ mark }}> is {{ answer }}",
}


@pytest.fixture
def asked(of_classes: Make) -> Path:
    """A run whose candidate `head` asks a language model far away."""
    folder = of_classes("abc")
    plan = Plan.model_validate_json((folder / "plan.json").read_text(encoding="utf-8"))
    model = LanguageModel(
        kind="openai", name="small", base_url="https://api.example.com/v1", remote=True, input_price=0.15, output_price=0.6
    )
    (folder / "plan.json").write_text(plan.model_copy(update={"language_model": model}).model_dump_json(), encoding="utf-8")
    comparison = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    for result in comparison["candidates"]:
        if result["name"] == "head":
            result.update(approach="prompting", settings=SETTINGS, dollars=0.0214, reason="2 of 60 test rows were not answered")
    (folder / "comparison.json").write_text(json.dumps(comparison), encoding="utf-8")
    place = folder / "candidates" / "head" / "model"
    (place / "prompt").mkdir(parents=True)
    for name, text in PROMPT.items():
        (place / "prompt" / f"{name}.md").write_text(text, encoding="utf-8")
    (place / "examples.jsonl").write_text('{"text": "call +49 170 1234567", "answer": "a"}\n', encoding="utf-8")
    manifest = {
        "format": "prompted", "kind": "text-classification", "inputs": [{"name": "text"}], "labels": list("abc"),
        "language_model": model.model_dump(), "examples": 1, "answering": {},
    }  # fmt: skip
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_what_was_tried_what_it_took_and_what_has_no_answer_is_said(asked: Path) -> None:
    page = " ".join(write(asked).read_text(encoding="utf-8").split())
    assert "small (https://api.example.com/v1) was asked 1,200 questions; 30 more had been answered before" in page
    assert (
        "It read 123,456 tokens and wrote 4,800, which cost $0.021. For one row it reads about 102 and writes about 4" in page
    )
    assert "in 0.6 s, for $0.000018. The rows left this machine." in page
    assert "careful; labels with their descriptions" in page
    assert "1 with each row, the most similar of 40" in page
    assert "3 validation rows (the endpoint refused the text); 2 of 60 test rows were not answered" in page
    assert "2 ways to ask that were tried" in page
    assert '<td>careful, with label descriptions, 1 examples</td><td class="n">36</td><td class="n">–</td>' in page


def test_one_whole_question_is_shown_with_personal_data_masked(asked: Path) -> None:
    run = Run(asked)
    assert run.comparison is not None
    [facts] = asking_facts(run, run.comparison)
    assert facts.said == "Somebody wants mails sorted, says [mail]."
    assert "call [phone]" in facts.question
    assert "row 0: write to [mail]" in facts.question
    page = write(asked).read_text(encoding="utf-8")
    quoted = page.split('<div class="mistake"><pre>')[1].split("</pre>")[0]
    assert "write to [mail]" in quoted
    assert "jo0@example.com" not in page


def test_the_numbers_are_there_for_programs_and_quote_nothing(asked: Path) -> None:
    write(asked)
    [told] = json.loads((asked / "report" / "metrics.json").read_text(encoding="utf-8"))["asking"]
    assert told["usage"] == SETTINGS["usage"]
    assert told["per_row"] == SETTINGS["per_row"]
    assert told["unanswered"] == SETTINGS["unanswered"]
    assert [way["score"] for way in told["tried"]] == [0.75, None]
    assert (told["model"], told["wording"], told["examples"], told["pool"]) == ("small", "careful", 1, 40)
    assert not {"said", "question"} & set(told)


def test_a_run_that_asked_nobody_says_nothing_of_it(of_classes: Make) -> None:
    folder = of_classes("abc")
    page = write(folder).read_text(encoding="utf-8")
    assert "language model was asked" not in page
    assert '<th class="n">Cost</th>' not in page
    assert json.loads((folder / "report" / "metrics.json").read_text(encoding="utf-8"))["asking"] == []


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "nothing"), (0.0000179, "$0.000018"), (0.0214, "$0.021"), (0.5, "$0.50"), (1234.5, "$1,234.50")]
)
def test_dollars_have_two_digits_that_say_something(value: float, words: str) -> None:
    assert dollars(value) == words
