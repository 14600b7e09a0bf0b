"""The key of an endpoint: one that is held in memory for a while, else the environment's. It is never written anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_held: ContextVar[Mapping[str, str] | None] = ContextVar("keys", default=None)


@contextmanager
def held(keys: Mapping[str, str]) -> Iterator[None]:
    """Within: these keys (variable -> key) come before the environment's. Empty ones are passed over."""
    token = _held.set({**(_held.get() or {}), **{name: key.strip() for name, key in keys.items() if key.strip()}})
    try:
        yield
    finally:
        _held.reset(token)


def key_in(variable: str) -> str:
    """The key that goes by the name of this environment variable; empty where there is none."""
    return (_held.get() or {}).get(variable) or os.environ.get(variable, "").strip()
