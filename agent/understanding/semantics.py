"""What a sentence is about, by the bundled sentence embeddings: a linear model fitted on prompts/lexicon/exemplars.toml.

The model is fitted before it is shipped (`python -P -m agent.understanding.semantics`), so that understanding costs one
encoding of the person's sentences and no more. A test checks that the shipped weights belong to the shipped exemplars.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import tomllib
from typing import TYPE_CHECKING

from agent.understanding.words import gloss
from prompts import FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tools.core.task import Language

EXEMPLARS = FOLDER / "lexicon" / "exemplars.toml"
GLOSSARY = FOLDER / "lexicon" / "glossary.txt"
WEIGHTS = FOLDER / "lexicon" / "semantics.json"
INVERSE_REGULARISATION = 8.0  # best of 1..64 by leave-one-out log-loss over the exemplars


def source_hash() -> str:
    """sha256 (16 hex characters) of what the weights were fitted on."""
    return hashlib.sha256(EXEMPLARS.read_bytes() + GLOSSARY.read_bytes()).hexdigest()[:16]


@functools.cache
def _model() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names of the meanings, weights [n, 384] and bias [n]."""
    import numpy as np

    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    whole = np.frombuffer(base64.b64decode(stored["weights"]), dtype=np.int8).reshape(len(stored["meanings"]), -1)
    return stored["meanings"], whole.astype(np.float32) * stored["scale"], np.array(stored["bias"], dtype=np.float32)


def meanings(sentences: Sequence[str], language: Language) -> list[dict[str, float]]:
    """For each sentence: meaning -> probability (sum 1)."""
    import numpy as np

    from tools.models.encoder import encode

    if not sentences:
        return []
    names, weights, bias = _model()
    logits = encode([gloss(sentence, language) for sentence in sentences]) @ weights.T + bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return [dict(zip(names, map(float, row), strict=True)) for row in odds / odds.sum(axis=1, keepdims=True)]


def fit() -> None:
    """Fits the linear model on the exemplars and writes the weights, rounded to 8 bits."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from agent.understanding.language import detect
    from tools.models.encoder import encode

    exemplars: dict[str, list[str]] = tomllib.loads(EXEMPLARS.read_text(encoding="utf-8"))
    pairs = [(name, gloss(line, detect(line))) for name, lines in exemplars.items() for line in lines]
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000, class_weight="balanced")
    model.fit(encode([line for _, line in pairs]), [name for name, _ in pairs])
    scale = float(np.abs(model.coef_).max() / 127)
    stored = {
        "fitted_on": source_hash(),
        "meanings": list(model.classes_),
        "scale": scale,
        "bias": [round(float(value), 5) for value in model.intercept_],
        "weights": base64.b64encode(np.round(model.coef_ / scale).astype(np.int8).tobytes()).decode(),
    }
    WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    fit()
