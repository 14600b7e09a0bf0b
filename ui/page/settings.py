"""Who speaks, what it may cost, and whether anything may leave this machine. A key lives in this window's memory only."""

from __future__ import annotations

import streamlit as st

from tools.overrides import Overrides


def brain() -> str:
    """The brain that this window opens conversations with."""
    return "auto"


def overrides() -> Overrides:
    """What the settings fix for a new conversation."""
    return Overrides()


@st.dialog("Settings")
def show() -> None:
    """The settings, in a window of their own."""
    st.caption("The built-in brain needs no key and no network.")
