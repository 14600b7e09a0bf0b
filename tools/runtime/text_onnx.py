"""Texts to vectors with onnxruntime and tokenizers alone: no torch, no transformers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

CHUNK = 4096  # texts tokenised at a time: bounds memory whatever the size of the input
# Padded tokens a batch, so few that what is computed stays in a core's cache. Of banking77's texts, 4096 take 1.9 times as long
# in int8 and 1.3 times in float32.
BATCH_TOKENS = 256
BATCH_TEXTS = 64


class Tokens:
    """Texts to token ids. max_tokens: of a window, special tokens included.

    windows: so many pieces of a longer text are read, evenly spread over it (1: only its beginning).
    """

    def __init__(self, tokenizer: Path, max_tokens: int, windows: int) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self.windows = windows

    def pieces(self, texts: Sequence[str]) -> tuple[list[list[int]], np.ndarray]:
        """Token ids of each piece, and the position of the text that it belongs to (ascending; each text has a piece)."""
        pieces: list[list[int]] = []
        owner: list[int] = []
        for position, encoding in enumerate(self.tokenizer.encode_batch(list(texts))):
            own = [encoding, *(encoding.overflowing if self.windows > 1 else ())]
            for number in np.unique(np.linspace(0, len(own) - 1, min(self.windows, len(own))).round().astype(int)):
                pieces.append(own[number].ids)
                owner.append(position)
        return pieces, np.array(owner, dtype=int)


class OnnxEncoder:
    """An ONNX graph (`input_ids`, `attention_mask` int32 [batch, tokens] -> one float32 [batch, width]) and its tokenizer.

    max_tokens, windows: as in Tokens; the vectors of a text's windows are averaged. threads: 0 takes all cores. Each
    thread runs batches of its own: none waits for another within a batch, so nothing spins, and a busy machine slows it little.
    """

    def __init__(self, graph: Path, tokenizer: Path, max_tokens: int = 256, *, windows: int = 1, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokens = Tokens(tokenizer, max_tokens, windows)
        self.threads = threads or cores()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [n, width], in the order of the texts. Batches hold texts of similar length, so little is padded."""
        parts = [self._encode_chunk(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), dtype=np.float32)

    @property
    def width(self) -> int:
        """Columns of the answer."""
        return int(self.session.get_outputs()[0].shape[-1])

    def _encode_chunk(self, texts: Sequence[str]) -> np.ndarray:
        pieces, owner = self.tokens.pieces(texts)
        vectors = np.zeros((len(pieces), self.width), dtype=np.float32)

        def fill(positions: list[int]) -> None:
            vectors[positions] = self._run([pieces[position] for position in positions])

        in_threads(fill, list(batches([len(one) for one in pieces])), self.threads)
        return averaged(vectors, owner, len(texts))

    def _run(self, ids: list[list[int]]) -> Any:
        padded, mask = pad(ids)
        return self.session.run(None, {"input_ids": padded, "attention_mask": mask})[0]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(act: Callable[[list[int]], None], parts: Sequence[list[int]], threads: int) -> None:
    """`act` on each part, the last ones (the longest) first, so that no thread ends long after the others."""
    if threads == 1 or len(parts) == 1:
        for part in parts:
            act(part)
        return
    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        for _ in pool.map(act, reversed(parts)):
            pass


def pad(ids: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and their mask, int32 [batch, longest]."""
    padded = np.zeros((len(ids), max(map(len, ids))), dtype=np.int32)
    mask = np.zeros_like(padded)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return padded, mask


def averaged(vectors: np.ndarray, owner: np.ndarray, texts: int) -> np.ndarray:
    """Mean of the vectors of each text's pieces, [texts, width]."""
    if len(vectors) == texts:
        return vectors
    total = np.zeros((texts, vectors.shape[1]), dtype=vectors.dtype)
    np.add.at(total, owner, vectors)
    counts = np.bincount(owner, minlength=texts).astype(vectors.dtype)
    return np.asarray(total / counts[:, None])


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS, texts: int = BATCH_TEXTS) -> Iterator[list[int]]:
    """Positions of texts, shortest first, parted so that a padded batch holds at most `tokens` tokens and `texts` texts."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) >= texts or (len(batch) + 1) * lengths[position] > tokens):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
