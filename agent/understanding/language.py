"""Which of the four languages a person writes in, also for a few sloppy words."""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from typing import get_args

from agent.understanding.words import words
from prompts import FOLDER
from tools.core.task import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
LETTER_WEIGHT = 0.6  # a telling letter says less than a telling small word: names of places carry accents too
LEAD_TO_SWITCH = 1.5  # an answer such as "Profit" or "2" must not change the language of a conversation


@functools.cache
def _small_words() -> tuple[dict[str, dict[Language, float]], dict[str, Language]]:
    lists = tomllib.loads((FOLDER / "lexicon" / "languages.toml").read_text(encoding="utf-8"))
    shared = Counter(word for language in LANGUAGES for word in set(lists[language]["words"].split()))
    weights: dict[str, dict[Language, float]] = {}
    for language in LANGUAGES:
        for word in set(lists[language]["words"].split()):
            weights.setdefault(word, {})[language] = 1 / shared[word] ** 2
    letters: dict[str, Language] = {letter: language for language in LANGUAGES for letter in lists[language]["letters"]}
    return weights, letters


def scores(text: str) -> dict[Language, float]:
    """Evidence for each language; all 0 where nothing tells."""
    weights, letters = _small_words()
    found: dict[Language, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in words(text):
        for language, weight in weights.get(word, {}).items():
            found[language] += weight
    for letter in text.lower():
        if letter in letters:
            found[letters[letter]] += LETTER_WEIGHT
    return found


def detect(text: str, before: Language | None = None) -> Language:
    """The language of a text; `before` (else English) where the text does not tell."""
    found = scores(text)
    fallback = before or "en"
    best = max(LANGUAGES, key=lambda language: (found[language], language == fallback))
    needed = LEAD_TO_SWITCH if before else 0.2
    return best if found[best] - found[fallback] >= needed or best == fallback else fallback


def small_words() -> frozenset[str]:
    """The small words of all four languages."""
    return frozenset(_small_words()[0])


GENERIC = frozenset(
    [
        "data",
        "file",
        "files",
        "table",
        "column",
        "columns",
        "model",
        "ai",
        "ki",
        "ia",
        "machine",
        "learning",
        "it",
        "this",
        "that",
        "daten",
        "datei",
        "tabelle",
        "modell",
        "donnees",
        "fichier",
        "modele",
        "datos",
        "archivo",
        "tabla",
        "modelo",
        "train",
        "analyse",
        "analyze",
        "use",
        "work",
        "works",
        "smart",
        "intelligent",
        "uploaded",
        "attached",
    ]
)


def content_words(text: str) -> list[str]:
    """Words that say something of the matter: neither small words of any language nor talk of files and models."""
    from agent.understanding import cues

    weights, _ = _small_words()
    return [
        word
        for word in words(text)
        if word not in weights and word not in GENERIC and not cues.first("intents", "predict", word)
    ]
