"""Which columns matter: how much worse the answers get when one column is shuffled (permutation importance, Breiman 2001)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.approaches.base import Rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_ROWS = 400
MOST_SHUFFLES = 5  # of each column, as far as the time carries: they show the spread
FILE = "importance.json"


def write_importance(
    folder: Path, rows: Rows, labels: list[str], predict: Callable[[pd.DataFrame], np.ndarray], seconds: float, seed: int
) -> None:
    """Write `folder/importance.json`: [{"column", "importance", "spread", "shuffles"}], the most important first.

    importance: by how much log loss (classes) or root mean squared error (numbers) grows, on average over the shuffles.
    spread: the standard deviation over them, null after one. predict: input columns to probabilities [n, labels] or values [n].
    seconds: no shuffle begins after them; columns that are not reached by then are left out.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    if len(rows) > MOST_ROWS:
        rows = rows.take(generator.choice(len(rows), MOST_ROWS, replace=False).tolist())
    target = rows.target.to_numpy()
    start = time.monotonic()
    base = _loss(target, predict(rows.inputs), labels)
    losses: dict[str, list[float]] = {}
    for column in list(rows.inputs.columns) * MOST_SHUFFLES:  # all once, then all again
        if time.monotonic() - start > seconds:
            break
        shuffled = rows.inputs.copy()
        shuffled[column] = shuffled[column].to_numpy()[generator.permutation(len(shuffled))]
        losses.setdefault(str(column), []).append(_loss(target, predict(shuffled), labels) - base)
    found = [
        {
            "column": column,
            "importance": round(float(np.mean(grown)), 6),
            "spread": round(float(np.std(grown, ddof=1)), 6) if len(grown) > 1 else None,
            "shuffles": len(grown),
        }
        for column, grown in sorted(losses.items(), key=lambda entry: -float(np.mean(entry[1])))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def _loss(target: np.ndarray, answers: np.ndarray, labels: list[str]) -> float:
    """Log loss where there are labels, else root mean squared error."""
    import numpy as np

    if not labels:
        return float(np.sqrt(np.mean((target.astype(float) - answers) ** 2)))
    codes = np.array([labels.index(label) for label in target])
    return float(-np.log(np.clip(answers[np.arange(len(codes)), codes], 1e-6, 1.0)).mean())
