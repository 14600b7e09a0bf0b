"""How long the columns of a table take to become features: what the estimates of all approaches to tables share."""

from __future__ import annotations

from tools.approaches.base import Situation
from tools.approaches.table_features import CONDENSED_ROWS, MANY_VALUES

# Seconds on the reference machine, measured on addresses, names, codes and notes of 4,000 to 100,000 rows.
CONDENSING = 0.45  # of each column, whatever its rows
CONDENSING_A_ROW = 2e-5  # of those that tell which words are worth knowing
APPLYING_A_ROW = 4e-6


def condensed_columns(situation: Situation) -> int:
    """How many input columns hold texts or so many names that their words are condensed."""
    file = situation.profile.with_role("train")
    if file is None:
        return 0
    inputs = set(situation.task.inputs)
    return sum(
        column.name in inputs and column.dtype == "text" and column.role in ("text", "category") and column.unique > MANY_VALUES
        for column in file.columns
    )


def features_seconds(situation: Situation, rows: int) -> float:
    """Seconds that making the features of so many rows takes for their texts; the rest is in the approaches' own formulas."""
    each = CONDENSING + CONDENSING_A_ROW * min(rows, CONDENSED_ROWS) + APPLYING_A_ROW * rows
    return condensed_columns(situation) * each
