"""What a run has spent on language models: a file an attempt, written before the money can be gone, so that no kill forgets it.

`runs/<id>/spending/<candidate>.<process>`: dollars that this attempt has used, or, while questions are under way, may have.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

FOLDER = "spending"
WIDTH = 24  # of the number in the file: it is overwritten in place, so that a reader never sees half of it


class Ledger:
    """The file of one attempt. It is made with the first dollar. base: dollars of what was settled before."""

    def __init__(self, run_folder: Path, candidate: str) -> None:
        self.path = run_folder / FOLDER / f"{candidate}.{os.getpid()}-{time.time_ns():x}"
        self.base = 0.0
        self.latest = 0.0
        self.file: int | None = None

    def note(self, dollars: float) -> None:
        """So much may be gone at most since `base`."""
        self.latest = self.base + dollars
        if self.file is None:
            if self.latest <= 0.0:
                return
            self.path.parent.mkdir(exist_ok=True)
            self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(self.file, f"{self.latest:.10f}".ljust(WIDTH).encode(), 0)

    def settle(self, dollars: float) -> None:
        """Exactly so much is gone since `base`; what comes is counted from here on."""
        self.note(dollars)
        self.base = self.latest


def spent(run_folder: Path, candidate: str | None = None) -> float:
    """Dollars that the run (or all attempts of one of its candidates) has spent, or may have."""
    folder = run_folder / FOLDER
    if not folder.is_dir():
        return 0.0
    files = [path for path in folder.iterdir() if candidate is None or path.name.rpartition(".")[0] == candidate]
    return sum(float(path.read_text(encoding="ascii") or 0) for path in files)
