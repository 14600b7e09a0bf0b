"""Small real runs that many tests look at: texts with classes, numbers of a table, texts without labels, series."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import forecast_runs

HARMFUL = (
    '<img src=x onerror="alert(1)"> <b>bold</b> ![x](http://example.org/x.png) [l](javascript:alert(1)) $a^2$ :smile: **b**'
)
HARMFUL_LABEL = "<b>bill</b> **ing**"
TOWNS = {"Köln": 50, "Oslo": 90, "Paris": 120}


@dataclass(frozen=True)
class SmallRun:
    """home: its FASTTRACK_HOME, which tests only read."""

    home: Path
    conversation: str
    run_id: str


def messages(path: Path, rows: int = 120) -> Path:
    """`message` and `team`; one team's name and some messages hold what could do harm in a page."""
    chance = random.Random(0)
    words = {
        "shipping": ["parcel late", "courier lost it"],
        HARMFUL_LABEL: ["invoice wrong", "charged twice"],
        "login": ["password"],
    }
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "team"])
        for number in range(rows):
            team = list(words)[number % 3]
            said = chance.choice(words[team if chance.random() < 0.75 else chance.choice(list(words))])
            writer.writerow(
                [f"{said} {HARMFUL if number % 2 == 0 else f'no. {number}'} mail me at person{number}@example.org", team]
            )
    return path


def houses(path: Path, rows: int = 160) -> Path:
    """Numbers, a category and a price."""
    chance = random.Random(0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "rooms", "town", "price"])
        for _ in range(rows):
            area, town = chance.randint(30, 200), chance.choice(list(TOWNS))
            writer.writerow([area, max(1, area // 30), town, round(3 * area + TOWNS[town] + chance.gauss(0, 25), 1)])
    return path


def comments(path: Path, rows: int = 60) -> Path:
    """`comment`, without labels; two of them could do harm, one is long and one runs from right to left."""
    said = [
        "The guide was kind, visit %d",
        "The coffee was cold, cup %d",
        "Why is hall %d closed?",
        "Wonderful paintings in hall %d",
    ]
    rest = [HARMFUL, "long " * 200, "שלום, המדריך היה נחמד", HARMFUL]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["comment"])
        writer.writerows([[said[number % 4] % number] for number in range(rows - len(rest))] + [[text] for text in rest])
    return path


WORDS = {
    "messages": "sort the messages by team",
    "houses": "predict price",
    "comments": "sort the comments into praise, complaint, question",
    "shops": "How much does each shop sell on the next 7 days? promo is known in advance",
}
FILES: dict[str, Callable[[Path], Path]] = {
    "messages": messages,
    "houses": houses,
    "comments": comments,
    "shops": forecast_runs.write_shops,
}
BUILT: dict[str, Sequence[str]] = {
    "messages": ("majority", "tfidf-linear"),
    "houses": ("mean", "linear", "gradient-boosting"),
    "comments": ("zero-shot",),
    "shops": ("last-value", "seasonal-naive"),
}


def carried_out(name: str, home: Path) -> SmallRun:
    """One of them, from the first words to the proof, in FASTTRACK_HOME as it is set now."""
    from agent.session import Session
    from tools.jobs import runner
    from tools.overrides import Overrides

    session = Session.open(overrides=Overrides(offline=True, approaches=list(BUILT[name])))
    session.attach(FILES[name](home / f"{name}.csv"))
    state = session.send(WORDS[name])
    assert state.card is not None, state.reply
    run_id = session.decide(state.card, approve=True).run_id
    assert run_id is not None
    last = [event["event"] for event in runner.follow(run_id)][-1]
    assert runner.status(run_id).state == "done", (last, runner.status(run_id))
    return SmallRun(home, session.conversation, run_id)
