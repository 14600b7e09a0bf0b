"""Questions whose answer is `spam` or `ham`, and answers as an endpoint gives them."""

from __future__ import annotations

import json
from typing import Any

from chat_wire import Said

from tools.runtime.asking import Answer, Question

LABELS = ("spam", "ham")
ANSWER = Answer(LABELS)


def question(text: str = "hello", answer: Answer = ANSWER) -> Question:
    return Question([{"role": "user", "content": text}], answer)


def label(name: str = "ham", **more: Any) -> Said:
    return Said(text=json.dumps({"answer": name}), **more)
