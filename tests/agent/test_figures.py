"""Numbers in a brain's words: what was computed or said may be repeated, rounded; nothing else that looks measured."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.figures import invented, known
from tools.workspace import Workspace

RESULTS = {"candidates": [{"name": "linear", "test": {"metric": "f1", "value": 0.8734, "low": 0.81, "high": 0.92}}], "why": "-"}
MESSAGES: list[BaseMessage] = [
    HumanMessage("find late orders, at 95.5 % precision"),
    ToolMessage(json.dumps({"confidence": {"kind": 0.66}, "rows": 412, "minutes": 6.25}), tool_call_id="1", name="record_task"),
    ToolMessage(json.dumps(RESULTS), tool_call_id="2", name="explain_results"),
    AIMessage("It has accuracy 0.71 on the test rows."),
    AIMessage("I am sure of 0.99.", additional_kwargs={"brain": "openai:x"}),
]


@pytest.mark.parametrize(
    "words",
    [
        "F1 is 0.873, between 0.81 and 0.92.",
        "F1 liegt bei 0,87.",
        "It finds 87 % of them (95 % interval 81 to 92 %).",
        "Accuracy was 0.71.",
        "I keep 95.5 % precision, as you said.",
        "The file has 412 rows and it takes 6.2 minutes.",
        "There are 3 groups; version 1.2.3 of the plan has 5 candidates.",
        "The first of your 2 questions: which column?",
    ],
)
def test_what_was_given_may_be_said(words: str) -> None:
    assert invented(words, known(Workspace(key="k"), MESSAGES)) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("F1 is 0.88.", "0.88"),
        ("It reaches 93 % accuracy.", "93 %"),
        ("Il atteint 93 pour cent.", "93 pour cent"),
        ("I am sure of 0.99.", "0.99"),
        ("That makes 66 %.", "66 %"),
        ("Accuracy of 91 is likely.", "91"),
        ("Nine of ten: 9 out of 10.", "9 out of 10"),
        ("Ninety-nine percent!", "Ninety-nine percent"),
        ("Es sind achtzig Prozent.", "achtzig Prozent"),
        ("A 41.2 % share of 412 rows.", "41.2 %"),
    ],
)
def test_what_nobody_computed_is_found(words: str, found: str) -> None:
    assert found in invented(words, known(Workspace(key="k"), MESSAGES))
