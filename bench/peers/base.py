"""What a peer is: a tool that a person could use in place of Fasttrack, used as its own documentation shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bench.datasets import Dataset, Kind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Job:
    """train, questions: typed tables; questions are the test rows without the target. encoder: folder of the sentence encoder
    that text peers use, the same that Fasttrack carries. place: an empty folder for whatever the peer writes.
    """

    dataset: Dataset
    train: pd.DataFrame
    questions: pd.DataFrame
    minutes: float
    cores: int
    encoder: Path
    place: Path

    @property
    def text_column(self) -> str:
        """The column of text."""
        return self.dataset.text or next(str(name) for name in self.train.columns if name != self.dataset.target)

    def texts(self, rows: pd.DataFrame) -> list[str]:
        """The texts of some rows."""
        return [str(text) for text in rows[self.text_column].fillna("")]

    @property
    def labels(self) -> list[str]:
        """The classes of the training rows, sorted."""
        return sorted(set(self.train[self.dataset.target].dropna().astype(str)))


class Fitted(Protocol):
    """What a peer has learnt."""

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Answers in the order of the rows: `prediction`, classes also `probability:LABEL`.

        Forecasts: `series`, `step` (from 1) and `prediction`, whatever rows they are given.
        """

    def save(self, folder: Path) -> None:
        """Write what is needed to answer again."""


@dataclass(frozen=True)
class Peer:
    """name: kebab-case. setting: how it is used, in words, for the results. packages: what must be installed to use it.

    imports: modules that are loaded before its clock starts. limit: how many times the minutes it may take before it is ended
    (one that does not stop by itself may run longer than the minutes; it then counts as late).
    few_rows: only where there are at most that many training rows. small: whether the small set has it.
    at_once: it forecasts while it learns, so that its answers alone have no speed.
    """

    name: str
    title: str
    setting: str
    kinds: tuple[Kind, ...]
    packages: tuple[str, ...]
    imports: tuple[str, ...]
    fit: Callable[[Job], Fitted]
    limit: float = 1.5
    few_rows: int | None = None
    small: bool = True
    at_once: bool = False

    def suits(self, dataset: Dataset, rows: int) -> bool:
        """Whether it applies to this dataset with that many training rows."""
        return dataset.kind in self.kinds and (self.few_rows is None or rows <= self.few_rows)


def of_classes(probabilities: Any, labels: list[str]) -> pd.DataFrame:
    """Answers from probabilities [n, labels]."""
    import numpy as np
    import pandas as pd

    found = np.asarray(probabilities, dtype=float)
    answers = pd.DataFrame(found, columns=[f"probability:{label}" for label in labels])
    answers.insert(0, "prediction", [labels[position] for position in found.argmax(axis=1)])
    return answers
