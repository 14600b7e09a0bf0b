"""The plan: what would be built, what it takes, and the person's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState


def show(session: Session, state: SessionState) -> None:
    """Nothing where there is none."""
