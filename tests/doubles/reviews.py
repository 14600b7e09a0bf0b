"""Made-up reviews of a shop that mention price, service, quality or delivery, several at once or none: rows to learn from."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

LABELS = ["price", "service", "quality", "delivery"]
SAID = {
    "price": [
        "far too expensive for what it is", "a real bargain", "I paid twice what it costs elsewhere", "cheap and cheerful",
        "the discount at the till was a nice surprise", "worth every cent", "costs more than last year",
    ],
    "service": [
        "the lady at the counter was rude", "staff went out of their way to help", "nobody answered my calls",
        "the assistant explained everything patiently", "they ignored me for ten minutes", "a friendly team",
    ],
    "quality": [
        "the seam came apart after a week", "solid material, built to last", "the handle broke at once",
        "feels flimsy and thin", "beautifully made", "the colour faded in the first wash",
    ],
    "delivery": [
        "the parcel came three days late", "arrived the next morning", "the box was left out in the rain",
        "the courier never rang", "shipping took forever", "well packed and on time",
    ],
}  # fmt: skip
ASIDE = [
    "bought it for my sister", "second time I order here", "saw it in a magazine", "we live near the shop", "it was a gift",
    "found them by chance", "looking around on a Sunday", "my neighbour told me about them",
]  # fmt: skip
ENDS = ["", "!", " :)", " ...", " really", " I must say", " to be honest", " this time"]


def reviews(count: int, seed: int = 0) -> list[tuple[str, list[str]]]:
    """(text, its labels in the order of LABELS): none to three of them, price most often, delivery seldom."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        size = draw.choices([0, 1, 2, 3], [1, 5, 4, 1])[0]
        weights = dict(zip(LABELS, [5.0, 4.0, 3.0, 1.5], strict=True))
        picked: set[str] = set()
        while len(picked) < size:
            picked.add(draw.choices(list(weights), list(weights.values()))[0])
        parts = [draw.choice(SAID[label]) for label in LABELS if label in picked] + draw.sample(ASIDE, draw.choice([1, 2]))
        draw.shuffle(parts)
        found.append((f"{'. '.join(parts)}{draw.choice(ENDS)} ({number})", [label for label in LABELS if label in picked]))
    return found


def write_joined(path: Path, count: int, separator: str = "; ", seed: int = 0, empty: str = "[]") -> Path:
    """A CSV with the columns review and topics, the topics in one cell; `empty` where there are none."""
    rows = [(text, separator.join(labels) or empty) for text, labels in reviews(count, seed)]
    return _write(path, ["review", "topics"], rows)


def write_flags(path: Path, count: int, yes: str = "1", no: str = "0", seed: int = 0) -> Path:
    """A CSV with the column review and one column of yes and no for each label."""
    rows = [(text, *(yes if label in labels else no for label in LABELS)) for text, labels in reviews(count, seed)]
    return _write(path, ["review", *LABELS], rows)


def _write(path: Path, header: list[str], rows: Sequence[tuple[str, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
