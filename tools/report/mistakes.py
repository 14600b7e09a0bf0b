"""The most telling mistakes: rows on which a candidate was sure and wrong, quoted with personal data masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.core.errors import FasttrackError
from tools.report.masking import mask_cell

if TYPE_CHECKING:
    import numpy as np

    from tools.core.task import TaskSpec

MOST = 12
MOST_OF_A_KIND = 3  # of one pair of classes, so that one confusion does not fill the list; more where there are few pairs
MOST_COLUMNS = 8
MOST_LETTERS = 320


@dataclass(frozen=True)
class Mistake:
    """One row. confidence: probability that was given to the wrong answer; error: prediction minus truth, for numbers.

    quoted: (column, masked value); empty where the row cannot be read any more.
    """

    row: int
    truth: str
    answer: str
    confidence: float | None
    error: float | None
    quoted: list[tuple[str, str]]


def sure_and_wrong(target: Sequence[str], answers: Sequence[str], confidence: np.ndarray) -> list[int]:
    """Positions of the wrong answers with the highest probabilities, few of one pair of classes."""
    import numpy as np

    pairs = {(truth, answer) for truth, answer in zip(target, answers, strict=True) if truth != answer}
    most = max(MOST_OF_A_KIND, MOST // max(1, len(pairs)))
    seen: Counter[tuple[str, str]] = Counter()
    positions = []
    for position in np.argsort(-confidence, kind="stable"):
        pair = (target[position], answers[position])
        if pair[0] != pair[1] and seen[pair] < most:
            seen[pair] += 1
            positions.append(int(position))
        if len(positions) == MOST:
            break
    return positions


def farthest(target: np.ndarray, values: np.ndarray) -> list[int]:
    """Positions of the predictions that are farthest from the truth."""
    import numpy as np

    return [int(position) for position in np.argsort(-abs(values - target), kind="stable")[:MOST]]


def quotes(
    task: TaskSpec, attachment: str | None, row_ids: Sequence[int], *, masked: bool = True
) -> dict[int, list[tuple[str, str]]]:
    """Row id -> its first input columns as text. Empty where the person's data is not here any more.

    masked: personal data made unreadable, for whatever is handed on; the person's own page shows the rows as they are.
    """
    from tools.data.splitting import rows

    if attachment is None or not row_ids:
        return {}
    try:
        inputs = rows(task, attachment, list(row_ids)).inputs
    except FasttrackError:  # the data was moved away since: the report says less, and is still a report
        return {}
    columns = [str(column) for column in inputs.columns][:MOST_COLUMNS]
    found = inputs[columns].to_dict(orient="index")
    return {
        int(str(row)): [(column, _quoted(column, cells[column], masked)) for column in columns] for row, cells in found.items()
    }


def _quoted(column: str, value: Any, masked: bool) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:,.6g}"
    text = " ".join(str(value).split())
    text = mask_cell(column, text) if masked else text
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + " …"
