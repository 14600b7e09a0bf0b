"""The answer's form as a grammar for llama.cpp (GBNF): what the JSON schema says, on one line, and never without an end."""

from __future__ import annotations

import json

from .asking import Answer

DIGITS, DECIMALS = 15, 9  # of a number; without a limit a weak model writes digits until its room is used up
MOST = 50  # labels in one answer, for the same reason
BEGIN = r'"{\"answer\": "'


def grammar(answer: Answer) -> str:
    """GBNF whose only sentences are right answers; a list may name a label twice."""
    if answer.form == "number":
        return f'root ::= {BEGIN} "-"? [0-9]{{1,{DIGITS}}} ("." [0-9]{{1,{DECIMALS}}})? "}}"'
    labels = " | ".join(_quoted(json.dumps(label, ensure_ascii=False)) for label in answer.labels)
    value = "label"
    if answer.form == "some":
        value = f'"[" (label (", " label){{0,{min(MOST, len(answer.labels)) - 1}}})? "]"'
    return f'root ::= {BEGIN} {value} "}}"\nlabel ::= {labels}'


def _quoted(text: str) -> str:
    """A literal of the grammar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
