"""Two windows on one conversation show the same: each looks now and then whether something was said or built elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.page import turns

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState

EVERY = 2.0  # seconds


def show(session: Session, state: SessionState) -> None:
    """Nothing to see. The page is drawn anew where the conversation is not what this window shows."""
    shown = _mark(session)

    @st.fragment(run_every=EVERY)
    def look() -> None:
        if _mark(session) != shown or turns.under_way(session.conversation):
            st.rerun()

    look()


def _mark(session: Session) -> object:
    """Changes with every change of the conversation; cheap to read."""
    from agent import conversations

    return next((one.updated for one in conversations.listed() if one.id == session.conversation), None)
