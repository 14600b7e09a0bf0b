"""Learning anew: the pre-trained model stays, and sees the new history; how far it may be off is learnt from it."""

from __future__ import annotations

from .relearnt_spread import learn

__all__ = ["learn"]
