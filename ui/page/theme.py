"""How the page looks: colours and type are in `ui/.streamlit/config.toml`, the rest in `style.css`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from agent.view import SessionState

STYLE = Path(__file__).with_name("style.css")
WORK_STYLE = Path(__file__).with_name("work.css")
ICON = Path(__file__).with_name("icon.svg")  # a file of ours: a named icon would be fetched from elsewhere
ALONE = """<style>
.st-key-panes [data-testid="stHorizontalBlock"]:first-of-type > [data-testid="stColumn"]:nth-child(2) { display: none; }
.st-key-panes { max-width: 46rem; margin: 0 auto; }
</style>"""
EMPTY = """<style>
.st-key-panes [data-testid="stColumn"]:first-child > [data-testid="stVerticalBlock"] {
  height: auto !important; position: static !important; padding-top: 9vh;
}
.st-key-panes [data-testid="stLayoutWrapper"]:has(> .st-key-conversation) { flex: none; }
.st-key-conversation { height: auto !important; overflow: visible; }
</style>"""  # the same places as with a conversation, so that the box keeps the cursor when the first message is sent
SIDEBAR_WIDTH = 264  # pixels


def apply() -> None:
    """The first thing of every page."""
    st.set_page_config(page_title="Fasttrack", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR_WIDTH)
    st.html(STYLE)
    st.html(WORK_STYLE)


def panes(state: SessionState | None) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The conversation, and the work beside it; below it in a narrow window. Alone while there is no work."""
    workspace = state.workspace if state else None
    if workspace is None or not (workspace.attachments or workspace.plan or workspace.run_id or workspace.labelling):
        st.html(ALONE)
    if state is None:
        st.html(EMPTY)
    with st.container(key="panes"):
        talk, work = st.columns([5, 7], gap="large")
    return talk, work
