"""The checksums of the rows that the chosen model has learnt from, for retrain.py's honest comparison."""

from __future__ import annotations

from pathlib import Path

from tools.export.chosen import Chosen
from tools.runtime.learnt_rows import row_key, write

MOST_ROWS = 200_000  # about two seconds; of larger data the first ones


def write_learnt_rows(run: Chosen, folder: Path) -> None:
    """Write `learnt_rows.bin` into the model folder; nothing where the model has learnt from no rows."""
    from tools.data import splitting
    from tools.data.plain_rows import records

    attachments, split = run.plan.attachments, run.split
    training = attachments.get("train")
    if training is None or not split.train:
        return
    parts = {training: split.train}
    if split.folds is None:
        validating = attachments.get("validation", training)
        parts[validating] = sorted({*parts.get(validating, []), *split.validation})
    keys: list[int] = []
    for attachment, row_ids in parts.items():
        rows = splitting.rows(run.task, attachment, row_ids[:MOST_ROWS])
        keys += [row_key(record, run.manifest["inputs"]) for record in records(rows.inputs)]
    write(folder, keys)
