"""Personal data in quotes: what must be hidden, and what must not."""

from __future__ import annotations

import pytest

from tools.report.masking import mask, mask_cell


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jo.doe+x@mail.example.co.uk today", "write to [mail] today"),
        ("call +44 20 7946 0958 or (030) 901820-12", "call [phone] or [phone]"),
        ("ring 0171/1234567 please", "ring [phone] please"),
        ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00, thanks", "IBAN [account], thanks"),
        ("my ssn is 078-05-1120", "my ssn is [number]"),
        ("from 192.168.0.17 at night", "from [address] at night"),
        ("see https://example.com/u/jo?id=3 now", "see [link] now"),
        ("@jo_doe said so", "[name] said so"),
        ("My name is Piotr Zielinski, hello", "My name is [name], hello"),
        ("Regards, Anneliese Vogt", "Regards, [name]"),
        ("Sehr geehrte Frau Dr. Schmidt", "Sehr geehrte Frau Dr. [name]"),
        ("je m'appelle Zoé", "je m'appelle [name]"),
    ],
)
def test_personal_data_is_replaced_by_what_it_is(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 90127 of 29.10.2024 cost 34.90 or 1,299.00 EUR",
        "tracking number LK448120973 is unknown",
        "Dear Team, the E07 error is back after 3 weeks",
        "item 4111 1111 1111 1112 is out of stock",  # fails Luhn's check
        "opens at 09:30, closes 17:00",
        "This is Not what I ordered",
    ],
)
def test_other_numbers_and_words_stay(text: str) -> None:
    assert mask(text) == text


def test_columns_of_names_and_contacts_are_hidden_whole() -> None:
    assert mask_cell("Name", "Braund, Mr. Owen Harris") == "[name]"
    assert mask_cell("customer_name", "Jo") == "[name]"
    assert mask_cell("Phone number", "12") == "[hidden]"
    assert mask_cell("product_name", "Kettle S") == "Kettle S"
    assert mask_cell("note", "mail jo@example.com") == "mail [mail]"
