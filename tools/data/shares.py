"""How many of the labelled rows judge, where nobody gave a file for it."""

from __future__ import annotations

from tools.core.task import TaskSpec

TEST_SHARE, SMALL_TEST_SHARE, SMALL = 0.15, 0.2, 500  # a small table needs the bigger share, or its score says nothing
# Of few rows none can tell much (ten know a share of right answers to ±25 points, five to ±32), so they had better teach: with
# 8 rows a class of trec6, locking one row in ten in place of one in five lifts accuracy by some points.
SCARCE_TEST_SHARE, SCARCE, SCARCE_A_CLASS = 0.1, 50, 10
# Rows that are not locked, below which validation is cross-validation. Models of small tables take seconds, bags answer each
# row out of fold anyway, and a choice by 570 of titanic's rows errs less than one by 91 of them.
FEW, FEW_OF_A_TABLE = 200, 1000
VALIDATION_SHARE = 0.15
MOST_VALIDATION = 5000
MOST_TEST = 20_000


def locked_rows_of(labelled: int, labels: int) -> int:
    """How many of so many labelled rows are locked. labels: how many classes there are; 0 for numbers."""
    scarce = labelled < SCARCE or labelled <= SCARCE_A_CLASS * labels
    return _share(labelled, SCARCE_TEST_SHARE if scarce else SMALL_TEST_SHARE if labelled < SMALL else TEST_SHARE, MOST_TEST)


def crossed_below(task: TaskSpec) -> int:
    """With fewer rows than this, all of them choose among the candidates, each judged by models that did not learn from it."""
    table = task.kind in ("tabular-classification", "tabular-regression")
    return FEW_OF_A_TABLE if table and not task.group_column and not task.time_column else FEW


def validation_rows_of(rest: int) -> int:
    """How many of the rows that are not locked choose among the candidates."""
    return _share(rest, VALIDATION_SHARE, MOST_VALIDATION)


def _share(count: int, share: float, most: int) -> int:
    return max(1, min(most, round(count * share)))
