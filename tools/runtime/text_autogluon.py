"""Texts with AutoGluon: an encoder's vectors and condensed n-grams side by side, into a trimmed predictor (folder `autogluon`).

    encoder.onnx, tokenizer.json   token ids -> one vector a text
    condensers.joblib              {"vectorizers": [...], "condenser": a TruncatedSVD} of scikit-learn

Manifest keys: `max_tokens`, `windows` (see text_encoder.py), `temperature` (see table_autogluon.py). The predictor's classes
are positions in `labels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .table_autogluon import by_label, open_predictor, tempered
from .text_onnx import OnnxEncoder
from .text_rows import joined, spelled
from .text_tfidf import features

if TYPE_CHECKING:
    import pandas as pd


class Predictor:
    """Opens the files above and keeps AutoGluon's models in memory."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        import joblib

        self.manifest = manifest
        self.encoder = OnnxEncoder(
            folder / "encoder.onnx", folder / "tokenizer.json", manifest["max_tokens"], windows=manifest.get("windows", 1)
        )
        self.condensers: dict[str, Any] = joblib.load(folder / "condensers.joblib")
        self.predictor = open_predictor(folder / "autogluon")

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """[n, labels], rows sum to 1."""
        texts = joined(rows, self.manifest["inputs"])
        table = frame(self.encoder.encode([spelled(text) for text in texts]), condensed(self.condensers, texts))
        scores = by_label(self.predictor.predict_proba(table), len(self.manifest["labels"]))
        return tempered(scores, self.manifest.get("temperature"))


def condensed(condensers: Mapping[str, Any], texts: Sequence[str]) -> np.ndarray:
    """float [n, components]: the n-grams' counts, condensed."""
    return np.asarray(condensers["condenser"].transform(features(condensers["vectorizers"], texts)))


def frame(vectors: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    """The features as AutoGluon gets them: v0, v1, ... of the encoder, n0, n1, ... of the n-grams."""
    import pandas as pd

    columns = [*(f"v{number}" for number in range(vectors.shape[1])), *(f"n{number}" for number in range(counts.shape[1]))]
    return pd.DataFrame(np.hstack([vectors, counts]).astype(np.float32), columns=columns)
