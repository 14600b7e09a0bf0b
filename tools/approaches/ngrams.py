"""N-grams of words and characters into a linear model: strong, simple, and a second opinion for encoders."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.approaches.calibration import calibrate, log_loss
from tools.approaches.text_job import TextJob

if TYPE_CHECKING:
    import numpy as np

STRENGTHS = (0.1, 0.3, 1.0, 3.0)  # C of the support vector machine: larger trusts the counts more
MOST_FEATURES = 150_000  # each for words and characters
CHARACTER_LIMIT = 40_000_000  # more text than this is counted by words alone: characters would take gigabytes
MARGIN_SCALE = 2.0  # of log-odds to margins, as it usually comes out
WORDS = r"(?u)\b\w+\b|[^\w\s]"


@dataclass
class NgramModel:
    """Vectorizers and a linear model. classes: positions of the labels that it knows."""

    vectorizers: list[Any]
    model: Any
    classes: np.ndarray
    labels: int

    @classmethod
    def learn(cls, texts: TextJob, rows: np.ndarray, strength: float, seed: int) -> NgramModel:
        """Learn from these rows (positions)."""
        vectorizers, features = count_ngrams([texts.texts[row] for row in rows])
        return cls._fitted(vectorizers, features, texts.classes[rows], len(texts.labels), strength, seed)

    @classmethod
    def _fitted(
        cls, vectorizers: list[Any], features: Any, classes: np.ndarray, labels: int, strength: float, seed: int
    ) -> NgramModel:
        import numpy as np
        from sklearn.svm import LinearSVC

        known = np.unique(classes)
        model = LinearSVC(C=strength, random_state=seed, max_iter=2000)
        if len(known) == 1:  # as without a fold that holds all rows of the other class: there is nothing to tell apart
            model.classes_, model.coef_, model.intercept_ = known, np.zeros((1, features.shape[1])), np.zeros(1)
            return cls(vectorizers, model, known, labels)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Liblinear failed to converge")  # it is near enough by then
            model.fit(features, classes)
        return cls(vectorizers, model, model.classes_, labels)

    def margins(self, texts: list[str]) -> np.ndarray:
        """float64 [n, labels]; what the prototype's code answers, but for its rounded weights."""
        from tools.runtime.text_tfidf import margins

        return margins(self.parts, texts, self.labels)

    @property
    def parts(self) -> dict[str, Any]:
        """What `text_ngrams.write` takes."""
        return {"vectorizers": self.vectorizers, "model": self.model, "classes": self.classes}

    def write(self, folder: Path) -> None:
        """Write the files that `tools/runtime/text_ngrams.py` reads."""
        from tools.runtime import text_ngrams

        text_ngrams.write(folder, self.parts)


@dataclass
class NgramChoice:
    """The best strength, with calibrated answers for the validation rows by models that never saw them."""

    strength: float
    calibration: dict[str, Any]
    judged: np.ndarray


def choose_ngrams(texts: TextJob, seed: int, strengths: tuple[float, ...] = STRENGTHS) -> NgramChoice:
    """Try the strengths on each part. The plan's metric decides; ties go to the lower log-loss."""

    from tools.runtime.text_tfidf import probabilities

    answers: dict[float, list[np.ndarray]] = {strength: [] for strength in strengths}
    for learn, judge in texts.parts:
        vectorizers, features = count_ngrams([texts.texts[row] for row in learn])
        judged_texts = [texts.texts[row] for row in judge]
        for strength in strengths:
            model = NgramModel._fitted(vectorizers, features, texts.classes[learn], len(texts.labels), strength, seed)
            answers[strength].append(model.margins(judged_texts))
    best: tuple[float, float] | None = None
    choice: NgramChoice | None = None
    for strength in strengths:
        scores = texts.judged(answers[strength])
        calibration = calibrate(scores, texts.truth, MARGIN_SCALE)
        judged = probabilities(scores, calibration)
        rank = (texts.quality(judged), -log_loss(judged, texts.truth))
        if best is None or rank > best:
            best, choice = rank, NgramChoice(strength, calibration, judged)
    assert choice is not None
    return choice


def count_ngrams(texts: list[str]) -> tuple[list[Any], Any]:
    """Vectorizers fitted on the texts, and the texts' features (sparse)."""
    import numpy as np
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    rare = 1 if len(texts) < 3000 else 2
    settings: dict[str, Any] = {"sublinear_tf": True, "min_df": rare, "max_features": MOST_FEATURES, "dtype": np.float32}
    vectorizers = [TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORDS, **settings)]
    if sum(map(len, texts)) <= CHARACTER_LIMIT:
        vectorizers.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **settings))
    texts = texts if any(text.strip() for text in texts) else [*texts[:-1], "empty"]
    return vectorizers, hstack([vectorizer.fit_transform(texts) for vectorizer in vectorizers], format="csr")
