"""A GGUF file in memory, once for a process: tokens in, the next token and its alternatives out, held to a grammar."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .asking import AskingError

CONTEXT = 8192  # tokens that are held at most, whatever the model was trained for: memory grows with them
ALTERNATIVES = 100  # kept for each token
PIECE = 2**20  # bytes from each end that tell one file from another
MAGIC = b"GGUF"

_open: dict[str, GgufModel] = {}
_opening = threading.Lock()


class GgufModel:
    """One loaded model. For one at a time (`using`): it remembers the last prompt, and only what differs from it is read anew.

    context: tokens that a prompt and its answer may have together.
    """

    def __init__(self, path: Path, context: int) -> None:
        self.path, self.lock, self.closed = path, threading.RLock(), False
        self.llama = _loaded(path, context)
        self.context = min(context, _trained_for(self.llama.metadata) or context)
        self._formatter = _formatter(self.llama)

    def prompt(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Tokens of the messages in the model's own chat template; without one, the texts below each other."""
        if self._formatter is None:
            text = "\n\n".join(message["content"] for message in messages) + "\n\nAnswer:\n"
            return list(self.llama.tokenize(text.encode(), add_bos=True, special=False))
        try:
            text = self._formatter(messages=list(messages)).prompt
        except Exception:  # noqa: BLE001  templates raise what they like; some take no system message
            text = self._formatter(messages=_as_one(messages)).prompt
        return list(self.llama.tokenize(text.encode(), add_bos=False, special=True))

    def answer(self, prompt: Sequence[int], grammar: str, most: int) -> Iterator[dict[str, Any]]:
        """Tokens one by one, as the chat-completions protocol writes them in `logprobs.content`, the likeliest in the grammar.

        Their probabilities are the model's own, before the grammar. Ends where the grammar does, or after `most` tokens.
        Raises ValueError where the prompt leaves no room.
        """
        import llama_cpp
        from llama_cpp.llama_grammar import LlamaGrammar

        most = min(most, self.context - len(prompt))
        if most <= 0:
            raise ValueError(f"the text is too long for the model ({len(prompt)} of {self.context} tokens)")
        held = LlamaGrammar.from_string(grammar, verbose=False)
        vocabulary = self.llama._model.vocab
        for count, token in enumerate(self.llama.generate(list(prompt), temp=0.0, repeat_penalty=1.0, grammar=held), 1):
            if llama_cpp.llama_vocab_is_eog(vocabulary, token):
                return
            yield self._with_alternatives(token)
            if count >= most:
                return

    def _with_alternatives(self, chosen: int) -> dict[str, Any]:
        """The token, and what else the model could have said in its place."""
        import llama_cpp
        import numpy as np

        width = self.llama.n_vocab()
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.llama.ctx, -1), shape=(width,)).astype(np.float64)
        top = float(logits.max())
        logprobs = logits - (top + np.log(np.exp(logits - top).sum()))
        kept = np.argpartition(-logprobs, min(ALTERNATIVES, width - 1))[:ALTERNATIVES]
        others = [self._token(int(one), float(logprobs[one])) for one in kept]
        return {**self._token(chosen, float(logprobs[chosen])), "top_logprobs": others}

    def _token(self, token: int, logprob: float) -> dict[str, Any]:
        return {"bytes": list(self.llama.detokenize([token], special=False)), "logprob": logprob}

    def close(self) -> None:
        """Free its memory."""
        with _opening, self.lock:
            _open.pop(str(self.path), None)
            self.closed = True
            self.llama.close()


@contextmanager
def using(path: Path, context: int = CONTEXT) -> Iterator[GgufModel]:
    """The model of that file for oneself, loaded if it is not yet. Raises AskingError where it cannot be.

    The first one that loads it decides the context.
    """
    path = path.resolve()
    while True:
        with _opening:
            if str(path) not in _open:
                _open[str(path)] = GgufModel(path, context)
            found = _open[str(path)]
        with found.lock:
            if not found.closed:
                yield found
                return


def close(path: Path) -> None:
    """Free the memory of that file's model, where it is loaded; who needs it again loads it again."""
    found = _open.get(str(path.resolve()))
    if found is not None:
        found.close()


def identity(path: Path) -> str:
    """What tells one model file from another, wherever it lies: a hash of its size and its ends."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(PIECE))
        file.seek(max(0, size - PIECE))
        digest.update(file.read())
    return digest.hexdigest()


def _loaded(path: Path, context: int) -> Any:
    check(path)
    try:
        import llama_cpp
    except ImportError:
        raise AskingError(
            "no-llama-cpp",
            expected="the package llama-cpp-python, which runs a GGUF on this machine",
            found="it is not installed",
            remedy="Install it: pip install llama-cpp-python (it compiles for some minutes).",
        ) from None
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        return llama_cpp.Llama(
            str(path), n_ctx=context, n_threads=threads, n_threads_batch=threads, n_gpu_layers=-1, seed=0, verbose=False
        )
    except (ValueError, RuntimeError, MemoryError, OSError) as error:
        raise AskingError(
            "model-file",
            expected="a GGUF that llama.cpp can load into this machine's memory",
            found=f"{path.name} ({path.stat().st_size / 1e6:,.0f} MB): {error}",
            remedy="Fetch the file again, use a smaller one, or a newer llama-cpp-python for a newer kind of model.",
        ) from None


def check(path: Path) -> None:
    """Raises AskingError where there is no GGUF."""
    if not path.is_file():
        raise AskingError(
            "model-file", expected="a GGUF file", found=f"no file at {path}", remedy="Put it there, or name where it is."
        )
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise AskingError("model-file", expected="a GGUF file", found=f"another kind at {path}", remedy="Fetch it again.")


def _trained_for(metadata: dict[str, str]) -> int | None:
    value = metadata.get(f"{metadata.get('general.architecture')}.context_length", "")
    return int(value) if value.isdigit() else None


def _formatter(llama: Any) -> Any:
    template = llama.metadata.get("tokenizer.chat_template")
    if not template:
        return None
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    def text(token: int) -> str:
        return str(llama._model.token_get_text(token)) if token >= 0 else ""

    return Jinja2ChatFormatter(template=template, eos_token=text(llama.token_eos()), bos_token=text(llama.token_bos()))


def _as_one(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [{"role": "user", "content": "\n\n".join(message["content"] for message in messages)}]
