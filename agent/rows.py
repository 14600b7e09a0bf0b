"""Rows that the person typed, pasted or labelled become an attachment like any other."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.core.data import Attachment


def attached_rows(rows: Sequence[dict[str, Any]], name: str) -> Attachment:
    """The rows as a JSONL attachment of that name. Raises MachineError where the disk is full."""
    from tools.data.attaching import attach

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return attach(path)
