"""A job's rows as they are asked about: texts, known answers, and the pool that examples are taken from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tools.approaches import manifest
from tools.approaches.base import FitJob
from tools.approaches.prompting.setting import Setting, files, is_table
from tools.runtime.neighbours import Neighbours
from tools.runtime.prompt import EXAMPLE_CHARACTERS, Prompt, written

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

POOL_ROWS = 5000  # examples that a prototype carries at most; comparing with them takes milliseconds
POOL_CHARACTERS = 2_000_000


@dataclass
class Material:
    """All labelled rows of a job, training rows first. inputs: the manifest's columns. texts, answers: [n], as they are asked
    about and as an example shows them. judged: positions of `job.validation`, in order."""

    job: FitJob
    inputs: list[dict[str, Any]]
    texts: list[str]
    answers: list[str]
    targets: list[Any]
    judged: list[int]

    @cached_property
    def trained(self) -> list[int]:
        """Positions of the rows that examples are taken from while settings are chosen: never a validation row's own fold."""
        return self._bounded(range(len(self.job.train)))

    @cached_property
    def pool(self) -> list[int]:
        """Positions of the rows that the final prompt takes its examples from."""
        return self._bounded(range(len(self.texts)))

    @cached_property
    def spread(self) -> tuple[float, float, float] | None:
        """Lowest, middle and highest of the training numbers; None where classes are asked for."""
        import numpy as np

        if self.job.task.label_names or not len(self.job.train):
            return None
        known = np.asarray(self.targets[: len(self.job.train)], dtype=float)
        return float(np.nanmin(known)), float(np.nanmedian(known)), float(np.nanmax(known))

    @cached_property
    def _near_trained(self) -> Neighbours:
        return self._neighbours(self.trained)

    def trial(self, setting: Setting) -> Prompt:
        """The prompt as validation rows are asked with it."""
        neighbours = self._near_trained if setting.examples else None
        return Prompt(files(self.job.task, setting, self.spread), setting.examples, neighbours)

    def final(self, setting: Setting) -> Prompt:
        """The prompt as the prototype asks with it: examples may come from all rows that are not locked."""
        neighbours = self._neighbours(self.pool) if setting.examples else None
        return Prompt(files(self.job.task, setting, self.spread), setting.examples, neighbours)

    def barred(self, rows: Sequence[int]) -> list[np.ndarray] | None:
        """For each of these rows the places in `trained` that it must not be shown: its own fold."""
        import numpy as np

        if self.job.folds is None:
            return None
        fold_of = np.full(len(self.texts), -1)
        for number, fold in enumerate(self.job.folds):
            fold_of[list(fold)] = number
        of_pool = fold_of[self.trained]
        return [np.flatnonzero(of_pool == fold_of[row]) for row in rows]

    def _neighbours(self, rows: Sequence[int]) -> Neighbours:
        return Neighbours([self.texts[row] for row in rows], [self.answers[row] for row in rows])

    def _bounded(self, rows: Sequence[int]) -> list[int]:
        """As many of the rows as a prototype carries, of each answer in turn, so that a rare one is not lost."""
        import numpy as np

        names = set(self.job.task.label_names)
        fitting = [row for row in rows if self._is_known(self.targets[row], names)]
        order = np.random.default_rng(self.job.seed).permutation(fitting).tolist() if fitting else []
        seen: dict[str, int] = defaultdict(int)
        turns = []
        for row in order:
            key = self.answers[row] if names else ""
            turns.append((seen[key], row))
            seen[key] += 1
        kept: list[int] = []
        characters = 0
        for _, row in sorted(turns, key=lambda turn: turn[0]):
            characters += min(len(self.texts[row]), EXAMPLE_CHARACTERS)
            if len(kept) == POOL_ROWS or characters > POOL_CHARACTERS:
                break
            kept.append(row)
        return sorted(kept)

    def _is_known(self, target: Any, names: set[str]) -> bool:
        if self.job.task.is_several:
            return isinstance(target, str) and names.issuperset(json.loads(target))
        return target in names if names else target is not None and target == target


def open_material(job: FitJob) -> Material:
    """The job's rows, read by the very code that the prototype runs."""
    from tools.data.plain_rows import records

    inputs = _inputs(job)
    tables = [job.train] if job.folds is not None or not len(job.validation) else [job.train, job.validation]
    table = is_table(job.task)
    texts = [text for rows in tables for text in written(records(rows.inputs), inputs, table)]
    targets = [target for rows in tables for target in rows.target.tolist()]
    judged = range(len(texts)) if job.folds is not None else range(len(job.train), len(texts))
    return Material(job, inputs, texts, [_shown(target) for target in targets], targets, list(judged))


def _inputs(job: FitJob) -> list[dict[str, Any]]:
    if is_table(job.task):
        from tools.approaches.table_features import schema_of

        return schema_of(job)
    return [{**column, **job.column_formats.get(column["name"], {})} for column in manifest.plain_inputs(job)]


def _shown(target: Any) -> str:
    return f"{target:.6g}" if isinstance(target, float) else str(target)


def targets_of(frame: pd.Series, positions: Sequence[int]) -> list[Any]:
    """Targets at these positions."""
    return [frame.iloc[position] for position in positions]
