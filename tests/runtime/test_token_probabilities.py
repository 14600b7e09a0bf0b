"""From tokens to labels, by tokenisations made by hand: labels within labels, cut characters and quotes, other scripts."""

from __future__ import annotations

import itertools
import json
import math
import random
from typing import Any

import pytest

from tools.runtime.asking import Answer
from tools.runtime.token_probabilities import Token, label_probabilities, tokens_of

Raw = list[tuple[str | bytes, dict[str | bytes, float]]]


def tokens(raw: Raw) -> list[Token]:
    """Tokens with their alternatives; the token's own probability is among them, or 1."""
    made, start = [], 0
    for text, alternatives in raw:
        spoken = text if isinstance(text, bytes) else text.encode()
        others = {other if isinstance(other, bytes) else other.encode(): share for other, share in alternatives.items()}
        made.append(Token(start, spoken, {spoken: 1.0, **others}))
        start += len(spoken)
    return made


def one(labels: tuple[str, ...], said: str, raw: Raw) -> list[float]:
    text = b"".join(token.text for token in tokens(raw)).decode()
    found = label_probabilities(text, tokens(raw), Answer(labels), [said])
    assert found is not None
    assert sum(found) == pytest.approx(1.0)
    return found


def test_alternatives_at_the_first_token_give_the_others_their_mass() -> None:
    found = one(
        ("spam", "ham", "eggs"),
        "ham",
        [('{"answer": "', {}), ("ham", {"ham": 0.7, "spam": 0.2, "eggs": 0.1}), ('"}', {})],
    )
    assert found == pytest.approx([0.2, 0.7, 0.1])


def test_a_label_of_several_tokens_has_the_product_until_no_other_is_possible() -> None:
    raw: Raw = [
        ('{"answer":"', {}),
        ("re", {"re": 0.8, "lost": 0.2}),
        ("fund", {"fund": 0.75, "turn": 0.25}),
        (" request", {" request": 0.5}),  # only one label begins with refund: what else could follow is no label
        ('"}', {}),
    ]
    assert one(("refund request", "return", "lost"), "refund request", raw) == pytest.approx([0.6, 0.2, 0.2])


def test_another_way_to_cut_the_same_label_counts_for_it() -> None:
    raw: Raw = [('{"answer":"', {}), ("sp", {"sp": 0.5, "spam": 0.3, "ham": 0.2}), ("am", {"am": 1.0}), ('"}', {})]
    assert one(("spam", "ham"), "spam", raw) == pytest.approx([0.8, 0.2])


def test_a_token_that_several_labels_begin_with_is_shared_evenly() -> None:
    raw: Raw = [('{"answer":"', {}), ("ham", {"ham": 0.6, "s": 0.4}), ('"}', {})]
    assert one(("spam", "sales", "ham"), "ham", raw) == pytest.approx([0.2, 0.2, 0.6])


@pytest.mark.parametrize(("said", "ending"), [("spam", '"}'), ("spammer", 'mer"}')])
def test_labels_within_labels_are_told_apart_by_the_closing_quote(said: str, ending: str) -> None:
    raw: Raw = [('{"answer":"', {}), ("spam", {"spam": 0.9, "ham": 0.1}), (ending, {'"}': 0.7, "mer": 0.1, 'mer"}': 0.2})]
    assert one(("spam", "spammer", "ham"), said, raw) == pytest.approx([0.63, 0.27, 0.1])


def test_a_token_that_opens_the_quote_and_begins_the_label() -> None:
    raw: Raw = [('{"answer":', {}), (' "sp', {' "sp': 0.6, ' "ham': 0.3, " 7": 0.1}), ('am"', {'am"': 1.0}), ("}", {})]
    assert one(("spam", "ham"), "spam", raw) == pytest.approx([2 / 3, 1 / 3])  # a number would be no label: it is left out


def test_an_alternative_that_goes_beyond_the_lead_counts() -> None:
    raw: Raw = [('{"answer": ', {}), ('"', {'"': 0.9, '"ham"': 0.1}), ("spam", {"spam": 0.8, "ham": 0.2}), ('"}', {})]
    assert one(("spam", "ham"), "spam", raw) == pytest.approx([0.72, 0.28])


def test_labels_in_other_scripts_cut_within_a_character() -> None:
    first, second = "好".encode(), "坏".encode()  # noqa: F841  e5 a5 bd and e5 9d 8f: the first byte is the same
    raw: Raw = [
        ('{"answer":"', {}),
        (b"\xe5", {b"\xe5": 1.0}),
        (b"\xa5", {b"\xa5": 0.7, b"\x9d": 0.3}),
        (b"\xbd", {}),
        ('"}', {}),
    ]
    assert one(("好评", "坏"), "好评", [*raw[:-1], ("评", {"评": 1.0}), ('"}', {})]) == pytest.approx([0.7, 0.3])
    assert one(("好", "坏"), "好", raw) == pytest.approx([0.7, 0.3])


def test_labels_written_in_ascii_escapes() -> None:
    raw: Raw = [('{"answer":"', {}), ("\\u00e4", {"\\u00e4": 0.6, "\\u00f6": 0.4}), ('"}', {})]
    text = "".join(str(part) for part, _ in raw)
    assert json.loads(text) == {"answer": "ä"}
    assert one(("ä", "ö"), "ä", raw) == pytest.approx([0.6, 0.4])


def test_labels_with_quotes_and_backslashes() -> None:
    raw: Raw = [('{"answer":"', {}), ("say ", {}), ('\\"', {'\\"': 0.9, "no": 0.1}), ('hi\\""}', {})]
    assert one(('say "hi"', "say no"), 'say "hi"', raw) == pytest.approx([0.9, 0.1])


