"""Material: the files of one dataset as every contender gets them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.datasets import Dataset, shot_rows

if TYPE_CHECKING:
    import pandas as pd

SEED = 0


@dataclass(frozen=True)
class Material:
    """train: what may be learnt from; questions: the test rows without their answers; truth: the test rows as written.

    For a forecast, questions hold the test rows without the target, and nobody gets them but for columns known in advance.
    """

    dataset: Dataset
    train: Path
    questions: Path
    truth: Path

    @property
    def answers(self) -> pd.Series[str]:
        """The right answers as they are written, in the order of the test rows."""
        frame = self.dataset.read(self.truth, typed=False)
        return frame[self.dataset.target]


def prepare(dataset: Dataset, folder: Path, rows: int | None) -> Material:
    """Write the files into `folder`. rows: at most that many training rows, and test rows (for trying the bench out).

    The training file is the dataset's own, byte for byte, unless columns are dropped or rows are chosen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    material = Material(dataset, folder / "train.csv", folder / "questions.csv", folder / "truth.csv")
    _write_train(dataset, material.train, rows)
    test = dataset.read(dataset.folder / "test.csv", typed=False).drop(columns=list(dataset.drop))
    if dataset.kind != "forecasting":
        test = _fewer(test, rows)
    test.drop(columns=dataset.target).to_csv(material.questions, index=False)
    test.to_csv(material.truth, index=False, header=dataset.header)
    return material


def _write_train(dataset: Dataset, path: Path, rows: int | None) -> None:
    original = dataset.folder / "train.csv"
    if not dataset.drop and not dataset.shots and (rows is None or dataset.kind == "forecasting"):
        shutil.copyfile(original, path)
        return
    frame = dataset.read(original, typed=False)
    if dataset.shots:
        frame = frame.iloc[shot_rows(dataset, frame[dataset.target].tolist())]
    elif dataset.kind != "forecasting":
        frame = _fewer(frame, rows)
    frame.drop(columns=list(dataset.drop)).to_csv(path, index=False, header=dataset.header)


def _fewer(frame: pd.DataFrame, rows: int | None) -> pd.DataFrame:
    """At most `rows` rows in their order, drawn at random."""
    return frame if rows is None or rows >= len(frame) else frame.sample(rows, random_state=SEED).sort_index()
