"""What must not leave the machine within a sample, and what must not be taken for it."""

from __future__ import annotations

import random
import re
import string
import time

import pytest

from tools.llm.masking import masked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key sk-proj-abcDEF0123456789abcDEF done", "key [masked: key] done"),
        ("sk-ant-api03-abcDEF0123456789abcDEF", "[masked: key]"),
        ("sk_live_abcDEF0123456789abc", "[masked: key]"),
        ("ghp_abcDEF0123456789abcDEF0123456789abcd", "[masked: key]"),
        ("github_pat_11ABCDEFG0123456789_abcdefghij", "[masked: key]"),
        ("glpat-abcDEF0123456789abcd", "[masked: key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[masked: key]"),
        ("xoxb-123456789012-abcdefghij", "[masked: key]"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "[masked: key]"),
        ("hf_abcdefghijklmnopqrstuvwxyz", "[masked: key]"),
        (f"token={JWT}", "token=[masked: token]"),
        ("Authorization: Bearer abc.def-ghi_0123456789==", "Authorization: Bearer [masked: token]"),
        ("authorization: basic dXNlcjpwYXNzd29yZA==", "authorization: basic [masked: token]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nafter", "[masked: private key]\nafter"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb cut off", "[masked: private key]"),
        ("postgresql://app:s3cret@db.example.com:5432/x", "postgresql://[masked: password]db.example.com:5432/x"),
        ("see https://me:pw1234@example.com/a", "see https://[masked: password]example.com/a"),
        ("redis://:pw@cache:6379", "redis://[masked: password]cache:6379"),
        ("password: hunter22, thanks", "password: [masked: password], thanks"),
        ("Server=db;User Id=sa;Password=Pa55!word;Encrypt=yes", "Server=db;User Id=sa;Password=[masked: password];Encrypt=yes"),
        ('{"api_key": "abcd1234efgh"}', '{"api_key": "[masked: password]"}'),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=[masked: password]"),
        ("Passwort: geheim99", "Passwort: [masked: password]"),
        ("write to jo.doe+x@mail.example.co.uk today", "write to [masked: e-mail] today"),
        ("Grüße an jörg@müller.example", "Grüße an [masked: e-mail]"),
        ("card 4111 1111 1111 1111 was charged", "card [masked: card] was charged"),
        ("5500-0000-0000-0004", "[masked: card]"),
        ("IBAN DE89 3704 0044 0532 0130 00, thanks", "IBAN [masked: account], thanks"),
        ("GB82WEST12345698765432", "[masked: account]"),
    ],
)
def test_secrets_are_replaced_by_what_they_are(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert masked(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "order 90127 of 29.10.2024 cost 34.90 or 1,299.00 EUR",
        "2024-10-29T17:45:00Z and 20241029174500123",
        "item 4111 1111 1111 1112 is out of stock",  # fails Luhn's check
        "DE89 3704 0044 0532 0130 01 is mistyped",  # fails the check of an IBAN
        "tracking number LK448120973DE, serial 1234-5678-9012",
        "my password does not work, the password reset neither",
        "password: ***",
        "the bearer of good news",
        "sk-8 board and ski-pass for risk-averse people",
        "a@b is no address, nor is @jo",
        "10.0.0.1:8080 and https://example.com/path?q=1",
        "0.1234567890123456 and 1e-16 and 12345678",
        "call +44 20 7946 0958",
        "ÄÖÜ 好评 🎉",
        "",
    ],
)
def test_ordinary_words_numbers_and_dates_stay(text: str) -> None:
    assert masked(text) == text


def test_no_secret_survives_any_surroundings() -> None:
    """Secrets of each kind between random words, quotes, commas and line ends: gone, and the words stay."""
    dice = random.Random(1)
    letters = string.ascii_letters + string.digits

    def some(count: int, of: str = letters) -> str:
        return "".join(dice.choice(of) for _ in range(count))

    for _ in range(300):
        secret = dice.choice(
            [
                f"sk-{some(24)}1",
                f"ghp_{some(36)}",
                f"AKIA{some(16, string.ascii_uppercase + string.digits)}",
                f"{some(6, string.ascii_lowercase)}@{some(5, string.ascii_lowercase)}.example",
                _card(dice),
            ]
        )
        left, right = (
            dice.choice(["", "'", '"', "(", "say ", "1, ", "\n", "ß "]),
            dice.choice(["", "'", '"', ")", " now", ", 2", "\n", "!"]),
        )
        text = f"begin {left}{secret}{right} end"
        found = masked(text)
        assert secret not in found, text
        assert re.fullmatch(r"begin .*\[masked: [\w-]+\].* end", found, re.DOTALL), (text, found)
        assert masked(found) == found


def test_random_numbers_are_seldom_taken_for_cards() -> None:
    dice = random.Random(2)
    numbers = [str(dice.randint(10**15, 10**16 - 1)) for _ in range(1000)]
    assert sum(masked(number) != number for number in numbers) < 150  # Luhn's check lets one of ten through
    shorter = [str(dice.randint(0, 10**12 - 1)) for _ in range(2000)]
    assert [masked(number) for number in shorter] == shorter


def test_long_texts_take_no_time() -> None:
    for piece in ("a", "1 ", "sk-", "password:", "x@", "DE89 ", "eyJ", "http://a:", "-----BEGIN PRIVATE KEY-----", "Bearer "):
        begun = time.process_time()
        masked(piece * (100_000 // len(piece)))
        assert time.process_time() - begun < 3, piece  # a quarter of a second; where a pattern looks back without end, minutes


def _card(dice: random.Random) -> str:
    """A number that passes Luhn's check."""
    body = [4] + [dice.randint(0, 9) for _ in range(14)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in body[0::2]]
    return "".join(map(str, [*body, -(sum(doubled) + sum(body[1::2])) % 10]))
