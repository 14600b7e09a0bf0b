"""The checksums of the rows that the chosen model has learnt from, for retrain.py's honest comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from tools.export.chosen import Chosen
from tools.runtime.learnt_rows import row_key, write

MOST_ROWS = 200_000  # about two seconds; of larger data the first ones


def write_learnt_rows(run: Chosen, folder: Path) -> None:
    """Write `learnt_rows.bin` into the model folder; nothing where the model has learnt from no rows."""
    attachment = run.plan.attachments.get("train")
    row_ids = sorted({*run.split.train, *run.split.validation})[:MOST_ROWS]
    if attachment is None or not row_ids:
        return
    from tools.data import splitting

    rows = splitting.rows(run.task, attachment, row_ids)
    records = cast(list[dict[str, Any]], rows.inputs.to_dict("records"))
    write(folder, (row_key(record, run.manifest["inputs"]) for record in records))
