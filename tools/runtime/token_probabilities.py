"""From the probabilities of tokens to those of labels: walk along the answer, and see what else each token could have begun.

A token may be part of a character, reach over a quote, or end within a label; so everything is compared as bytes, from the
beginning of what was said.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .asking import Answer

ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Token:
    """One token of what was said. start: its place in bytes. alternatives: bytes -> probability, its own among them."""

    start: int
    text: bytes
    alternatives: Mapping[bytes, float]


@dataclass
class Option:
    """What could stand at one place of the answer: its spellings there, and the mass that fell to it."""

    spellings: Sequence[bytes]
    mass: float = field(default=0.0)

    def fits(self, text: bytes) -> bool:
        """Whether the text can be the beginning of it, or goes on beyond it."""
        return any(spelling.startswith(text) or text.startswith(spelling) for spelling in self.spellings)


def tokens_of(content: Sequence[Mapping[str, Any]]) -> list[Token]:
    """Tokens as the chat-completions protocol gives them in `logprobs.content`."""
    tokens: list[Token] = []
    start = 0
    for raw in content:
        text = _bytes(raw)
        alternatives = {_bytes(other): _probability(other) for other in raw.get("top_logprobs") or ()}
        alternatives[text] = _probability(raw)
        tokens.append(Token(start, text, alternatives))
        start += len(text)
    return tokens


def label_probabilities(text: str, tokens: Sequence[Token], answer: Answer, said: Sequence[str]) -> list[float] | None:
    """For each label of the answer, how probable it is; None where tokens and text cannot be laid beside each other.

    text: what was said; said: the labels that were read from it.
    One label: probabilities of the labels sum to 1. Some labels: for each, that it is among the answer's.
    """
    joined = b"".join(token.text for token in tokens)
    spoken = text.encode("utf-8", "surrogatepass")
    begin = joined.rfind(spoken)  # a model may have thought aloud before, in tokens that are not in the text
    if begin < 0 or not answer.labels:
        return None
    if answer.form == "some":
        return _of_several(joined, begin, tokens, answer.labels, said)
    place = _place(joined, begin, said[0])
    if place is None:
        return None
    start, ascii_only, quoted = place
    options = [Option(_spellings(label, ascii_only, quoted)) for label in answer.labels]
    return _shares(joined, start, tokens, options, answer.labels.index(said[0]))


def _of_several(
    joined: bytes, begin: int, tokens: Sequence[Token], labels: Sequence[str], said: Sequence[str]
) -> list[float] | None:
    """Each place of the list chooses among the labels that are left and the end; a label is in where any place chooses it."""
    start = joined.find(b"[", begin) + 1
    if start == 0:
        return None
    absent = dict.fromkeys(labels, 1.0)  # the probability that no place has chosen it so far
    left = list(labels)
    while True:
        item = re.compile(rb'\s*,?\s*("(?:[^"\\]|\\.)*")').match(joined, start)
        ascii_only = item is not None and b"\\u" in item.group(1)
        lead = joined[start : item.start(1)] if item else b""
        leads = {lead, b"", b" "} if len(left) == len(labels) else {lead or b", ", b",", b", "}
        options = [
            Option([one + b'"' + spelling for one in leads for spelling in _spellings(label, ascii_only, True)])
            for label in left
        ]
        end = Option([b"]", b" ]", b"\n]", joined[start : joined.find(b"]", start) + 1]])
        found = _label(item.group(1)) if item else None
        if item is not None and found not in left:
            return None  # a label twice, or one that was read by its likeness only
        chosen = left.index(found) if found is not None else len(left)
        shares = _shares(joined, start, tokens, [*options, end], chosen)
        for label, share in zip(left, shares, strict=False):
            absent[label] *= 1.0 - share
        if item is None:
            return [1.0 - absent[label] for label in labels]
        left.remove(labels[labels.index(str(found))])
        start = item.end()


def _shares(joined: bytes, start: int, tokens: Sequence[Token], options: list[Option], chosen: int) -> list[float]:
    """How probable each option is at `start`, given what was said before it. They sum to 1.

    At each token the alternatives that begin an option give it the mass that is left; one that could begin several is shared
    evenly. It ends where only the chosen one is possible. Options that were never listed share evenly what is uncovered, none
    more than the least that was listed: were it more probable, it would have been.
    """
    mass, least = 1.0, 1.0
    alive = list(options)
    goal = max(len(spelling) for spelling in options[chosen].spellings)
    for token in tokens:
        end = token.start + len(token.text)
        if end < start or token.start >= start + goal or len(alive) == 1:
            continue
        before, after = joined[min(token.start, start) : start], joined[start : token.start]
        begun = {other: _begun(alive, before, after + other) for other in token.alternatives}
        # a token that begins before the place says something of the place only where it agrees with what was said before
        whole = sum(token.alternatives[other] for other in begun if begun[other]) if token.start < start else 1.0
        if not begun[token.text] or whole <= 0:
            break
        for other, possible in begun.items():
            for option in possible if other != token.text else ():
                option.mass += mass * token.alternatives[other] / whole / len(possible)
        least = min(least, mass * min(share for other, share in token.alternatives.items() if begun[other]) / whole)
        mass *= token.alternatives[token.text] / whole
        alive = begun[token.text]
    options[chosen].mass += mass
    return _covered([option.mass for option in options], least)


def _begun(options: Sequence[Option], before: bytes, text: bytes) -> list[Option]:
    """The options that the text can begin. before: what was said from the token's start to the place, if it starts earlier."""
    if not before:
        return [option for option in options if option.fits(text)]
    if not text.startswith(before):
        return []
    return [option for option in options if option.fits(text[len(before) :])]