def test_what_is_uncovered_is_shared_by_the_unlisted_but_none_gets_more_than_the_least_listed() -> None:
    raw: Raw = [('{"answer":"', {}), ("a", {"a": 0.6, "b": 0.2}), ('"}', {})]
    assert one(("a", "b", "c", "d"), "a", raw) == pytest.approx([0.6, 0.2, 0.1, 0.1])
    raw = [('{"answer":"', {}), ("a", {"a": 0.6, "b": 0.02}), ('"}', {})]  # the rest is no label at all: c cannot be above b
    assert one(("a", "b", "c"), "a", raw) == pytest.approx([0.6 / 0.64, 0.02 / 0.64, 0.02 / 0.64])


def test_a_plain_text_answer() -> None:
    raw: Raw = [("Sp", {"Sp": 0.7, "Ham": 0.3}), ("am", {"am": 1.0}), (".", {})]
    assert one(("spam", "ham"), "spam", raw) == pytest.approx([0.7, 0.3])


def test_thoughts_before_the_text_are_not_in_the_way() -> None:
    made = tokens([("<think>spam or ham?</think>", {}), ('{"answer":"', {}), ("ham", {"ham": 0.8, "spam": 0.2}), ('"}', {})])
    assert label_probabilities('{"answer":"ham"}', made, Answer(("spam", "ham")), ["ham"]) == pytest.approx([0.2, 0.8])


def test_tokens_that_are_not_the_text_give_nothing() -> None:
    assert label_probabilities('{"answer":"ham"}', tokens([("other", {})]), Answer(("spam", "ham")), ["ham"]) is None


def test_each_of_several_labels_by_the_places_where_it_could_stand() -> None:
    answer = Answer(("a", "b", "c"), several=True)
    raw: Raw = [
        ('{"answer": [', {}),
        ('"a', {'"a': 0.8, '"b': 0.1, "]": 0.1}),
        ('"', {'"': 1.0}),
        (', "', {', "': 0.6, "]": 0.4}),
        ("b", {"b": 0.9, "c": 0.1}),
        ('"', {}),
        ("]}", {"]}": 0.7, ', "': 0.3}),
    ]
    found = label_probabilities(b"".join(t.text for t in tokens(raw)).decode(), tokens(raw), answer, ["a", "b"])
    second_b, second_c = 0.6 * 0.9, 0.6 * 0.1
    assert found is not None
    assert found[0] == pytest.approx(0.8)
    assert found[1] == pytest.approx(1 - (1 - 0.1) * (1 - second_b))
    first_c = 0.0  # nothing of the first place was left for it
    assert found[2] == pytest.approx(1 - (1 - first_c) * (1 - second_c) * (1 - 0.3))


def test_no_label_is_an_answer_too() -> None:
    answer = Answer(("a", "b"), several=True)
    raw: Raw = [('{"answer": [', {}), ("]", {"]": 0.75, '"a': 0.2, '"b': 0.05}), ("}", {})]
    assert label_probabilities('{"answer": []}', tokens(raw), answer, []) == pytest.approx([0.2, 0.05])


def test_a_quote_and_the_end_in_one_token() -> None:
    answer = Answer(("a", "b"), several=True)
    raw: Raw = [('{"answer":["', {}), ("a", {"a": 0.9, "b": 0.1}), ('"]}', {'"]}': 0.8, '","': 0.2})]
    found = label_probabilities('{"answer":["a"]}', tokens(raw), answer, ["a"])
    assert found == pytest.approx([0.9, 1 - (1 - 0.1) * (1 - 0.2)])


def test_any_tokenisation_of_a_known_distribution_gives_it_back() -> None:
    """A model that spells labels byte by byte with given probabilities, cut at random: what was said keeps its probability."""
    wanted = {"spam": 0.4, "spammer": 0.3, "späm": 0.2, "ham": 0.1}
    spelled = {json.dumps(label, ensure_ascii=False).encode()[1:]: share for label, share in wanted.items()}
    dice = random.Random(0)
    for said, _ in itertools.product(wanted, range(25)):
        goal = json.dumps(said, ensure_ascii=False).encode()[1:]
        raw: Raw = [('{"answer": "', {})]
        place = 0
        while place < len(goal):
            size = dice.randint(1, len(goal) - place)
            before = goal[:place]
            mass = sum(share for text, share in spelled.items() if text.startswith(before))
            others: dict[str | bytes, float] = {}
            for text, share in spelled.items():
                if text.startswith(before):
                    piece = text[place : place + size]
                    others[piece] = others.get(piece, 0.0) + share / mass
            raw.append((goal[place : place + size], others))
            place += size
        raw.append(("}", {}))
        found = dict(zip(wanted, one(tuple(wanted), said, raw), strict=True))
        assert found[said] == pytest.approx(wanted[said])  # the others only as far as their first tokens tell them apart
        assert all(share > 0 for share in found.values())


def test_tokens_as_the_protocol_writes_them() -> None:
    content: list[dict[str, Any]] = [
        {"token": "bytes:\\xe5", "logprob": math.log(0.5), "bytes": None, "top_logprobs": []},
        {"token": "?", "bytes": [0xA5, 0xBD], "logprob": -0.1, "top_logprobs": [{"token": "x", "logprob": -9999.0}]},
        {"token": "plain", "logprob": None},
    ]
    first, second, third = tokens_of(content)
    assert first.text == b"\xe5"
    assert first.alternatives[b"\xe5"] == pytest.approx(0.5)
    assert (second.start, second.text, second.alternatives[b"x"]) == (1, b"\xa5\xbd", 0.0)
    assert (third.start, third.text, third.alternatives) == (3, b"plain", {b"plain": 0.0})
