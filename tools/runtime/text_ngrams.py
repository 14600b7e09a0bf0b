"""Counts of words and of runs of characters into a linear model, with numpy alone.

    ngrams.json   counters (how texts are counted), classes (positions in the labels that it knows), bias (a number a column),
                  strength and seed (to learn anew)
    ngrams.txt    the terms that are counted, a line each, those of the first counter first
    ngrams.npz    rarity [terms], weights [terms, columns] (float16); one column where there are two classes

scikit-learn learns it and this code answers alike: its libraries would be half of a prototype's environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

FILE, TERMS, WEIGHTS = "ngrams.json", "ngrams.txt", "ngrams.npz"
FILES = (FILE, TERMS, WEIGHTS)
KEPT = ("analyzer", "ngram_range", "token_pattern", "min_df", "max_features")
LETTERS = 200_000  # of texts that are counted together: bounds memory for any size of input
KNOWN_WORDS, LONGEST = 50_000, 40  # words (and letters in one) whose runs are remembered: most words occurred before


class Ngrams:
    """Opens the files above."""

    def __init__(self, folder: Path) -> None:
        self.settings: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        with np.load(folder / WEIGHTS) as file:
            self.rarity, self.weights = file["rarity"].astype(float), file["weights"].astype(np.float32)
        self.bias = np.array(self.settings["bias"])
        terms = (folder / TERMS).read_text(encoding="utf-8", errors="surrogatepass").split("\n")
        self.counters, start = [], 0
        for settings in self.settings["counters"]:
            end = start + settings["terms"]
            self.counters.append(Counter(settings, dict(zip(terms[start:end], range(start, end), strict=True))))
            start = end

    def margins(self, texts: Sequence[str], labels: int) -> np.ndarray:
        """float64 [n, labels]: decision values; a label that it never saw gets -inf. Two labels: (0, margin); one: 0."""
        known = np.empty((len(texts), len(self.bias)))
        for start, end in _chunks(texts):
            known[start:end] = self._decided(texts[start:end])
        if known.shape[1] == 1:
            known = np.hstack([np.zeros_like(known), known])
        scores = np.full((len(texts), labels), -np.inf)
        scores[:, self.settings["classes"]] = known[:, : len(self.settings["classes"])]
        return scores

    def _decided(self, texts: Sequence[str]) -> np.ndarray:
        """[texts, columns]. Counts are dampened, weighed by rarity and brought to length 1, for each counter by itself."""
        told = np.tile(self.bias, (len(texts), 1))
        lowered = [text.lower() for text in texts]
        for counter in self.counters:
            rows, terms, counts = _counted(map(counter.terms, lowered), len(self.rarity))
            values = (1 + np.log(counts)) * self.rarity[terms]
            length = np.sqrt(np.bincount(rows, values**2, len(texts)))
            values = (values / length[rows]).astype(np.float32)
            ends = np.searchsorted(rows, np.arange(len(texts) + 1))
            for row in np.unique(rows):
                own = slice(ends[row], ends[row + 1])
                told[row] += values[own] @ self.weights[terms[own]]
        return told


class Counter:
    """One way to count, as scikit-learn's analyzers `word` and `char_wb` part a text. places: term -> its number."""

    def __init__(self, settings: Mapping[str, Any], places: Mapping[str, int]) -> None:
        self.places = places
        self.sizes = range(settings["ngram_range"][0], settings["ngram_range"][1] + 1)
        self.words = re.compile(settings["token_pattern"]) if settings["analyzer"] == "word" else None
        self.remembered: dict[str, list[int]] = {}

    def terms(self, text: str) -> list[int]:
        """Numbers of the terms in a text in small letters, one for each time that it occurs."""
        if self.words is not None:
            words = self.words.findall(text)
            runs = (zip(*(words[start:] for start in range(size)), strict=False) for size in self.sizes)
            return self._known(" ".join(run) for some in runs for run in some)
        found: list[int] = []
        for word in text.split():
            own = self.remembered.get(word)
            found += self._remember(word) if own is None else own
        return found

    def _remember(self, word: str) -> list[int]:
        if len(self.remembered) >= KNOWN_WORDS:
            self.remembered.clear()
        own = self._known(_runs(f" {word} ", self.sizes))
        if len(word) <= LONGEST:
            self.remembered[word] = own
        return own

    def _known(self, terms: Iterable[str]) -> list[int]:
        return [place for place in map(self.places.get, terms) if place is not None]


def _runs(padded: str, sizes: range) -> Iterator[str]:
    for size in sizes:
        yield from (padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))
        if size >= len(padded):
            return  # a short word is counted whole, once


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where parts of about LETTERS characters begin and end."""
    start = letters = 0
    for position, text in enumerate(texts):
        letters += len(text) + 1
        if letters >= LETTERS:
            yield start, position + 1
            start, letters = position + 1, 0
    if start < len(texts):
        yield start, len(texts)


def _counted(found: Iterable[list[int]], terms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position of the text (ascending), number of the term and how often it occurs there. terms: how many there are."""
    told: list[int] = []
    sizes = []
    for own in found:
        told += own
        sizes.append(len(own))
    keys, counts = np.unique(
        np.repeat(np.arange(len(sizes)), sizes) * terms + np.array(told, dtype=np.int64), return_counts=True
    )
    return keys // terms, keys % terms, counts


def write(folder: Path, parts: Mapping[str, Any]) -> None:
    """From scikit-learn: {"vectorizers": TfidfVectorizers, "model": a LinearSVC, or one a label, "classes": see above}."""
    folder.mkdir(parents=True, exist_ok=True)
    weights, bias, strength, seed = _linear(parts["model"])
    counters: list[dict[str, Any]] = []
    terms: list[str] = []
    for vectorizer in parts["vectorizers"]:
        own = vectorizer.get_feature_names_out().tolist()
        settings = {name: value for name, value in vectorizer.get_params().items() if name in KEPT}
        counters.append({**settings, "terms": len(own)})
        terms += own
    rarity = np.concatenate([vectorizer.idf_ for vectorizer in parts["vectorizers"]]).astype(np.float32)
    np.savez(folder / WEIGHTS, rarity=rarity, weights=weights.T.astype(np.float16))
    (folder / TERMS).write_text("\n".join(terms), encoding="utf-8", errors="surrogatepass")
    known = {"counters": counters, "classes": [int(at) for at in parts["classes"]], "bias": [float(one) for one in bias]}
    (folder / FILE).write_text(json.dumps({**known, "strength": strength, "seed": seed}, indent=1) + "\n", encoding="utf-8")


def _linear(model: Any) -> tuple[np.ndarray, np.ndarray, float, int]:
    """weights [columns, terms], bias [columns], strength and seed of a LinearSVC, or of one a label."""
    if not hasattr(model, "estimators_"):
        return model.coef_, model.intercept_, float(model.C), int(model.random_state or 0)
    learned = [one for one in model.estimators_ if hasattr(one, "coef_")]
    width = learned[0].coef_.shape[1] if learned else 0
    # A label that all rows have, or none, was not learned: its column is a constant.
    weights = [one.coef_[0] if hasattr(one, "coef_") else np.zeros(width) for one in model.estimators_]
    bias = [float(np.ravel(one.intercept_ if hasattr(one, "coef_") else one.y_)[0]) for one in model.estimators_]
    own = model.estimator
    return np.array(weights), np.array(bias), float(own.C), int(own.random_state or 0)
