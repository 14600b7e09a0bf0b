"""What the texts are like, as far as the profile tells: how long, and whether an English encoder can read them."""

from __future__ import annotations

import re

from tools.approaches.base import Situation

LONG = 180.0  # words: more than one window of the encoder holds
LEAST_WORDS = 30  # of examples; fewer do not tell the language
ENGLISH_SHARE = 0.15  # of running English text, the commonest words are a third; of other languages hardly any
ENGLISH = (
    "the a an and or of to in on for with is are was be it i you we my your this that not have has do does how what why when "
    "can will if at from as so but me they he she his her our there no all about get just"
)
COMMON = frozenset(ENGLISH.split())
WORD = re.compile(r"[^\W\d_]+")


def not_english(situation: Situation) -> bool:
    """Whether most of the example texts are in other languages; False where they are too few to tell."""
    file = situation.profile.with_role("train") or situation.profile.with_role("unlabelled")
    columns = [file.column(name) for name in situation.task.inputs] if file else []
    texts = [text for column in columns if column for text in column.examples]
    words = [word for text in texts for word in WORD.findall(text.lower())]
    return len(words) >= LEAST_WORDS and sum(word in COMMON for word in words) < ENGLISH_SHARE * len(words)
