"""A language model that is asked about each row, at its endpoint or from a file on this machine.

Manifest keys: `language_model` (which one, where; no secret), `examples` (how many are shown with a question), `answering` (see
replies.py), `several`. The prompt itself is in files: see prompt.py. A key comes from the environment (OPENAI_API_KEY) only.
PROMPT_CACHE, where it is set, names a file that keeps answers, so that nothing is asked twice. What else the environment may
say to a prototype is in whereabouts.py.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np

from .askers import opened
from .asking import STOPPED, Answer, Asker, Question, Reply
from .prompt import Prompt, written
from .replies import class_answers, label_set_answers, number_answers
from .whereabouts import placed

CACHE = "PROMPT_CACHE"
MOST_REPLIES = 100_000  # that are remembered: a prototype answers files of any size


class Limits(Protocol):
    """What keeps asking within dollars and minutes."""

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """A reply to each, in order; what limits do not allow has the problem "stopped"."""


class Predictor:
    """Asks. `limits`, where they are set, stand between it and the asker.

    replies: what was said so far (the last `MOST_REPLIES`). problems: of the last rows, why they have no answer, else None.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self.prompt = Prompt.read(folder, int(manifest.get("examples", 0)))
        self.limits: Limits | None = None
        self.replies: list[Reply] = []
        self._of_this_thread = threading.local()  # a server answers several rows at once

    @cached_property
    def asker(self) -> Asker:
        """Opened at the first question: a model from a file takes seconds."""
        return open_asker(self.manifest["language_model"], self.folder)

    @property
    def problems(self) -> list[str | None]:
        """Of the rows that this thread asked about last."""
        found: list[str | None] = getattr(self._of_this_thread, "problems", [])
        return found

    @property
    def milliseconds(self) -> float | None:
        """Median time of an answer so far, as the model took it (answers from the cache count as when they were given)."""
        times = [reply.seconds for reply in self.replies if reply.problem is None and reply.seconds]
        return median(times) * 1000 if times else None

    def questions(self, rows: Sequence[Mapping[str, Any]]) -> list[Question]:
        """One for each row."""
        table = str(self.manifest["kind"]).startswith("tabular")
        answer = answer_of(self.manifest)
        texts = written(rows, self.manifest["inputs"], table)
        return [Question(messages, answer) for messages in self.prompt.messages(texts)]

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Classes [n, labels], rows sum to 1; several labels [n, labels]; numbers [n].

        A row without an answer gets the class frequencies (the middle number), and a warning tells how many there were.
        Raises RuntimeError where no row was answered.
        """
        if not rows:
            return np.zeros((0, len(self.manifest.get("labels") or ()))) if self.manifest.get("labels") else np.zeros(0)
        questions = self.questions(rows)
        found = (self.limits or self.asker).ask(questions)
        self.replies = [*self.replies, *found][-MOST_REPLIES:]
        self._of_this_thread.problems = [reply.problem for reply in found]
        problems = [reply.problem for reply in found if reply.problem is not None]
        if len(problems) == len(found) and problems[0] != STOPPED:
            raise RuntimeError(f"Expected answers of {self.manifest['language_model']['name']}. Found none: {problems[0]}")
        if problems:
            logging.getLogger(__name__).warning(
                "%d of %d rows were not answered (%s); they got the usual answer.", len(problems), len(found), problems[0]
            )
        return answers(found, self.manifest)


def open_asker(language_model: Mapping[str, Any], folder: Path | None = None) -> Asker:
    """The client for that model, with the cache that PROMPT_CACHE names. folder: of the manifest that holds it."""
    cache, known = os.environ.get(CACHE), language_model.get("form")
    model = placed(folder, language_model) if folder is not None else language_model
    return opened(model, cache=Path(cache) if cache else None, **({"form": known} if known else {}))


def answer_of(manifest: Mapping[str, Any]) -> Answer:
    """What a question asks for: one of the labels, some of them, or a number."""
    labels = tuple(manifest.get("labels") or ())
    return Answer(labels=labels, several=bool(manifest.get("several")))


def answers(replies: Sequence[Reply], manifest: Mapping[str, Any]) -> np.ndarray:
    """As `Predictor.predict` gives them."""
    labels = manifest.get("labels")
    if not labels:
        return number_answers(replies, manifest["answering"])
    return (label_set_answers if manifest.get("several") else class_answers)(replies, labels, manifest["answering"])
