"""Which conversation a window shows: the one that its address names (`?c=ID`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import streamlit as st

from tools.core.errors import FasttrackError
from ui.page import turns

if TYPE_CHECKING:
    from agent.session import Session

NAME = "c"  # of the query parameter
HELD = "session"  # where the window keeps its open session


def conversation() -> str:
    """The id that the address names; empty on an empty screen."""
    return st.query_params.get(NAME) or ""


def session() -> Session | None:
    """The session of this window's conversation; None on an empty screen. Raises TaskError where there is none of that id."""
    named = conversation()
    if not named:
        return None
    held = cast("Session | None", st.session_state.get(HELD))
    if held is None or held.conversation != named:
        under_way = turns.under_way(named)
        held = st.session_state[HELD] = under_way.session if under_way else opened(named)
    return held


def opened(named: str | None = None) -> Session:
    """A session with this window's keys; which brain speaks is in the settings."""
    from agent.session import Session
    from ui.page import settings

    return Session.open(named, overrides=None if named else settings.overrides(), keys=settings.keys())


def start() -> Session:
    """A new conversation; the window's address names it from now on."""
    begun = st.session_state[HELD] = opened()
    st.query_params[NAME] = begun.conversation
    return begun


def go(conversation: str | None) -> None:
    """Show another conversation, or an empty screen."""
    st.session_state.pop(HELD, None)
    if conversation is None:
        st.query_params.clear()
    else:
        st.query_params[NAME] = conversation


def lost(problem: FasttrackError) -> None:
    """What an address shows that leads to no conversation."""
    from ui.page import notice

    notice.show(problem.as_dict())
    if st.button("Start a new conversation", type="primary"):
        go(None)
        st.rerun()
