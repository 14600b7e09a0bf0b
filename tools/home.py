"""Where things are kept: HOME (the person's data and runs) and CACHE (what may be shared and made again)."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """`FASTTRACK_HOME`, default `~/.fasttrack`; made when missing."""
    return _made(Path(os.environ.get("FASTTRACK_HOME") or Path.home() / ".fasttrack"))


def cache() -> Path:
    """`FASTTRACK_CACHE`, default `~/.cache/fasttrack`: models, measured rates, proof environments."""
    return _made(Path(os.environ.get("FASTTRACK_CACHE") or Path.home() / ".cache" / "fasttrack"))


def data_folder() -> Path:
    """`HOME/data`: one folder an attachment, named by its sha256."""
    return _made(home() / "data")


def runs_folder() -> Path:
    """`HOME/runs`: one folder a run."""
    return _made(home() / "runs")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
