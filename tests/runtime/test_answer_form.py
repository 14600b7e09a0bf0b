"""What may be answered: as a schema, as words, as a grammar, and read back from whatever a model writes."""

from __future__ import annotations

import jsonschema  # type: ignore[import-untyped]
import pytest

from tools.runtime.answer_form import most_tokens, read, schema, wish
from tools.runtime.answer_grammar import grammar
from tools.runtime.asking import Answer

ONE = Answer(("spam", "spammer", "Not Spam", "späm"))
SOME = Answer(("a", "b b", "c"), several=True)
NUMBER = Answer()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"answer": "spam"}', "spam"),
        ('{"answer": "sp\\u00e4m"}', "späm"),
        ('{"label": "spammer"}', "spammer"),
        ('```json\n{"answer": "Not Spam"}\n```', "Not Spam"),
        ('Sure! {"answer": "spam"} is right.', "spam"),
        ("spam", "spam"),
        ("NOT SPAM.", "Not Spam"),
        ('"spam"', "spam"),
        ("**spammer**", "spammer"),
        ("The label is: spammer", "spammer"),
        ("It is not spam", "Not Spam"),
        ("<think>spammer? no</think>spam", "spam"),
        ("Is it spammer or ham {hm}?\n</think>\n\nspam", "spam"),
        ('It is ham, or {spammer}.</think>\n{"answer": "spam"}', "spam"),
        ("spam or spammer", None),
        ("ham", None),
        ("", None),
        ('{"answer": null}', None),
        ('{"answer": ["spam"]}', "spam"),
        ("spamming", None),
    ],
)
def test_one_label(text: str, label: str | None) -> None:
    assert read(text, ONE) == ([label] if label else None, None)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"answer": ["c", "a"]}', ["a", "c"]),
        ('{"answer": ["a", "a"]}', ["a"]),
        ('{"answer": []}', []),
        ('["B B"]', ["b b"]),
        ("a, c", ["a", "c"]),
        ("none", []),
        ('{"answer": ["a", "x"]}', None),
        ("x", None),
        ("", None),
    ],
)
def test_some_labels(text: str, labels: list[str] | None) -> None:
    assert read(text, SOME) == (labels, None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('{"answer": 12.5}', 12.5),
        ('{"answer": "1,200"}', 1200.0),
        ("-3", -3.0),
        ("about 12 500 EUR", 12500.0),
        ("1e3", 1000.0),
        ("between 3 and 5", None),
        ('{"answer": true}', None),
        ('{"answer": NaN}', None),
        ("none", None),
    ],
)
def test_a_number(text: str, number: float | None) -> None:
    assert read(text, NUMBER) == (None, number)


@pytest.mark.parametrize(
    ("answer", "right", "wrong"),
    [
        (ONE, {"answer": "späm"}, {"answer": "ham"}),
        (SOME, {"answer": ["a", "c"]}, {"answer": ["x"]}),
        (SOME, {"answer": []}, {"answer": "a"}),
        (NUMBER, {"answer": 1.5}, {"answer": "1.5"}),
        (ONE, {"answer": "spam"}, {"answer": "spam", "why": "because"}),
    ],
)
def test_the_schema_lets_right_answers_through_and_no_others(answer: Answer, right: object, wrong: object) -> None:
    jsonschema.validate(right, schema(answer))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema(answer))


def test_where_no_schema_holds_the_form_is_asked_for_in_words() -> None:
    assert wish(ONE, "text") == (
        'Answer with exactly one of these labels and nothing else: ["spam", "spammer", "Not Spam", "späm"]'
    )
    assert "JSON" in wish(ONE, "json_object")  # endpoints refuse the mode where the word is missing
    assert wish(NUMBER, "text") == "Answer with one number in digits and nothing else."


def test_there_is_room_for_the_longest_answer() -> None:
    assert most_tokens(ONE) >= len('{"answer": "sp\\u00e4m"}')
    assert most_tokens(SOME) >= len('{"answer": ["a", "b b", "c"]}')


def test_the_grammar_is_bounded() -> None:
    assert grammar(Answer(('say "hi"\\n',))) == (
        'root ::= "{\\"answer\\": " label "}"\nlabel ::= "\\"say \\\\\\"hi\\\\\\"\\\\\\\\n\\""'
    )
    assert "{0,2}" in grammar(SOME)
    assert "{1,15}" in grammar(NUMBER)


def test_labels_must_differ() -> None:
    with pytest.raises(ValueError, match=r"^Expected labels that differ\. Found \['a', 'a'\]\. Leave out the repeated ones\.$"):
        Answer(("a", "a"))
