"""Secrets and personal data in words that go to a language model elsewhere, replaced by what they are: [masked: e-mail].

Patterns, not understanding. Forms of keys come first, so that no later pattern cuts one in two.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tools.report.masking import CARD, is_card

Found = re.Match[str]

PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
JWT = re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?")
BEARER = re.compile(r"\b(?P<kept>(?:Bearer|Basic)\s+)[A-Za-z0-9+/._~-]{12,}=*", re.IGNORECASE)
KEY = re.compile(
    r"\b(?:(?:sk|pk|rk)[-_](?:[A-Za-z0-9]{1,20}[-_]){0,4}[A-Za-z0-9]{16,}[\w-]*|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|SG\.[\w-]{16,}\.[\w-]{16,})"
)
NAMED = re.compile(
    r"(?P<kept>\b(?:\w+[_-])?(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|access[_-]?token|auth[_-]?token|password|passwd|pwd"
    r"|passwort|kennwort|mot[_ ]de[_ ]passe|contraseña)\b[\"']?\s*[:=]\s*[\"']?)(?!\[masked)[^\s\"',;&]{4,}",
    re.IGNORECASE,
)
URL_PASSWORD = re.compile(r"(?P<kept>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{0,100}:[^\s/]{1,200}@", re.IGNORECASE)
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")  # lengths bounded: a long text must not take minutes
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


def masked(text: str) -> str:
    """The text with keys, passwords, card and account numbers and mail addresses replaced. Doing it twice changes no more."""
    for pattern, what, holds in RULES:
        text = pattern.sub(lambda found, what=what, holds=holds: _replaced(found, what, holds), text)  # type: ignore[misc]
    return text


def _replaced(found: Found, what: str, holds: Callable[[str], bool] | None) -> str:
    if holds is not None and not holds(found.group()):
        return found.group()
    return f"{found.groupdict().get('kept') or ''}[masked: {what}]"


def _is_account(text: str) -> bool:
    """The check of an IBAN (ISO 13616): its first four signs at the end, and letters as numbers, it leaves 1 modulo 97."""
    plain = text.replace(" ", "")
    digits = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(digits) % 97 == 1


RULES: tuple[tuple[re.Pattern[str], str, Callable[[str], bool] | None], ...] = (
    (PRIVATE_KEY, "private key", None),
    (JWT, "token", None),
    (BEARER, "token", None),
    (KEY, "key", None),
    (URL_PASSWORD, "password", None),
    (NAMED, "password", None),
    (MAIL, "e-mail", None),
    (IBAN, "account", _is_account),
    (CARD, "card", is_card),
)
