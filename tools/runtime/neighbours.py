"""Rows that are like a row: known texts, compared by their words and runs of characters (TF-IDF, scikit-learn).

Counts and not an encoder: measured on six sets of messages with 2,000 rows, the right label is among the 8 nearest from three
points more often to four points less often, in any language, in a twentieth of the time, and the prototype is 90 MB lighter.
With few rows of many classes it is worse (100 rows of 77 classes: 52 % against 65 %). Nothing is stored: the counts are made
from the examples when they are opened, so that a person may edit or add examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

CHUNK = 500  # rows compared at a time: bounds memory
WIDER = 4  # so many times the wanted rows are looked at, to choose from
LABEL_SHARE = 0.5  # of the chosen rows may have the same answer, while there are near rows with another


class Neighbours:
    """Known rows to choose from. texts: [n]; answers: [n], what is known of each (only compared with each other)."""

    def __init__(self, texts: Sequence[str], answers: Sequence[str]) -> None:
        self.texts, self.answers = list(texts), list(answers)
        self.vectorizers: list[Any] = []

    @cached_property
    def known(self) -> Any:
        """Sparse [n, features]: counted at the first question."""
        return self._count(self.texts)

    def nearest(self, texts: Sequence[str], count: int, barred: Sequence[np.ndarray] | None = None) -> list[list[int]]:
        """Positions of up to `count` known rows for each text, the most similar last (next to the question).

        barred: for each text the positions that must not be chosen (the row itself, its fold).
        """
        if not self.texts or count < 1:
            return [[] for _ in texts]
        known, found = self.known, list[list[int]]()
        for start in range(0, len(texts), CHUNK):
            likeness = (self._transform(texts[start : start + CHUNK]) @ known.T).toarray()
            for position, row in enumerate(likeness):
                if barred is not None:
                    row[barred[start + position]] = -1.0
                found.append(self._choose(row, count))
        return found

    def _choose(self, likeness: np.ndarray, count: int) -> list[int]:
        """The most similar rows, no text twice, and not all with one answer: near rows with another show where the line is."""
        wide = min(len(likeness), WIDER * count)
        nearest = np.argpartition(-likeness, wide - 1)[:wide]
        ordered = [int(at) for at in nearest[np.lexsort((nearest, -likeness[nearest]))] if likeness[at] >= 0]
        most = max(1, int(np.ceil(LABEL_SHARE * count)))
        chosen: list[int] = []
        seen: set[str] = set()
        for limit in (most, count):  # at first no answer too often, then whatever is near
            for at in ordered:
                if len(chosen) == count:
                    break
                if at in chosen or self.texts[at] in seen:
                    continue
                if sum(self.answers[other] == self.answers[at] for other in chosen) < limit:
                    chosen.append(at)
                    seen.add(self.texts[at])
        return sorted(chosen, key=lambda at: (likeness[at], -at))

    def _count(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import hstack
        from sklearn.feature_extraction.text import TfidfVectorizer

        settings: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float32}
        self.vectorizers = [
            TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b|[^\w\s]", **settings),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **settings),
        ]
        texts = texts if any(text.strip() for text in texts) else [*texts[:-1], "empty"]
        return hstack([vectorizer.fit_transform(texts) for vectorizer in self.vectorizers], format="csr")

    def _transform(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import hstack

        return hstack([vectorizer.transform(texts) for vectorizer in self.vectorizers], format="csr")
