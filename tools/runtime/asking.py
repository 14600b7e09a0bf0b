"""Asking a language model many closed questions: what a question and a reply are, and what a client of either kind does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

STOPPED = "stopped"
"""The problem of a question that was not asked, because `stop()` said so."""

Progress = Callable[[int, int], None]
"""progress(answered, of how many); called between answers, perhaps in another thread, never two at a time."""


@dataclass(frozen=True)
class Answer:
    """What a question asks for: one of the labels, some of them (`several`; perhaps none), or, without labels, a number."""

    labels: tuple[str, ...] = ()
    several: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"Expected labels that differ. Found {list(self.labels)}. Leave out the repeated ones.")

    @property
    def form(self) -> Literal["one", "some", "number"]:
        """In a word."""
        return "number" if not self.labels else "some" if self.several else "one"


@dataclass(frozen=True)
class Question:
    """messages: [{"role": "system" | "user" | "assistant", "content": text}]. answer: what may be answered."""

    messages: list[dict[str, str]]
    answer: Answer


@dataclass
class Reply:
    """What came of one question.

    labels: one label for "one", any number for "some" in the answer's order; None for numbers and where there is a problem.
    number: for numbers. probabilities: for each of the answer's labels, where the model tells how sure it was of each token;
    for "one" they sum to 1, and the most probable label may be another than was said; for "some" each stands alone.
    input_tokens, output_tokens: what the answer has cost, also where it was paid earlier (`cached`). counted: by the endpoint;
    False: taken as a quarter of the characters. seconds: what the model took when it was asked.
    problem: why there is no answer, for people; None where there is one. note: what to know of an answer (its text was cut).
    """

    labels: list[str] | None = None
    number: float | None = None
    probabilities: list[float] | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    counted: bool = True
    seconds: float = 0.0
    cached: bool = False
    problem: str | None = None
    note: str | None = None


class Asker(Protocol):
    """A language model that answers questions."""

    def ask(
        self, questions: Sequence[Question], progress: Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> list[Reply]:
        """A reply to each question, in order. Equal questions are asked once.

        stop: asked between answers; once it says True nothing more is asked, and the rest have the problem "stopped".
        Raises AskingError where no further question could be answered either (a refused key, no connection, an unknown model).
        """

    def usage(self) -> dict[str, int]:
        """What was paid through this client so far: calls, cached (known already, so not paid), input_tokens, output_tokens."""

    def close(self) -> None:
        """Let go of connections and memory. Asking again opens them again."""


class AskingError(RuntimeError):
    """Nothing can be asked there. Never holds a key.

    code: `no-key`, `key-refused`, `no-credit`, `unknown-model`, `no-connection`, `offline`, `endpoint-fails`,
    `not-an-endpoint`, `model-file`, `no-llama-cpp`. expected, found, remedy: for people.
    """

    def __init__(self, code: str, *, expected: str, found: str, remedy: str) -> None:
        self.code, self.expected, self.found, self.remedy = code, expected, found, remedy
        super().__init__(f"Expected {expected}. Found {found}. {remedy}")
