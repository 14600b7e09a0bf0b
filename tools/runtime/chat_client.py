"""Asks an OpenAI-compatible endpoint: many questions at a time, nothing paid twice, each answer held to its form."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .answer_cache import AnswerCache, question_key
from .answer_form import correction
from .asking import STOPPED, AskingError, Progress, Question, Reply
from .chat_endpoint import ChatEndpoint, Stopped
from .endpoint_errors import OwnProblem, Passing
from .endpoint_key import key_in
from .event_loop import LoopThread
from .request_form import has_room
from .said import Said

VERSION = 1  # of what is kept in a cache
QUOTED = 2000  # characters of a wrong answer that are shown to the model again
Exchanged = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass
class _Batch:
    """One call of `ask`."""

    progress: Progress | None
    stop: Callable[[], bool] | None
    total: int
    done: int = 0
    answered: int = 0
    failed_in_row: int = 0
    last: str = ""
    stopped: bool = False

    def must_stop(self) -> bool:
        self.stopped = self.stopped or (self.stop is not None and self.stop())
        return self.stopped


class ChatClient:
    """An Asker at an endpoint. It may be used from several threads; they share connections and limits.

    base_url: without secrets. key_variable: where the key is in the environment (a held one comes first: endpoint_key.py);
    endpoints on this machine or a private network may do without. concurrency: questions under way at once.
    requests_per_minute: None: no limit of one's own. timeout: seconds for one try. retries: further tries of a question, with
    growing pauses. patience: seconds for one question in all. cache: a file that keeps answers. form: how the endpoint wants
    its questions, where that is known (`client.form`).
    exchanged: hears the body of each request with its response, also of those that were kept.
    kept_only: nothing is asked; a question whose answer is not in the cache has the problem "stopped".
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_variable: str = "OPENAI_API_KEY",
        concurrency: int = 8,
        requests_per_minute: float | None = None,
        timeout: float = 60.0,
        retries: int = 5,
        patience: float = 300.0,
        cache: Path | None = None,
        form: Mapping[str, Any] | None = None,
        exchanged: Exchanged | None = None,
        kept_only: bool = False,
    ) -> None:
        self.base_url, self.model, self.exchanged, self.kept_only = base_url.rstrip("/"), model, exchanged, kept_only
        self.concurrency = max(1, concurrency)
        self.cache = AnswerCache(cache)
        known = form if form is not None else self.cache.form(self._name)
        self._endpoint = ChatEndpoint(
            self.base_url,
            model,
            key_variable=key_variable,
            concurrency=self.concurrency,
            requests_per_minute=requests_per_minute,
            timeout=timeout,
            retries=retries,
            patience=patience,
            form=known,
        )
        self._remembered = self._endpoint.form if known is not None else None
        self._usage = {"calls": 0, "cached": 0, "input_tokens": 0, "output_tokens": 0}
        self._loop: LoopThread | None = None
        self._opening = threading.Lock()

    def ask(
        self, questions: Sequence[Question], progress: Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> list[Reply]:
        """See Asker. progress and stop are called in the client's own thread."""
        if not questions:
            return []
        with self._opening:
            if self._loop is None:
                self._loop = LoopThread(self._endpoint.close)
        self._endpoint.key = key_in(self._endpoint.key_variable)
        return self._loop.run(self._ask(list(questions), _Batch(progress, stop, len(questions))))

    def usage(self) -> dict[str, int]:
        """calls, cached, input_tokens, output_tokens: what was paid through this client, and what was known already."""
        return dict(self._usage)

    @property
    def form(self) -> dict[str, Any]:
        """How the endpoint wants its questions, as far as it is known; JSON, for a manifest."""
        return self._endpoint.form.as_json()

    def close(self) -> None:
        """Close connections, the cache and the thread."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None
        self.cache.close()

    @property
    def _name(self) -> str:
        return f"{self.base_url} {self.model}"

    async def _ask(self, questions: list[Question], batch: _Batch) -> list[Reply]:
        places: dict[str, list[int]] = {}  # equal questions are asked once
        for position, question in enumerate(questions):
            places.setdefault(self._key(question), []).append(position)
        replies: list[Reply] = [Reply(problem=STOPPED)] * len(questions)
        waiting = iter(places.values())

        async def work() -> None:
            for positions in waiting:
                if batch.must_stop():
                    return
                reply = await self._reply(questions[positions[0]], batch)
                for position in positions:
                    replies[position] = reply
                batch.done += len(positions)
                if batch.progress is not None:
                    batch.progress(batch.done, batch.total)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.concurrency, len(places))):
                    group.create_task(work())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        if batch.failed_in_row and not batch.answered:
            raise self._fails(batch)
        return replies

    async def _reply(self, question: Question, batch: _Batch) -> Reply:
        """A reply, whatever happens to this question. Raises AskingError where no other would fare better."""
        try:
            reply = await self._answer(question, batch)
        except Stopped:
            return Reply(problem=STOPPED)
        except OwnProblem as problem:
            return Reply(problem=str(problem))
        except Passing as problem:
            batch.failed_in_row, batch.last = batch.failed_in_row + 1, str(problem)
            if batch.failed_in_row >= max(3, self.concurrency):
                raise self._fails(batch) from None
            return Reply(problem=str(problem))
        batch.failed_in_row, batch.answered = 0, batch.answered + 1
        return reply

    async def _answer(self, question: Question, batch: _Batch) -> Reply:
        """Ask; where the answer has another form than was asked for, say so and ask once more."""
        first = await self._say(question, batch)
        reply = first.reply(question)
        if reply.problem is None:
            return reply
        form = self._endpoint.form
        if form.mode == "json_schema" and not form.told and not first.is_json:
            self._endpoint.form = replace(form, told=True)  # it takes schemas and does not heed them: say it in words, too
        again = [
            {"role": "assistant", "content": first.text[:QUOTED] or "…"},
            {"role": "user", "content": correction(question.answer)},
        ]
        second = (await self._say(Question([*question.messages, *again], question.answer), batch)).reply(question)
        return replace(
            second,
            input_tokens=reply.input_tokens + second.input_tokens,
            output_tokens=reply.output_tokens + second.output_tokens,
            counted=reply.counted and second.counted,
            seconds=reply.seconds + second.seconds,
            cached=reply.cached and second.cached,
        )

    async def _say(self, question: Question, batch: _Batch) -> Said:
        """What the model says to it, or said earlier."""
        key = self._key(question)
        kept = self.cache.get(key)
        if kept is not None:
            self._usage["cached"] += 1
            self._heard(self._endpoint.form.body(self.model, question), kept["response"])
            return Said.from_response(kept["response"], question, kept["seconds"], cached=True)
        if self.kept_only:
            raise Stopped
        body, response, seconds = await self._endpoint.complete(question, batch.must_stop)
        said = self._read(response, question, seconds)
        self._count(said)
        if said.ran_out_thinking and has_room(body):
            self._endpoint.form = replace(self._endpoint.form, wide=True)
            return await self._say(question, batch)
        self.cache.put(key, {"response": response, "seconds": round(seconds, 4)})
        self._remember()
        self._heard(body, response)
        return said

    @staticmethod
    def _read(response: dict[str, Any], question: Question, seconds: float) -> Said:
        try:
            return Said.from_response(response, question, seconds, cached=False)
        except ValueError as problem:
            raise Passing(str(problem)) from None

    def _count(self, said: Said) -> None:
        self._usage["calls"] += 1
        self._usage["input_tokens"] += said.input_tokens
        self._usage["output_tokens"] += said.output_tokens

    def _remember(self) -> None:
        if self._remembered != self._endpoint.form:
            self._remembered = self._endpoint.form
            self.cache.put_form(self._name, self._endpoint.form.as_json())

    def _heard(self, body: dict[str, Any], response: dict[str, Any]) -> None:
        if self.exchanged is not None:
            self.exchanged(body, response)

    def _key(self, question: Question) -> str:
        """Of the model at its place, the words, and the answers that there may be; not of how the form was asked for."""
        answer = question.answer
        return question_key(VERSION, self._name, question.messages, answer.labels, answer.several)

    def _fails(self, batch: _Batch) -> AskingError:
        unreached = batch.last.startswith("no connection")
        return AskingError(
            "no-connection" if unreached else "endpoint-fails",
            expected=f"answers from {self.base_url}",
            found=f"{batch.last}, {batch.failed_in_row} times in a row",
            remedy="Check that it runs and can be reached." if unreached else "Try again later, or use another model.",
        )
