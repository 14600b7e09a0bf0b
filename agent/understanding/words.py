"""Text as the rest of the understanding reads it: folded, cut into words and sentences, and glossed into English."""

from __future__ import annotations

import functools
import re
import unicodedata

from prompts import FOLDER
from tools.core.task import Language

WORD = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
# A clause that says what is not wanted stands apart: "the final mark, not whether they pass".
DENIAL = (
    r"(?:(?:but|and|aber|und|mais|et|pero|y)\s+)?"
    r"(?:not|dont|don['’]t|no need|never mind|nicht|kein\w*|ohne|pas|sans|no|sin|ni)\b"
)
SENTENCE_END = re.compile(rf"(?<=[.!?;])\s+|\n+|\s[-–—]\s|,\s+(?={DENIAL}\s+\S)", re.I)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "ß": "ss", "œ": "oe"})
UMLAUT = re.compile(r"(?<![aeq])(?:ae|oe|ue)")
GLOSS_LANGUAGES: tuple[Language, ...] = ("de", "fr", "es")
SHORTEST_COMPOUND_PART = 4  # shorter stems split German words at random places


def fold(text: str) -> str:
    """Lower case, without accents, with plain quotes: `Größe` -> `grosse`."""
    plain = unicodedata.normalize("NFKD", text.translate(QUOTES).lower().translate(QUOTES))
    return "".join(character for character in plain if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """The folded words of a text; apostrophes part words (`l'avis` -> `l`, `avis`), but not English endings (`dont`)."""
    return WORD.findall(without_apostrophes(fold(text)))


def without_apostrophes(folded: str) -> str:
    """`don't` -> `dont`, but `l'annee` -> `l annee`."""
    return re.sub(r"(?<=[a-z])'(?=(?:t|s|re|ve|ll|m|d)\b)", "", folded).replace("'", " ")


def name_words(name: str) -> list[str]:
    """The words of a column's or label's name: `MonthlyCharges`, `monthly_charges` and `Monthly Charges` are the same."""
    return re.findall(r"[a-z]+|\d+", fold(CAMEL.sub(" ", name)))


def sentences(text: str) -> list[str]:
    """Sentences, lines and parts between dashes, without the empty ones."""
    return [part.strip() for part in SENTENCE_END.split(text) if WORD.search(fold(part))]


def stem(word: str) -> str:
    """A crude stem that makes plural and singular the same; good enough to compare names with words of a message."""
    for ending, least in (("ies", 4), ("ing", 6), ("ed", 5), ("es", 5), ("en", 5), ("s", 4), ("e", 4), ("n", 6)):
        if word.endswith(ending) and len(word) >= least + len(ending) - 1:
            return word[: -len(ending)]
    return word


@functools.cache
def _glossary() -> dict[Language, tuple[dict[str, str], dict[str, str]]]:
    """Language -> (whole words, stems), each folded and mapped to English."""
    found: dict[Language, tuple[dict[str, str], dict[str, str]]] = {language: ({}, {}) for language in GLOSS_LANGUAGES}
    for line in (FOLDER / "lexicon" / "glossary.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            english, *others = [part.strip() for part in line.split("|")]
            for language, forms in zip(GLOSS_LANGUAGES, others, strict=True):
                whole, stems = found[language]
                for form in forms.split():
                    (stems if form.endswith("*") else whole).setdefault(form.rstrip("*"), english)
    return found


@functools.lru_cache(maxsize=4096)
def gloss_word(word: str, language: Language) -> str | None:
    """The English for one folded word of a language, None where it is not in the glossary. German compounds are parted."""
    if language not in GLOSS_LANGUAGES:
        return None
    whole, stems = _glossary()[language]
    if word in whole:
        return whole[word]
    if language == "de" and (plain := UMLAUT.sub(lambda match: match[0][0], word)) != word:  # `verspaetet` as in file headers
        return gloss_word(plain, language)
    longest = next((word[:end] for end in range(len(word), 2, -1) if word[:end] in stems), None)
    rest = word[len(longest) :] if longest else ""
    if language == "de" and longest and len(rest) > SHORTEST_COMPOUND_PART:
        tail = _compound_tail(rest)
        return f"{stems[longest]} {tail}" if tail else stems[longest]
    if longest is None and language == "de":
        return _compound_tail(word)
    return stems[longest] if longest else None


def _compound_tail(rest: str) -> str | None:
    """English for the latest-starting known part of a German compound (`endbetrag` -> `amount`)."""
    whole, stems = _glossary()["de"]
    for start in range(len(rest) - SHORTEST_COMPOUND_PART + 1):
        for end in range(len(rest), start + SHORTEST_COMPOUND_PART - 1, -1):
            part = rest[start:end]
            if part in stems or (part in whole and end == len(rest)):
                return stems.get(part) or whole[part]
    return None


def gloss(text: str, language: Language) -> str:
    """The text word by word in English; unknown words stay as they are. English text is returned unchanged."""
    if language == "en":
        return text
    return " ".join(gloss_word(word, language) or word for word in words(text))
