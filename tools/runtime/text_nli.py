"""Texts against a sentence for each label, with a model of natural language inference (ONNX): no torch, no transformers.

    nli.onnx         token ids of text and sentence -> scores, one column a relation
    tokenizer.json   of the tokenizers package

Manifest keys: `hypotheses` (a sentence for each label), `entailment` (the column that says "follows"), `max_tokens`, `padding`
(its token id), `segments` (whether the model tells text from sentence by token_type_ids), `calibration` (see text_tfidf.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .text_onnx import batches
from .text_rows import joined
from .text_tfidf import probabilities


class Predictor:
    """Opens the files above. Each text is read once a label, so it is slow."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.manifest = manifest
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(folder / "nli.onnx"), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(manifest["max_tokens"], strategy="only_first")

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels], rows sum to 1."""
        return probabilities(self.scores(joined(rows, self.manifest["inputs"])), self.manifest["calibration"])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """float64 [n, labels]: how far each label's sentence follows from the text."""
        hypotheses = self.manifest["hypotheses"]
        pairs = [(text or " ", hypothesis) for text in texts for hypothesis in hypotheses]
        encodings = self.tokenizer.encode_batch(pairs)
        found = np.zeros(len(pairs))
        for batch in batches([len(encoding.ids) for encoding in encodings], tokens=2048, texts=32):
            found[batch] = self._follows([encodings[position] for position in batch])
        return found.reshape(len(texts), len(hypotheses))

    def _follows(self, encodings: Sequence[Any]) -> np.ndarray:
        longest = max(len(encoding.ids) for encoding in encodings)
        shape = (len(encodings), longest)
        given = {"input_ids": np.full(shape, self.manifest["padding"], np.int64), "attention_mask": np.zeros(shape, np.int64)}
        segments = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            size = len(encoding.ids)
            given["input_ids"][row, :size], given["attention_mask"][row, :size] = encoding.ids, 1
            segments[row, :size] = encoding.type_ids
        if self.manifest["segments"]:
            given["token_type_ids"] = segments
        logits = self.session.run(None, given)[0].astype(float)
        return np.asarray(
            logits[:, self.manifest["entailment"]] - np.delete(logits, self.manifest["entailment"], 1).mean(axis=1)
        )
