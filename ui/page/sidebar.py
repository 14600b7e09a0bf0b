"""The conversations beside the page: a new one, another one, rename, delete; and the door to the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.page import address, settings
from ui.page.markup import html, label, shortened

if TYPE_CHECKING:
    from agent.conversations import Conversation

SHOWN = 30  # conversations listed; older ones are found by their address
TITLE = 34  # characters of a title


def show() -> None:
    """The sidebar."""
    with st.sidebar:
        st.html(html('<div class="ft-brand">Fasttrack</div>'))
        if st.button("New conversation", icon=":material/add:", width="stretch", key="new"):
            address.go(None)
            st.rerun()
        with st.container(key="conversations", gap=None):
            for one in _listed():
                _entry(one)
        if st.button("Settings", icon=":material/tune:", type="tertiary", key="settings"):
            settings.show()


def _listed() -> list[Conversation]:
    from agent import conversations

    return conversations.listed()[:SHOWN]


def _entry(one: Conversation) -> None:
    current = st.query_params.get(address.NAME) == one.id
    with st.container(
        horizontal=True, gap=None, vertical_alignment="center", key=f"entry{'-current' if current else ''}-{one.id}"
    ):
        if st.button(label(shortened(one.title, TITLE)), key=f"open-{one.id}", type="tertiary", width="stretch"):
            address.go(one.id)
            st.rerun()
        with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"more-{one.id}-{one.title}"):
            _changes(one)


def _changes(one: Conversation) -> None:
    from agent import conversations

    with st.form(f"rename-{one.id}", border=False):
        title = st.text_input("Name", value=one.title, max_chars=80)
        if st.form_submit_button("Rename") and title.strip():
            conversations.rename(one.id, title.strip())
            st.rerun()
    if st.button("Delete this conversation", key=f"delete-{one.id}", icon=":material/delete:", type="tertiary"):
        conversations.delete(one.id)
        if st.query_params.get(address.NAME) == one.id:
            address.go(None)
        st.rerun()
