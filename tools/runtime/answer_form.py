"""An answer's form: the JSON schema that holds a model to it, the words that ask for it elsewhere, and reading what came.

The answer is always the object {"answer": ...}: a label, a list of labels, or a number.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal

from .asking import Answer

Mode = Literal["json_schema", "object_schema", "json_object", "text"]
"""OpenAI's way; llama.cpp's server's and others'; any JSON; nothing but words."""
Read = tuple[list[str] | None, float | None]
NOTHING_READ: Read = (None, None)
THINKING = re.compile(
    r"^\s*<(think|thinking|reasoning)>.*?(</\1>|$)|^.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE
)
"""Thoughts before the answer; some chat templates open them in the question, so that only their end is in the text."""
NUMBER = re.compile(r"[-+]?(?:\d[\d,  ]*\d|\d)?(?:\.\d+)?(?:[eE][-+]?\d+)?")


def schema(answer: Answer) -> dict[str, Any]:
    """A JSON schema that only right answers fulfil (without `uniqueItems`, which strict modes refuse: a label counts once)."""
    value: dict[str, Any] = {"type": "number"}
    if answer.form == "one":
        value = {"type": "string", "enum": list(answer.labels)}
    elif answer.form == "some":
        value = {"type": "array", "items": {"type": "string", "enum": list(answer.labels)}}
    return {"type": "object", "properties": {"answer": value}, "required": ["answer"], "additionalProperties": False}


def wish(answer: Answer, mode: Mode) -> str:
    """The sentence that asks for the form, where no schema holds the model to it."""
    names = json.dumps(list(answer.labels), ensure_ascii=False)
    if mode != "text":
        value = {"one": f"one of {names}", "some": f"a list with those of {names} that fit", "number": "a number"}[answer.form]
        return f'Answer with a JSON object of the form {{"answer": ...}} and nothing else, where ... is {value}.'
    if answer.form == "one":
        return f"Answer with exactly one of these labels and nothing else: {names}"
    if answer.form == "some":
        return f"Answer with a JSON list of those of these labels that fit ([] where none does), and nothing else: {names}"
    return "Answer with one number in digits and nothing else."


def correction(answer: Answer) -> str:
    """What is said to a model whose answer was outside the form."""
    return f"That was not an answer of the form that is needed. {wish(answer, 'json_object')}"


def most_tokens(answer: Answer) -> int:
    """Enough for any right answer: a token is a byte at least, and JSON may write six for a character beyond ASCII."""
    longest = [len(json.dumps(label)) + 4 for label in answer.labels]
    return 48 + (sum(longest) if answer.several else max(longest, default=0))


def read(text: str, answer: Answer) -> Read:
    """(labels, number) as a text says them; (None, None) where it says no answer of this form."""
    text = THINKING.sub("", text).strip()
    value = _value(text)
    if answer.form == "number":
        return None, _number(value if value is not None else text)
    if answer.form == "one":
        found = _one(value if isinstance(value, str) else text, answer.labels)
        return ([found], None) if found is not None else NOTHING_READ
    return _some(value, text, answer.labels), None


def _value(text: str) -> Any:
    """What `answer` holds in a JSON object, or the JSON itself where it is no object; None where there is no JSON."""
    for candidate in (
        text,
        *re.findall(r"```(?:json)?\s*(.*?)```", text, re.DOTALL),
        text[text.find("{") : text.rfind("}") + 1],
    ):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found.get("answer", next(iter(found.values())) if len(found) == 1 else None)
        return found
    return None


def _one(text: str, labels: tuple[str, ...]) -> str | None:
    """The label that the text is: exactly, but for case and marks around it, or the only one that it holds as a word."""
    if text in labels:
        return text
    bare = _bare(text)
    alike = [label for label in labels if _bare(label) == bare]
    if alike:
        return alike[0] if len(alike) == 1 else None
    held = _held(text, labels)
    return held[0] if len(held) == 1 else None


def _some(value: Any, text: str, labels: tuple[str, ...]) -> list[str] | None:
    if isinstance(value, list):
        named = [_one(str(item), labels) for item in value]
        return None if None in named else [label for label in labels if label in named]
    if isinstance(value, str):
        text = value
    if _bare(text) in ("", "none", "none of them", "none of these"):
        return [] if text else None
    held = _held(text, labels)
    return [label for label in labels if label in held] or None


def _held(text: str, labels: tuple[str, ...]) -> list[str]:
    """Labels that stand in the text as words of their own; one that only stands within a longer label's place is not meant."""
    left = text.casefold()
    held = []
    for label in sorted(labels, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(label.casefold())}(?!\w)"
        left, hits = re.subn(pattern, "\0", left)
        if hits:
            held.append(label)
    return held


def _bare(text: str) -> str:
    return text.strip(" \t\r\n\"'`*_.,;:!()[]<>«»“”„").casefold()


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = [match for match in NUMBER.findall(value) if any(sign.isdigit() for sign in match)]
        if len(found) != 1:
            return None
        value = re.sub("[,  ]", "", found[0])
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
