"""Hand rows to the person for labelling. Labels enter only from the person, through `Session.label`."""

from __future__ import annotations

import random
from typing import Any

from tools.core.errors import BrainIsTold
from tools.workspace import LabellingCard, Workspace

ROWS_HANDED_OUT = 30
SEED = 0


def ask_for_labels(workspace: Workspace, rows: int = ROWS_HANDED_OUT) -> dict[str, Any]:
    """Open a card on which the person labels a random sample of unlabelled rows; they become the locked test set."""
    from tools.data.loading import read

    profile = workspace.profile()
    file = profile.with_role("unlabelled") or (profile.with_role("train") if workspace.task.target is None else None)
    if file is None or not workspace.task.labels:
        raise BrainIsTold(
            expected="a file of unlabelled rows and the labels to choose from",
            found="no such file" if file is None else "no labels",
            remedy="Ask the person for the missing one.",
        )
    shown = workspace.task.inputs or [column.name for column in file.columns if column.role == "text"]
    table = read(file.attachment, shown or None)
    picked = sorted(random.Random(SEED).sample(range(table.height), min(rows, table.height)))
    workspace.labelling = LabellingCard(
        attachment=file.attachment, rows={row: table.row(row, named=True) for row in picked}, labels=workspace.task.label_names
    )
    return {"rows": len(picked), "labels": workspace.task.label_names}