def _covered(masses: list[float], least: float) -> list[float]:
    unlisted = [position for position, mass in enumerate(masses) if mass <= 0]
    uncovered = max(0.0, 1.0 - sum(masses))
    for position in unlisted:
        masses[position] = min(uncovered / len(unlisted), least)
    whole = sum(masses)
    return [mass / whole for mass in masses] if whole > 0 else [1.0 / len(masses)] * len(masses)


def _place(joined: bytes, begin: int, label: str) -> tuple[int, bool, bool] | None:
    """Where the label stands in what was said (bytes), whether it is written in ASCII escapes, and whether in quotes."""
    for ascii_only in (False, True):
        quoted = json.dumps(label, ensure_ascii=ascii_only).encode()
        at = joined.rfind(quoted)
        if at >= begin:
            return at + 1, ascii_only, True
    for spelling in _cases(label):
        at = joined.rfind(spelling)
        if at >= begin:
            return at, False, False
    return None


def _spellings(label: str, ascii_only: bool, quoted: bool) -> list[bytes]:
    """How the label may stand there. In quotes the closing one belongs to it: so `spam` differs from `spammer` in the end."""
    if quoted:
        return [json.dumps(label, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")[1:]]
    return _cases(label)


def _cases(label: str) -> list[bytes]:
    return [spelling.encode() for spelling in dict.fromkeys((label, label.lower(), label.capitalize(), label.upper()))]


def _label(quoted: bytes) -> str | None:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return None


def _bytes(raw: Mapping[str, Any]) -> bytes:
    given = raw.get("bytes")
    if isinstance(given, list):
        return bytes(given)
    token = str(raw.get("token") or "")
    if token.startswith("bytes:"):
        return bytes(int(pair, 16) for pair in ESCAPED.findall(token.encode()))
    return token.encode("utf-8", "surrogatepass")


def _probability(raw: Mapping[str, Any]) -> float:
    value = raw.get("logprob")
    return math.exp(min(0.0, float(value))) if isinstance(value, int | float) and not math.isnan(value) else 0.0
