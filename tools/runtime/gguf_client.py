"""Asks a GGUF file in this process: nothing leaves the machine, nothing is paid, a grammar holds each answer to its form."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from .answer_cache import AnswerCache, question_key
from .answer_form import most_tokens
from .answer_grammar import grammar
from .asking import STOPPED, AskingError, Progress, Question, Reply
from .gguf_model import CONTEXT, GgufModel, check, close, identity, using
from .said import Said

VERSION = 1  # of what is kept in a cache
CUT = " […] "  # stands where the middle of a text was left out
CUTS, LEAST = 8, 40  # tries to make a text fit, and characters below which it is none any more


class GgufClient:
    """An Asker on a file. Questions are answered one after the other, by all usable cores.

    A text that is too long for the model is cut in its middle, and the reply's `note` says so.
    context: tokens that a question and its answer may have together. cache: a file that keeps answers.
    Opening it loads nothing; the first question that is not known yet does.
    """

    def __init__(self, path: Path, *, cache: Path | None = None, context: int = CONTEXT) -> None:
        self.path, self.context = Path(path), context
        self.cache = AnswerCache(cache)
        self._usage = {"calls": 0, "cached": 0, "input_tokens": 0, "output_tokens": 0}
        self._identity: str | None = None

    def ask(
        self, questions: Sequence[Question], progress: Progress | None = None, stop: Callable[[], bool] | None = None
    ) -> list[Reply]:
        """See Asker. Raises AskingError where the file is not there or cannot be loaded."""
        replies: list[Reply] = []
        stopped = False
        for number, question in enumerate(questions, 1):
            stopped = stopped or (stop is not None and stop())
            if stopped:
                replies.append(Reply(problem=STOPPED))
                continue
            replies.append(self._reply(question))
            if progress is not None:
                progress(number, len(questions))
        return replies

    def usage(self) -> dict[str, int]:
        """calls, cached, input_tokens, output_tokens, through this client."""
        return dict(self._usage)

    def close(self) -> None:
        """Close the cache, and free the model's memory; who asks it again in this process loads it again."""
        self.cache.close()
        close(self.path)

    def _reply(self, question: Question) -> Reply:
        key = self._key(question)
        kept = self.cache.get(key)
        if kept is not None:
            self._usage["cached"] += 1
            return Said(**{**kept, "cached": True}).reply(question)
        begun = time.perf_counter()
        try:
            with using(self.path, self.context) as model:
                said = _said(model, question)
        except (ValueError, RuntimeError) as problem:
            if isinstance(problem, AskingError):
                raise
            return Reply(problem=str(problem))  # no room for the text, or llama.cpp could not read it
        said = replace(said, seconds=round(time.perf_counter() - begun, 4))
        self._usage["calls"] += 1
        self._usage["input_tokens"] += said.input_tokens
        self._usage["output_tokens"] += said.output_tokens
        self.cache.put(key, asdict(said))
        return said.reply(question)

    def _key(self, question: Question) -> str:
        if self._identity is None:
            check(self.path)
            self._identity = identity(self.path)
        answer = question.answer
        return question_key(VERSION, self._identity, self.context, question.messages, answer.labels, answer.several)


def _said(model: GgufModel, question: Question) -> Said:
    most = most_tokens(question.answer)
    prompt, note = _fitted(model, question.messages, model.context - most)
    tokens = list(model.answer(prompt, grammar(question.answer), most))
    spoken = b"".join(bytes(token["bytes"]) for token in tokens).decode("utf-8", "replace")
    finish = "length" if len(tokens) == most else "stop"
    return Said(spoken, tokens, finish, input_tokens=len(prompt), output_tokens=len(tokens), note=note)


def _fitted(model: GgufModel, messages: list[dict[str, str]], room: int) -> tuple[list[int], str | None]:
    """The prompt's tokens, and what to know of it: where it had to be cut. Raises ValueError where no cut helps."""
    note = None
    for _ in range(CUTS):
        prompt = model.prompt(messages)
        if len(prompt) <= room:
            return prompt, note
        longest = max(range(len(messages)), key=lambda position: len(messages[position]["content"]))
        content = messages[longest]["content"]
        spare = round(len(content) * (1 - (len(prompt) - room) / len(prompt)) * 0.9) - len(CUT)
        if spare < LEAST:
            break
        shorter = content[: spare // 2] + CUT + content[-(spare // 2) :]
        messages = [*messages[:longest], {**messages[longest], "content": shorter}, *messages[longest + 1 :]]
        note = f"the text was too long for the model ({model.context} tokens): its middle was left out"
    raise ValueError(f"the text is too long for the model ({len(prompt)} tokens; there is room for {room})")
