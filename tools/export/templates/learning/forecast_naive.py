"""Learning anew: forecasts follow the history at hand, so only how far they may be off is learnt from the new one."""

from __future__ import annotations

from .relearnt_spread import learn

__all__ = ["learn"]
