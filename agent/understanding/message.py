"""One message of the person, read once: prose apart from what was pasted, language, sentences and their meanings."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.understanding import cues, language, pasted, semantics
from agent.understanding.words import fold, sentences, without_apostrophes
from tools.core.task import Language

MOST_SENTENCES = 24  # more would cost time and says no more about the task


@dataclass
class Sentence:
    """text as written. folded. negated: it says what is not wanted. retracted: taken back later. meanings: see semantics."""

    text: str
    folded: str
    negated: bool = False
    retracted: bool = False
    meanings: dict[str, float] = field(default_factory=dict)


@dataclass
class Message:
    """prose: the message without pasted data. whole: the meaning of all prose that was not taken back."""

    raw: str
    prose: str
    folded: str
    language: Language
    pasted: pasted.Pasted
    sentences: list[Sentence]
    whole: dict[str, float]

    @property
    def standing(self) -> list[Sentence]:
        """Sentences that were not taken back."""
        return [sentence for sentence in self.sentences if not sentence.retracted]

    @property
    def asserted_folded(self) -> str:
        """Folded prose that neither was taken back nor says what is not wanted."""
        return " . ".join(sentence.folded for sentence in self.standing if not sentence.negated)

    @property
    def standing_folded(self) -> str:
        """Folded prose that was not taken back."""
        return " . ".join(sentence.folded for sentence in self.standing)


def read(raw: str, before: Language | None = None) -> Message:
    """Reads a message. before: the language of the conversation so far."""
    found = pasted.find(raw)
    prose = "\n".join(line for number, line in enumerate(raw.splitlines()) if number not in found.used).strip()
    spoken = language.detect(prose, before)
    parts = _without_what_was_taken_back(prose)[:MOST_SENTENCES]
    standing = " ".join(part.text for part in parts if not part.retracted)
    *each, whole = semantics.meanings([*(part.text for part in parts), standing or prose or "hello"], spoken)
    for part, meaning in zip(parts, each, strict=True):
        part.meanings = meaning
    return Message(raw, prose, fold(prose), spoken, found, parts, whole)


def _without_what_was_taken_back(prose: str) -> list[Sentence]:
    parts: list[Sentence] = []
    for text in sentences(prose):
        folded = without_apostrophes(fold(text))
        taken_back = cues.first("retract", "words", folded)
        if taken_back:
            for earlier in parts[-2:]:
                earlier.retracted = True
            before, after = folded[: taken_back.start()], folded[taken_back.end() :]
            if len(before.split()) > 2:
                parts.append(Sentence(text[: len(before)], before, retracted=True))
            if len(after.split()) > 1:
                parts.append(Sentence(text[-len(after) :], after))
            continue
        parts.append(Sentence(text, folded))
    for part in parts:
        denied = cues.first("negate", "words", without_choices(part.folded)) or cues.first("negate", "others", part.folded)
        part.negated = bool(denied)
    return parts


def without_choices(folded: str) -> str:
    """Folded text without phrases such as "yes/no", "or not" and "I don't know which", which deny nothing."""
    for pattern in cues.patterns("not_negation", "words"):
        folded = pattern.sub(" ", folded)
    return folded


def known_ahead(sentence: Sentence) -> bool:
    """Whether a sentence tells what is known before the answer is: prices, plans, holidays."""
    told = not sentence.negated and cues.first("series", "known", sentence.folded)
    return bool(told) and not cues.first("series", "wants_to_know", sentence.folded)
