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
    from agent import conversations

    shown = conversations.latest(session.conversation)

    @st.fragment(run_every=EVERY)
    def look() -> None:
        if turns.under_way(session.conversation) is None and conversations.latest(session.conversation) != shown:
            st.rerun()

    look()
