"""What may still be spent: dollars and minutes. No question is asked that could cost more than is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tools.core.language_model import LanguageModel, Usage
from tools.runtime.answer_form import most_tokens
from tools.runtime.asking import STOPPED
from tools.runtime.request_form import WIDE

if TYPE_CHECKING:
    from tools.runtime.asking import Asker, Question, Reply

CONCURRENCY = 8  # questions that are under way at once, where an asker does not tell
ATTEMPTS = 2  # an answer outside the form is asked for once more
MESSAGE_BYTES = 60  # around the messages of a question
KNOWN_QUESTIONS = 20  # from so many on, what they took bounds what the next can take
MARGIN = 2.0
PLENTY = 4  # with money for so many times what is under way at once, nothing needs to be asked in small batches

Progress = Callable[[int, int], None]


class Purse:
    """Counts what an asker uses, from now on.

    dollars: the hard limit. deadline: of `time.monotonic`. note: is told what may be gone at most, before it is gone, so that a
    kill at any moment forgets no dollar. probed: one question was asked alone, so it is known how answers come.
    """

    def __init__(
        self,
        model: LanguageModel,
        asker: Asker,
        dollars: float,
        deadline: float = float("inf"),
        note: Callable[[float], None] = lambda _: None,
        probed: bool = False,
    ) -> None:
        self.model, self.asker, self.dollars, self.deadline, self.note = model, asker, dollars, deadline, note
        self.free = not model.paid
        self.probed = probed or self.free
        self.concurrency = int(getattr(asker, "concurrency", CONCURRENCY))
        self.before = self._used()
        self.longest = self.bytes = self.expected = 0  # bytes of the longest question, of all, and how many there are
        self.most = 0  # tokens of the longest answer

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        now, before = self._used(), self.before
        counts = {name: now[name] - before[name] for name in now}
        dollars = 0.0 if self.free else self.model.dollars(counts["input_tokens"], counts["output_tokens"])
        return Usage(**counts, dollars=dollars)

    @property
    def worst(self) -> float:
        """Dollars that one question may cost at most."""
        if self.free:
            return 0.0
        form = getattr(self.asker, "form", None) or {}
        unbounded = not self.probed or form.get("wide") or form.get("limit", "") is None
        return ATTEMPTS * self.model.dollars(self.longest * self._tokens_a_byte(), WIDE if unbounded else self.most)

    @property
    def left(self) -> float:
        """Dollars that may still be planned with: the last of them cannot pay for a question that turns out long."""
        return self.dollars - self.usage.dollars - self.worst

    def ask(
        self,
        questions: Sequence[Question],
        progress: Progress | None = None,
        dollars: float | None = None,
        deadline: float | None = None,
    ) -> list[Reply]:
        """A reply to each; what limits do not allow has the problem "stopped". dollars, deadline: tighter than the purse's own.

        The very first question is asked alone: it tells what an answer takes. As money runs out, so few are asked at a time
        that all of them together can be paid.
        """
        from tools.runtime.asking import Reply

        self._expect(questions)
        limit = self.dollars if dollars is None else min(dollars, self.dollars)
        until = self.deadline if deadline is None else min(deadline, self.deadline)
        replies = [Reply(problem=STOPPED)] * len(questions)
        pending = list(range(len(questions)))
        while pending and time.monotonic() <= until:
            batch, careful = self._batch(len(pending), limit)
            if not batch:
                break
            asked = pending[:batch]
            told = _beyond(progress, len(questions) - len(pending), len(questions))
            for place, reply in zip(
                asked, self._asked([questions[at] for at in asked], told, limit, until, careful), strict=True
            ):
                replies[place] = reply
            left = [place for place in pending if replies[place].problem == STOPPED]
            if len(left) == len(pending) and not careful:
                break
            pending = left
        self.note(self.usage.dollars)  # nothing is under way: what was used is what is gone
        return replies

    def _asked(
        self, questions: list[Question], progress: Progress | None, limit: float, until: float, careful: bool
    ) -> list[Reply]:
        """careful: all of these can be paid; else they are stopped in time."""
        under_way = len(questions) if careful else self.concurrency + 1

        def stop() -> bool:
            if time.monotonic() > until:
                return True
            if self.free:
                return False
            bound = self.usage.dollars + under_way * self.worst
            if not careful and bound > limit:
                return True
            self.note(bound)
            return False

        if careful:
            self.note(self.usage.dollars + under_way * self.worst)
        found = self.asker.ask(questions, progress, (lambda: time.monotonic() > until) if careful else stop)
        self.probed = True
        return found

    def _batch(self, pending: int, limit: float) -> tuple[int, bool]:
        """How many questions may be asked now (0: none), and whether it is so few because money runs out."""
        if self.free:
            return pending, False
        affordable = int((limit - self.usage.dollars) / self.worst) if self.worst else pending
        if not self.probed:
            return min(1, max(0, affordable)), True
        if affordable >= pending:
            return pending, True
        if affordable > PLENTY * self.concurrency:
            return pending, False
        return max(0, affordable), True

    def _expect(self, questions: Sequence[Question]) -> None:
        sizes = [size_of(question) for question in questions]
        self.longest = max([self.longest, *sizes])
        self.bytes, self.expected = self.bytes + sum(sizes), self.expected + len(sizes)
        self.most = max([self.most, *(most_tokens(answer) for answer in {question.answer for question in questions})])

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
    return sum(len(message["content"].encode()) + MESSAGE_BYTES for message in question.messages)


def _beyond(progress: Progress | None, before: int, of: int) -> Progress | None:
    """Progress of a part of the questions, told as that of all."""
    if progress is None:
        return None
    hear = progress
    return lambda answered, _: hear(before + answered, of)
