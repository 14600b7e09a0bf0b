"""The model card and the README, word for word where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.export.model_card import Candidate, ModelCard, rendered

CARD = ModelCard(
    name="sort-mails",
    task="Sort mails | for the\nright team",
    kind="text-classification",
    target="team",
    inputs=[("message", "text"), ("lang*", "category")],
    labels=[("billing", "about money"), ("login", "")],
    metric="macro-f1",
    score="0.87 (0.84 to 0.9)",
    others=[("accuracy", "0.9 (0.88 to 0.92)")],
    rows="90 to learn from, 30 to choose by, 30 locked",
    split="held out, stratified",
    why="It leads.",
    recommended=False,
    candidates=[
        Candidate("always the most frequent class", "done", "0.2", "0.21", False),
        Candidate("a head on frozen embeddings", "done", "0.88", "0.87 (0.84 to 0.9)", True),
    ],
    problems=["61 messages appear twice"],
    rows_per_second="240",
    p50_ms="4.1",
    p95_ms="6.0",
    size_mb="90.5",
    settings=[("strength", "10.0")],
    heading="Sort mails | for the right team",
    title="a head on frozen embeddings",
    how="a sentence encoder on onnxruntime",
    licence="all-MiniLM-L6-v2, Apache-2.0",
)


def test_the_card_is_this() -> None:
    golden = Path(__file__).with_name("MODEL_CARD.golden.md")
    assert rendered("MODEL_CARD.md", CARD) == golden.read_text(encoding="utf-8")


def test_a_template_that_asks_for_more_than_is_known_fails() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError, match="'python' is undefined"):
        rendered("README.md", CARD)
