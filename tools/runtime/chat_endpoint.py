"""One OpenAI-compatible endpoint: a question goes out, with patience, and a chat completion comes back.

Through the `openai` package, for its connections, time-outs, proxies and errors; its `post`, not its typed methods. Measured on
two cores shared with the server, 1,000 questions of 50 ms, 8 at a time (6.3 s are the server's own): 7.1 s and 1.4 ms of CPU a
question with `post`, 6.9 to 7.5 s with the typed `create`, 6.8 s and 0.7 ms with plain httpx2.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .asking import AskingError, Question
from .endpoint import is_loopback, is_private
from .endpoint_errors import OwnProblem, Passing, Refused, from_status, offline_refusal, shown, words_of
from .request_form import Form

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from tenacity import RetryCallState

CONNECT = 10.0  # seconds
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between two tries, unless the endpoint asks for more
LOOK = 0.25  # seconds between two looks at whether to stop, while waiting
NO_KEY = "none"  # what is sent where no key is needed; clients must send something
AS_JSON: Any = {"headers": {"Content-Type": "application/json"}}
MustStop = Callable[[], bool]


class Stopped(Exception):
    """It was to stop while a question waited for its turn or its next try."""


class ChatEndpoint:
    """Lives in one event loop. form: how questions are put; lowered as the endpoint refuses. The rest as in ChatClient."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_variable: str,
        concurrency: int,
        requests_per_minute: float | None,
        timeout: float,
        retries: int,
        patience: float,
        form: Mapping[str, Any] | None,
    ) -> None:
        self.base_url, self.model, self.key_variable = base_url, model, key_variable
        self.timeout, self.retries, self.patience = timeout, retries, patience
        self.needs_key = not is_private(base_url)
        self.key = ""  # set before each batch: a key may come and go
        self.interval = 60.0 / requests_per_minute if requests_per_minute else 0.0
        self.form, self.proven = Form.from_json(form), form is not None
        self.concurrency = concurrency
        self._places = asyncio.Semaphore(concurrency)
        self._next_start = self._closed_until = 0.0  # by time.monotonic(): no request starts before, by our limit and by theirs
        self._client: AsyncOpenAI | None = None

    async def complete(self, question: Question, must_stop: MustStop) -> tuple[dict[str, Any], dict[str, Any], float]:
        """(request body, chat completion, seconds that it took).

        Raises AskingError where no question can be answered there; Passing where every try failed; OwnProblem where this
        question cannot be answered; Stopped.
        """
        form = self.form
        while True:
            body = form.body(self.model, question)
            try:
                response, seconds = await self._with_patience(body, must_stop)
            except Refused as refusal:
                form = self._lower(form, str(refusal))
                continue
            if form != self.form or not self.proven:
                self.form, self.proven = form, True
            return body, response, seconds

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        self._places = asyncio.Semaphore(self.concurrency)  # the next use may be in another loop

    def _lower(self, form: Form, said: str) -> Form:
        """The next form to try for a question that was refused. Raises OwnProblem where the form is not what is wrong."""
        lower, named = form.lowered(said)
        if lower is None or (not named and self.proven and form == self.form):
            raise OwnProblem(f"the endpoint refused the question ({shown(said)})")
        if named and form == self.form:
            self.form = lower  # others need not find it out again
        return lower

    async def _with_patience(self, body: dict[str, Any], must_stop: MustStop) -> tuple[dict[str, Any], float]:
        """Try, and try again where it may help: with growing, jittered pauses, or those that the endpoint asks for."""
        try:
            return await self._once(body, must_stop)  # most often this is all; tenacity would cost as much as our own part
        except Passing as first:
            return await self._again(body, must_stop, first)

    async def _again(self, body: dict[str, Any], must_stop: MustStop, first: Passing) -> tuple[dict[str, Any], float]:
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

        async def sleep(seconds: float) -> None:
            await _sleep(seconds, must_stop)

        failed: list[Passing] = [first]

        async def once() -> tuple[dict[str, Any], float]:
            if failed:
                raise failed.pop()  # the try that was made already counts as the first
            return await self._once(body, must_stop)

        retrying = AsyncRetrying(
            sleep=sleep,
            stop=stop_after_attempt(self.retries + 1) | stop_before_delay(self.patience),
            wait=_pause,
            retry=retry_if_exception_type(Passing),
            reraise=True,
        )
        return await retrying(once)

    async def _once(self, body: dict[str, Any], must_stop: MustStop) -> tuple[dict[str, Any], float]:
        async with self._places:
            await self._own_turn(must_stop)
            client = self._opened()
            begun = time.perf_counter()
            try:
                async with asyncio.timeout(self.timeout):
                    raw = await self._post(client, body)
            except TimeoutError:
                raise Passing(f"no answer within {self.timeout:g} s") from None
            except Passing as passing:
                if passing.after:  # a limit holds for all questions
                    self._closed_until = max(self._closed_until, time.monotonic() + passing.after)
                raise
            seconds = time.perf_counter() - begun
        return _completion(raw), seconds

    async def _own_turn(self, must_stop: MustStop) -> None:
        """Wait for it, where requests are limited. Raises Stopped; Passing where the endpoint is closed for too long."""
        now = time.monotonic()
        closed = self._closed_until - now
        if closed > self.patience:
            raise Passing(f"the endpoint asks to wait {math.ceil(closed)} s")
        start = max(now + closed, now, self._next_start)
        if self.interval:
            self._next_start = start + self.interval
        await _sleep(start - now, must_stop)

    async def _post(self, client: AsyncOpenAI, body: dict[str, Any]) -> bytes:
        import httpx2
        import openai

        try:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            response = await client.post("/chat/completions", cast_to=httpx2.Response, content=content, options=AS_JSON)
        except openai.APIStatusError as error:
            said = words_of(error.response.text)
            said = said.replace(self.key, "[key]") if self.key else said
            raise from_status(
                error.status_code,
                said,
                error.response.headers,
                self.base_url,
                self.model,
                self.key_variable,
                keyed=bool(self.key),
            ) from None
        except openai.APITimeoutError:
            raise Passing(f"no answer within {self.timeout:g} s") from None
        except openai.APIConnectionError as error:
            raise Passing(f"no connection ({type(error.__cause__).__name__})") from None
        return response.content

    def _opened(self) -> AsyncOpenAI:
        if self._client is None:
            refusal = offline_refusal(self.base_url)
            if refusal is not None:
                raise refusal
            import httpx2
            import openai

            timeout = httpx2.Timeout(self.timeout, connect=min(CONNECT, self.timeout))
            # never elsewhere: a redirect would carry texts to a place that nobody approved; nor through a proxy to this machine
            network = openai.DefaultAsyncHttpxClient(
                timeout=timeout, follow_redirects=False, trust_env=not is_loopback(self.base_url)
            )
            self._client = openai.AsyncOpenAI(
                base_url=self.base_url, api_key=NO_KEY, max_retries=0, timeout=timeout, http_client=network
            )
        self._client.api_key = self._needed_key()
        return self._client

    def _needed_key(self) -> str:
        if self.key or not self.needs_key:
            return self.key or NO_KEY
        raise AskingError(
            "no-key",
            expected=f"a key for {self.base_url} in the environment variable {self.key_variable}",
            found="none",
            remedy=f"Set {self.key_variable}, or ask a model on this machine.",
        )


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: what the endpoint asks for, else 0.5, 1, 2 ... at most 60, with up to a half of jitter."""
    from tenacity import wait_exponential_jitter

    error = state.outcome.exception() if state.outcome is not None else None
    if isinstance(error, Passing) and error.after is not None:
        return error.after
    grown = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
    return wait_exponential_jitter(initial=FIRST_WAIT, max=LONGEST_WAIT, jitter=grown / 2)(state)


async def _sleep(seconds: float, must_stop: MustStop) -> None:
    """Sleep, and look up now and then. Raises Stopped."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if must_stop():
            raise Stopped
        await asyncio.sleep(min(left, LOOK))


def _completion(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Passing(f"an answer that is no JSON ({shown(raw[:100].decode('utf-8', 'replace'))!r})") from None
    choices = found.get("choices") if isinstance(found, dict) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], dict) and isinstance(choices[0].get("message"), dict):
        return dict(found)
    if isinstance(found, dict) and found.get("error"):  # some say so with a status of 200
        raise Passing(f"an error ({shown(words_of(json.dumps(found)))})")
    raise Passing("an answer that is no chat completion")
