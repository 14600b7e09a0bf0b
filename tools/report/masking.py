"""Personal data in quoted rows, replaced by what it is: mail, phone, card, account and network addresses, names.

Patterns, not understanding: what has the form of such data is found, also where it is none; a name without a cue is not.
"""

from __future__ import annotations

import re

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?<![\w@])@\w{2,}")
LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
PHONE = re.compile(r"(?<![\w.,])(?:\+|00|\(?0)\(?\d[\d ()/.-]{5,18}\d(?![\w,])")
SOCIAL = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")

_NAME = r"[A-ZÀ-ÖØ-Ý][\w'’-]+"
_CUES = (
    r"[Mm]y name is|[Mm]y name'?s|[Tt]his is|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist|[Jj]e m'appelle|[Mm]on nom est|[Mm]e llamo|"
    r"[Mm]i nombre es|Mrs?\.?|Ms\.?|Miss|Dr\.?|Prof\.?|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sr[a]?\.?|Dear|Liebe[r]?|"
    r"[Rr]egards,?|[Cc]heers,?|[Ss]incerely,?|[Tt]hanks,|[Bb]est,|[Gg]r(?:üße|uesse),?|[Cc]ordialement,?|[Ss]aludos,?"
)
NAME_AFTER_CUE = re.compile(rf"\b((?:(?:{_CUES})\s+)+)({_NAME}(?:\s+(?:(?:van|von|de|der|den|la|di)\s+)*{_NAME}){{0,2}})")
NOT_A_NAME = frozenset(
    {"Team", "Sir", "Madam", "Support", "Customer", "All", "Ladies", "Gentlemen", "The", "A", "I", "It", "Not"}
)

NAME_COLUMN = re.compile(
    r"^(?:(?:first|last|full|sur|given|family|middle|user|customer|client|patient|passenger|contact|employee)[ _-]?names?"
    r"|names?|vorname|nachname|familienname|nom|pr[ée]nom|nombre|apellidos?|author|sender|recipient)$",
    re.IGNORECASE,
)
PRIVATE_COLUMN = re.compile(
    r"(?:e-?mail|phone|mobile|telefon|t[ée]l[ée]phone|street|address|adresse|direcci[oó]n|iban|passport|ssn|tax[ _-]?id|birth)",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with `[mail]`, `[link]`, `[card]`, `[account]`, `[phone]`, `[address]`, `[number]`, `[name]` in such places."""
    text = MAIL.sub("[mail]", text)
    text = LINK.sub("[link]", text)
    text = IBAN.sub("[account]", text)
    text = CARD.sub(lambda found: "[card]" if is_card(found.group()) else found.group(), text)
    text = SOCIAL.sub("[number]", text)
    text = ADDRESS.sub("[address]", text)
    text = PHONE.sub(lambda found: "[phone]" if _digits(found.group()) >= 7 else found.group(), text)
    text = HANDLE.sub("[name]", text)
    return NAME_AFTER_CUE.sub(_masked_name, text)


def mask_cell(column: str, value: str) -> str:
    """One cell of a table: hidden whole where the column's name says that it holds names or contact data, masked otherwise."""
    if NAME_COLUMN.match(column.strip()):
        return "[name]"
    if PRIVATE_COLUMN.search(column):
        return "[hidden]"
    return mask(value)


def _masked_name(found: re.Match[str]) -> str:
    cue, name = found.groups()
    return found.group() if name.split()[0] in NOT_A_NAME else f"{cue}[name]"


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def is_card(text: str) -> bool:
    """Luhn's check: nine of ten long numbers that are no card fail it."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
