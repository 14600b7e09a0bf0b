"""A remote brain waits for a yes: which one, where, what it would get."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState


def show(session: Session, state: SessionState) -> None:
    """Nothing where nothing is asked."""
