"""Learning anew: AutoGluon's models stay, and see the new history; how far they may be off is learnt from it."""

from __future__ import annotations

from .relearnt_spread import learn

__all__ = ["learn"]
