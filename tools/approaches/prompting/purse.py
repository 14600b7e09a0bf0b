"""What may still be spent: dollars and minutes. No question is asked that could cost more than is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tools.core.language_model import LanguageModel, Usage
from tools.runtime.answer_form import most_tokens
from tools.runtime.request_form import WIDE

if TYPE_CHECKING:
    from tools.runtime.asking import Asker, Question, Reply

IN_FLIGHT = 8  # questions that are under way at once, where an asker does not tell
ATTEMPTS = 2  # an answer outside the form is asked for once more
MESSAGE_TOKENS = 30.0  # around the messages of a question
KNOWN_QUESTIONS = 20  # from so many on, what they took bounds what the next can take
MARGIN = 2.0


class Purse:
    """Counts what an asker uses, from now on.

    dollars: the hard limit. deadline: of `time.monotonic`. note: is told what may be gone at most, before it is gone, so that a
    kill at any moment forgets no dollar.
    """

    def __init__(
        self,
        model: LanguageModel,
        asker: Asker,
        dollars: float,
        deadline: float = float("inf"),
        note: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.model, self.asker, self.dollars, self.deadline, self.note = model, asker, dollars, deadline, note
        self.free = not model.paid
        self.before = self._used()
        self.longest = self.bytes = self.expected = 0  # bytes of the longest question, of all, and how many there are
        self.most = 0  # tokens of the longest answer
        self.probed = False  # whether one question was asked, alone: then it is known how answers come

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        now, before = self._used(), self.before
        counts = {name: now[name] - before[name] for name in now}
        dollars = 0.0 if self.free else self.model.dollars(counts["input_tokens"], counts["output_tokens"])
        return Usage(**counts, dollars=dollars)

    @property
    def left(self) -> float:
        """Dollars that may still be planned with: what is under way could use the rest."""
        return self.dollars - self.usage.dollars - self.margin

    @property
    def margin(self) -> float:
        """Dollars that the questions under way may cost at most."""
        if self.free:
            return 0.0
        form = getattr(self.asker, "form", None) or {}
        output = WIDE if not self.probed or form.get("wide") or form.get("limit", "") is None else self.most
        under_way = 1 + int(getattr(self.asker, "concurrency", IN_FLIGHT)) if self.probed else 1
        return under_way * ATTEMPTS * self.model.dollars(self.longest * self._tokens_a_byte(), output)

    def expect(self, questions: Sequence[Question]) -> None:
        """These will be asked."""
        sizes = [size_of(question) for question in questions]
        self.longest = max([self.longest, *sizes])
        self.bytes, self.expected = self.bytes + sum(sizes), self.expected + len(sizes)
        self.most = max([self.most, *(most_tokens(answer) for answer in {question.answer for question in questions})])

    def ask(
        self, questions: Sequence[Question], stop: Callable[[], bool], progress: Callable[[int, int], None] | None = None
    ) -> list[Reply]:
        """A reply to each. The very first question is asked alone: it tells what an answer takes at most."""
        self.expect(questions)
        first = questions[:1] if not self.probed else []
        found = self.asker.ask(first, None, stop)
        self.probed = self.probed or bool(first)
        found = found + self.asker.ask(questions[len(first) :], progress, stop)
        self.settle()
        return found

    def stop(self, dollars: float | None = None, deadline: float | None = None) -> bool:
        """Whether no further question may be asked. dollars, deadline: tighter limits than the purse's own."""
        if time.monotonic() > min(self.deadline, self.deadline if deadline is None else deadline):
            return True
        if self.free:
            return False
        limit = self.dollars if dollars is None else min(dollars, self.dollars)
        bound = self.usage.dollars + self.margin
        if bound > limit:
            return True
        self.note(bound)
        return False

    def settle(self) -> None:
        """Nothing is under way: what was used is what is gone."""
        self.note(self.usage.dollars)

    def _used(self) -> dict[str, int]:
        used = self.asker.usage()
        return {name: int(used.get(name, 0)) for name in ("calls", "cached", "input_tokens", "output_tokens")}

    def _tokens_a_byte(self) -> float:
        """A token is at least a byte; from a few questions on, what they took says more."""
        usage = self.usage
        if usage.calls < KNOWN_QUESTIONS or not self.bytes:
            return 1.0
        return min(1.0, MARGIN * (usage.input_tokens / usage.calls) / (self.bytes / self.expected))


def size_of(question: Question) -> int:
    """Bytes of a question, and something for what a client puts around it."""
    return sum(len(message["content"].encode()) for message in question.messages) + int(MESSAGE_TOKENS)
