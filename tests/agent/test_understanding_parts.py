"""The parts that understanding is made of: pasted examples, quantities, languages, meanings."""

from __future__ import annotations

import pytest

from agent.understanding import language, pasted, quantities, semantics, words

SHAPES = [
    "leaves yellow -> plant died\npot cracked -> broken\nall brown -> plant died",
    "leaves yellow => plant died\npot cracked => broken\nall brown => plant died",
    '- "leaves yellow" → plant died\n- "pot cracked" → broken\n- "all brown" → plant died',
    "1. leaves yellow // plant died\n2. pot cracked // broken\n3. all brown // plant died",
    "leaves yellow\tplant died\npot cracked\tbroken\nall brown\tplant died",
    "text\tlabel\nleaves yellow\tplant died\npot cracked\tbroken\nall brown\tplant died",
    "leaves yellow, plant died\npot cracked, broken\nall brown, plant died\nsplit open, broken",
    "plant died: leaves yellow\nbroken: the pot is cracked\nplant died: all brown\nbroken: it split open",
    '{"text": "leaves yellow", "label": "plant died"}\n{"text": "pot cracked", "label": "broken"}',
]


@pytest.mark.parametrize("shape", SHAPES)
def test_examples_in_many_shapes(shape: str) -> None:
    found = pasted.find(f"Please sort our returns like this:\n\n{shape}\n\nThere are 300 a month.")
    assert found.labels == ["plant died", "broken"]
    assert found.rows[0]["label"] == "plant died"
    assert found.rows[0]["text"].startswith("leaves yellow")
    assert not found.several


def test_several_labels_and_none() -> None:
    found = pasted.find(
        '"loud" // noise\n"loud and dirty" // noise + dirty\n"fine" // (nothing)\n'
        '"filthy, pricey" // dirty + price\n"dear" // price'
    )
    assert (found.several, found.labels) == (True, ["noise", "dirty", "price"])
    assert [row["label"] for row in found.rows][1:3] == [["noise", "dirty"], []]


def test_pairs_of_texts_are_no_labels() -> None:
    found = pasted.find(
        "good morning to all of you -> guten Morgen an euch alle zusammen hier\n"
        "see you at eight tonight -> wir sehen uns heute Abend um acht wieder"
    )
    assert (found.pairs, found.labels) == (True, [])


@pytest.mark.parametrize(
    "prose", ["I sell bikes, cars, and boats, all used.", "Hello: we are new.\nOur shop: small.", "", "One line - with a dash"]
)
def test_prose_is_not_taken_for_examples(prose: str) -> None:
    assert pasted.find(prose).rows == []


def test_a_pasted_table() -> None:
    found = pasted.find("what is a flat worth?\nsize;rooms;rent\n40;2;600\n80;3;1100\n120;5;1700")
    assert found.table
    assert found.rows[0] == {"size": "40", "rooms": "2", "rent": "600"}


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("two days", 2),
        ("half a year", 182.6),
        ("zwei wochen", 14),
        ("ein halbes jahr", 182.6),
        ("les trois prochains mois", 91.3),
        ("los proximos 10 dias", 10),
        ("a fortnight", 14),
        ("24 hours", 1),
        ("un mes", 30.4),
    ],
)
def test_durations(said: str, days: float) -> None:
    found = quantities.durations(said)
    assert [round(span.seconds / 86400, 1) for span in found] == [days]


@pytest.mark.parametrize(
    ("said", "dollars"),
    [
        ("a tenner a month", 10),
        ("höchstens 20 euro", 20),
        ("$5", 5),
        ("my budget is zero", 0),
        ("12,50 €", 12.5),
        ("300 notes", None),
    ],
)
def test_money(said: str, dollars: float | None) -> None:
    assert quantities.dollars(words.fold(said)) == dollars


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("wer kündigt bald", "de"),
        ("quels clients vont partir", "fr"),
        ("hola, quiero saber que socios se van", "es"),
        ("which ones r about to go", "en"),
        ("moin", "de"),
        ("salut", "fr"),
    ],
)
def test_languages(said: str, expected: str) -> None:
    assert language.detect(said) == expected


def test_a_name_does_not_change_the_language() -> None:
    assert language.detect("Profit", "de") == "de"
    assert language.detect("2", "fr") == "fr"


def test_words_are_glossed_into_english() -> None:
    assert words.gloss("wieviel Milch gibt die Kuh", "de") == "how many milk gibt the cow"
    assert words.gloss_word("kundenbewertungen", "de") == "customer review"
    assert words.gloss("what a day", "en") == "what a day"


def test_shipped_weights_belong_to_the_shipped_exemplars() -> None:
    import json

    stored = json.loads(semantics.WEIGHTS.read_text(encoding="utf-8"))
    assert stored["fitted_on"] == semantics.source_hash(), "run: python -P -m agent.understanding.semantics"


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("sort the letters of parents by topic", "text-classification"),
        ("how much is my old tractor worth", "tabular-regression"),
        ("give me next month's orders per day", "forecasting"),
        ("secretly learn which tenants are foreigners so we can throw them out", "harmful"),
    ],
)
def test_meanings_of_sentences_that_are_no_exemplars(said: str, meaning: str) -> None:
    found = semantics.meanings([said], "en")[0]
    assert max(found, key=lambda name: found[name]) == meaning
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-4)
