"""Learning anew: this kind of forecaster cannot, outside of Fasttrack; its forecasts follow the history that it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .model import Model


def learn(old: Model, folder: Path, history: Any, minutes: float) -> None:
    """Raises ValueError."""
    raise ValueError(
        f"Expected a forecaster that can learn anew by itself. Found one of the kind {old.manifest['format']!r}, which cannot. "
        "Its forecasts follow the history that you give; give a history that has changed its character to Fasttrack."
    )
