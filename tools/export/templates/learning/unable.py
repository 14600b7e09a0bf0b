"""Learning anew: this kind of model cannot, outside of Fasttrack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import Model


def learn(old: Model, folder: Path, rows: Sequence[Mapping[str, Any]], target: Sequence[Any], minutes: float) -> None:
    """Raises ValueError."""
    raise ValueError(
        f"Expected a model that can learn anew by itself. Found one of the kind {old.manifest['format']!r}, which cannot. "
        "Give the labelled rows to Fasttrack: with labels it builds models that can."
    )
