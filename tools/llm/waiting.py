"""How long a person waits for a language model: one limit for all that is asked inside it, slow streams included."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Whatever waits inside gives up after so many seconds, or earlier where an outer limit ends earlier."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def left() -> float:
    """Seconds until the limit; infinite where there is none, never below 0."""
    return max(0.0, _until.get() - time.monotonic())
