"""N-grams without scikit-learn: the same terms and the same answers as scikit-learn gives, in flat memory."""

from __future__ import annotations

import json
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from tools.approaches.ngrams import WORDS, count_ngrams
from tools.runtime import text_ngrams
from tools.runtime.text_ngrams import Counter, Ngrams
from tools.runtime.text_tfidf import margins

AWKWARD = [
    "",
    "   \t\n ",
    "a",
    "Straße İstanbul ǅungla ΣΑΣ ß",
    "北京 的 天气 很好，今天是星期五！",
    "これはテストです 東京",
    "مرحبا بالعالم كيف حالك",
    "नमस्ते दुनिया हिन्दी",
    "สวัสดีชาวโลก",
    "👩‍👩‍👧‍👦 🎉🎉🎉 ok 👍🏽 ❤️",
    "lone \ud83d surrogate \udc00\udfff end",
    "e\u0301 and é, ﬁ and fi, x\u00a0y\u2003z\u2028w\x1cq\x85v",
    "no   single      spaces\r\n\r\nand\ttabs",
    "3.14 1,000 007 12:30 v2.0-rc1 #42 50% ____ a_b",
    "!!! ??? ... -- '' \"\" ;;;",
    "don't can't o'clock e-mail x",
    "word " * 5000,
    "x" * 3000 + " " + "ab" * 2000,
    "\x00 null \x07 bell",
]


@pytest.fixture(scope="module")
def learned() -> dict[str, Any]:
    """Counts of awkward texts, and a model of three classes."""
    texts = AWKWARD + [f"{first} {second} number {first * second}" for first in range(8) for second in range(8)]
    return fitted(texts, np.arange(len(texts)) % 3)


def fitted(texts: list[str], classes: np.ndarray) -> dict[str, Any]:
    vectorizers, features = count_ngrams(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LinearSVC(C=0.5, random_state=7).fit(features, classes)
    return {"vectorizers": vectorizers, "model": model, "classes": model.classes_}


def opened(folder: Path, parts: dict[str, Any]) -> Ngrams:
    text_ngrams.write(folder / "model", parts)
    return Ngrams(folder / "model")


@pytest.mark.parametrize("text", [*AWKWARD, *(text.upper() for text in AWKWARD)])
def test_a_text_is_parted_as_scikit_learn_parts_it(text: str) -> None:
    ways: list[dict[str, Any]] = [
        {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": WORDS},
        {"analyzer": "word", "ngram_range": (2, 3), "token_pattern": r"(?u)\b\w\w+\b"},
        {"analyzer": "char_wb", "ngram_range": (2, 5), "token_pattern": WORDS},
        {"analyzer": "char_wb", "ngram_range": (1, 1), "token_pattern": WORDS},
    ]
    for way in ways:
        theirs = TfidfVectorizer(**way).build_analyzer()(text)
        counter = Counter(way, {term: place for place, term in enumerate(sorted(set(theirs)))})
        names = list(counter.places)
        assert sorted(names[place] for place in counter.terms(text.lower())) == sorted(theirs)


def test_answers_are_scikit_learns(learned: dict[str, Any], tmp_path: Path) -> None:
    texts = [*AWKWARD, *reversed(AWKWARD), "words that nobody has ever learned", "ǆ 北京 number 42"]
    ours, theirs = opened(tmp_path, learned).margins(texts, 3), margins(learned, texts, 3)
    assert np.allclose(ours, theirs, rtol=0, atol=2e-3)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() >= 0.95  # float16 may turn a tie


def test_no_text_gives_no_row(learned: dict[str, Any], tmp_path: Path) -> None:
    assert opened(tmp_path, learned).margins([], 3).shape == (0, 3)


def test_a_text_is_answered_alike_alone_and_among_others(learned: dict[str, Any], tmp_path: Path) -> None:
    model = opened(tmp_path, learned)
    together = model.margins(AWKWARD * 30, 3)[: len(AWKWARD)]
    alone = np.concatenate([model.margins([text], 3) for text in AWKWARD])
    assert np.abs(together - alone).max() < 1e-6


def test_two_classes_have_one_column_and_unseen_labels_are_never_answered(tmp_path: Path) -> None:
    texts = ["good fine nice", "bad poor awful", "fine day", "awful day"] * 5
    parts = fitted(texts, np.array([1, 3, 1, 3] * 5))
    model = opened(tmp_path, parts)
    found = model.margins(["nice", "poor"], 5)
    assert model.weights.shape[1] == 1
    assert np.isneginf(found[:, [0, 2, 4]]).all()
    assert found[:, 1].tolist() == [0.0, 0.0]
    assert found[0, 3] < 0 < found[1, 3]
    assert np.allclose(found, margins(parts, ["nice", "poor"], 5), atol=1e-3)


def test_several_labels_also_where_all_rows_have_one_or_none(tmp_path: Path) -> None:
    texts = ["red apple", "green pear", "red cherry", "green apple"] * 5
    truth = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 1, 0]] * 5)
    vectorizers, features = count_ngrams(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = OneVsRestClassifier(LinearSVC(random_state=0)).fit(features, truth)
    parts = {"vectorizers": vectorizers, "model": model, "classes": np.arange(4)}
    found = opened(tmp_path, parts).margins(["red", "green", ""], 4)
    assert np.allclose(found, margins(parts, ["red", "green", ""], 4), atol=1e-3)


def test_settings_to_learn_anew_are_kept(learned: dict[str, Any], tmp_path: Path) -> None:
    settings = opened(tmp_path, learned).settings
    assert (settings["strength"], settings["seed"]) == (0.5, 7)
    words, characters = settings["counters"]
    assert (words["analyzer"], words["ngram_range"], words["token_pattern"]) == ("word", [1, 2], WORDS)
    assert (characters["analyzer"], characters["ngram_range"]) == ("char_wb", [2, 5])
    assert json.loads((tmp_path / "model" / "ngrams.json").read_text(encoding="utf-8"))["classes"] == [0, 1, 2]


def test_memory_is_flat(learned: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_ngrams, "LETTERS", 20_000)
    model = opened(tmp_path, learned)

    def peak(rows: int) -> int:
        texts = [f"number {row} of many 北京 {row % 97}" for row in range(rows)]
        tracemalloc.start()
        model.margins(texts, 3)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(1_000), peak(3_000)
    assert many - few < 2_000 * 200  # its answers, and no more of the counts


def test_words_are_remembered_up_to_a_bound(learned: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_ngrams, "KNOWN_WORDS", 3)
    model, texts = opened(tmp_path, learned), ["ab abc abcd abcde number " + "z" * 60, "abc abcde number 12"]
    assert np.allclose(model.margins(texts, 3), margins(learned, texts, 3), atol=2e-3)
    assert 0 < len(model.counters[1].remembered) <= 3
    assert "z" * 60 not in model.counters[1].remembered
