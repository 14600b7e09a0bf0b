"""Texts with an encoder (ONNX) and a linear head: no torch, no transformers.

    encoder.onnx     token ids -> one vector a text
    tokenizer.json   of the tokenizers package
    head.npz         weight [labels, width], bias [labels]; with the manifest's `several` a sigmoid a label, else one softmax
    ngrams.*         optional: a second opinion by n-grams (see text_ngrams.py), mixed in with the manifest's `tfidf.share`

Manifest keys: `max_tokens` (of a window of text), `windows` (how many windows of a long text are read; 1: it is cut),
`tfidf`: {"share": 0..1, "calibration": {...}} or absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .text_ngrams import Ngrams
from .text_onnx import OnnxEncoder
from .text_rows import joined, spelled
from .text_tfidf import independent, probabilities


class Predictor:
    """Opens the files above. One session, all cores."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self.encoder = OnnxEncoder(
            folder / "encoder.onnx", folder / "tokenizer.json", manifest["max_tokens"], windows=manifest.get("windows", 1)
        )
        with np.load(folder / "head.npz") as head:
            self.weight, self.bias = head["weight"].astype(float), head["bias"].astype(float)
        self.second = Ngrams(folder) if manifest.get("tfidf") else None

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels], rows sum to 1 (several labels: each by itself)."""
        texts = joined(rows, self.manifest["inputs"])
        vectors = self.encoder.encode([spelled(text) for text in texts])
        several = bool(self.manifest.get("several"))
        answer = (each_answer if several else answers)(vectors, self.weight, self.bias)
        if self.second is None:
            return answer
        share, calibration = self.manifest["tfidf"]["share"], self.manifest["tfidf"]["calibration"]
        other = (independent if several else probabilities)(self.second.margins(texts, len(self.bias)), calibration)
        return np.asarray((1 - share) * answer + share * other)


def answers(vectors: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """softmax(vectors . weight + bias), float64 [n, labels]."""
    logits = vectors.astype(float) @ weight.T + bias
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def each_answer(vectors: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """sigmoid(vectors . weight + bias), float64 [n, labels], each label by itself."""
    logits = vectors.astype(float) @ weight.T + bias
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))
