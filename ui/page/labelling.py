"""The panel of labelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState


def show(session: Session, state: SessionState) -> None:
    """Draws nothing yet."""
