"""Which way of asking is best: all are tried on a few validation rows, the better half on twice as many, and so on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.approaches.prompting.answering import judged_answers, learn_answering, loss, quality
from tools.approaches.prompting.estimate import FIRST_ROWS, OUTPUT_TOKENS, message_tokens
from tools.approaches.prompting.material import Material
from tools.approaches.prompting.purse import Progress, Purse
from tools.approaches.prompting.setting import Setting
from tools.runtime.asking import STOPPED, Answer, Question, Reply

if TYPE_CHECKING:
    from tools.runtime.asking import Asker
    from tools.runtime.prompt import Prompt

SHARE = 0.5  # of the dollars and minutes may go into choosing
LEAST_ROWS = 8  # fewer rows say nothing about which setting is better
SURPLUS = 1.15  # the rows that come may be longer than those that were seen
SAMPLE = 24


@dataclass
class Search:
    """Asks, and remembers what was said: no row is asked about twice in the same way.

    asked_seconds, asked_count: wall time of questions that reached the model, and how many.
    """

    material: Material
    asker: Asker
    purse: Purse
    began: float = field(default_factory=time.monotonic)
    replies: dict[Setting, dict[int, Reply]] = field(default_factory=dict)
    prompts: dict[Setting, Prompt] = field(default_factory=dict)
    tokens: dict[Setting, float] = field(default_factory=dict)
    asked_seconds: float = 0.0
    asked_count: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)

    def choose(self, settings: Sequence[Setting], progress: Callable[[float, str], None]) -> list[Setting]:
        """The settings, best first. One alone is not tried."""
        alive = list(settings)
        if len(alive) < 2 or len(self.material.judged) < LEAST_ROWS:
            return alive
        beaten: list[Setting] = []
        order = self._shuffled()
        if not self.purse.probed:
            self.ask([(alive[0], order[0])])
        size, asked = min(FIRST_ROWS, len(order)), 0
        while len(alive) > 1:
            progress(0.35 * asked / len(order), f"trying {len(alive)} ways to ask on {size} rows")
            self.ask([(setting, row) for row in order[:size] for setting in alive], *self._enough(alive))
            common = [row for row in order[:size] if all(self.answered(setting, row) for setting in alive)]
            if len(common) <= min(asked, LEAST_ROWS - 1):
                break  # stopped before this round said anything
            ranked = self._ranked(alive, common)
            keep = (len(alive) + 1) // 2
            alive, beaten = ranked[:keep], ranked[keep:] + beaten
            if len(common) < size or size == len(order):
                alive, beaten = ranked[:1], ranked[1:keep] + beaten
                break
            asked, size = size, min(2 * size, len(order))
        return alive + beaten

    def ask(
        self,
        pairs: Sequence[tuple[Setting, int]],
        dollars: float | None = None,
        deadline: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Ask about these rows in these ways, as far as it was not done. dollars, deadline: tighter than the purse's."""
        pairs = [(setting, row) for setting, row in pairs if not self.answered(setting, row)]
        questions = self.questions(pairs)
        calls, began = self.asker.usage()["calls"], time.monotonic()
        found = self.purse.ask(questions, progress, dollars, deadline)
        calls = self.asker.usage()["calls"] - calls
        if calls:
            self.asked_seconds, self.asked_count = self.asked_seconds + time.monotonic() - began, self.asked_count + calls
        for (setting, row), reply in zip(pairs, found, strict=True):
            self.replies.setdefault(setting, {})[row] = reply

    def questions(self, pairs: Sequence[tuple[Setting, int]]) -> list[Question]:
        """One for each pair, in order."""
        material, made = self.material, {}
        task = material.job.task
        answer = Answer(tuple(task.label_names), task.is_several)
        for setting in dict.fromkeys(setting for setting, _ in pairs):
            rows = [row for one, row in pairs if one == setting]
            prompt = self.prompts.setdefault(setting, material.trial(setting))
            found = prompt.messages([material.texts[row] for row in rows], material.barred(rows))
            made.update({(setting, row): Question(messages, answer) for row, messages in zip(rows, found, strict=True)})
        return [made[pair] for pair in pairs]

    def answered(self, setting: Setting, row: int) -> bool:
        """Whether the row was asked about in this way (a question that was not answered was asked, too)."""
        reply = self.replies.get(setting, {}).get(row)
        return reply is not None and reply.problem != STOPPED

    def dollars(self, setting: Setting, questions: int) -> float:
        """What so many questions in this way will cost."""
        if self.purse.free:
            return 0.0
        replies = [reply for reply in self.replies.get(setting, {}).values() if reply.input_tokens]
        if len(replies) >= LEAST_ROWS:
            one = sum(self.purse.model.dollars(reply.input_tokens, reply.output_tokens) for reply in replies) / len(replies)
        else:
            one = self.purse.model.dollars(self._sampled_tokens(setting), OUTPUT_TOKENS)
        return SURPLUS * questions * one

    def remaining(self, setting: Setting) -> float:
        """What it will cost to ask about the validation rows that are left, and the test rows."""
        left = sum(not self.answered(setting, row) for row in self.material.judged)
        return self.dollars(setting, left + self.material.job.test_rows)

    def seconds(self, questions: int) -> float:
        """How long so many questions will take, as far as is known."""
        return questions * self.asked_seconds / self.asked_count if self.asked_count else 0.0

    def _sampled_tokens(self, setting: Setting) -> float:
        if setting not in self.tokens:
            rows = self.material.judged[:SAMPLE] or list(range(min(SAMPLE, len(self.material.texts))))
            found = [message_tokens(question.messages) for question in self.questions([(setting, row) for row in rows])]
            self.tokens[setting] = sum(found) / len(found) if found else 0.0
        return self.tokens[setting]

    def _enough(self, alive: Sequence[Setting]) -> tuple[float, float]:
        """Dollars and deadline of choosing: enough of both stays for what at least one of the settings still needs."""
        purse, job = self.purse, self.material.job
        kept = job.paid  # is not paid again, though nobody can tell before asking which answers it bought
        dollars = min(SHARE * purse.dollars, purse.dollars + kept - min(map(self.remaining, alive)) - purse.worst)
        return dollars, self.began + SHARE * job.minutes * 60

    def _ranked(self, settings: Sequence[Setting], rows: Sequence[int]) -> list[Setting]:
        """Best first by the plan's metric, then by how sure it was of the truth, then by its price."""

        def rank(setting: Setting) -> tuple[float, float, float]:
            replies = [self.replies[setting][row] for row in rows]
            found, _ = judged_answers(self.material, replies, rows, learn_answering(self.material, replies, rows))
            good, lost = quality(self.material, found, rows), loss(self.material, found, rows)
            self.log.append({"setting": setting.words, "rows": len(rows), "score": round(good, 4), "loss": round(lost, 4)})
            return (good if math.isfinite(good) else -math.inf, -lost, -float(setting.examples))

        return sorted(settings, key=rank, reverse=True)

    def _shuffled(self) -> list[int]:
        """Validation rows, each answer in its turn, so that a few rows hold all of the usual answers."""
        import numpy as np

        job = self.material.job
        order = np.random.default_rng(job.seed + 1).permutation(self.material.judged).tolist()
        if not job.task.label_names:
            return [int(row) for row in order]
        seen: dict[str, int] = {}
        turns = []
        total = {answer: sum(self.material.answers[row] == answer for row in order) for answer in set(self.material.answers)}
        for row in order:
            answer = self.material.answers[row]
            seen[answer] = seen.get(answer, 0) + 1
            turns.append(((seen[answer] - 0.5) / total[answer], int(row)))
        return [row for _, row in sorted(turns, key=lambda turn: turn[0])]
