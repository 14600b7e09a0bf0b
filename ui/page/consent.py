"""A language model elsewhere: asked about before its first word, what it is sent to look at, what it has cost so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.page import notice, turns
from ui.page.markup import Markup, html, label

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState


def show(session: Session, state: SessionState) -> None:
    """The question whether a remote brain may speak; nothing where none waits."""
    asked = state.consent
    if asked is None:
        for note in state.notes:
            st.html(notice.words(note))
        return
    busy = turns.under_way(session.conversation) is not None
    before = len(state.messages)
    with st.container(key="card-consent"):
        st.html(
            html(
                '<div class="ft-title">May {brain} speak here?</div><div class="ft-quiet">It is at {where}. {gets}</div>',
                brain=asked.brain,
                where=asked.where,
                gets=asked.gets,
            )
        )
        _samples(session, state)
        with st.container(horizontal=True, gap="small"):
            if st.button("Yes, let it speak", type="primary", key="consent-yes", disabled=busy):
                turns.by_control(session, before, lambda: session.confirm_brain(True))
                st.rerun()
            if st.button("No, stay with the built-in brain", key="consent-no", disabled=busy):
                turns.by_control(session, before, lambda: session.confirm_brain(False))
                st.rerun()
            if st.button("What would be sent", type="tertiary", key="consent-look"):
                _sent(session)


def line(session: Session, state: SessionState) -> None:
    """Under the box, where a language model speaks: which one, and what it has cost."""
    if state.brain == "builtin":
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="speaker"):
        st.html(spent(state), width="content")
        if st.button("What is sent", type="tertiary", key="look"):
            _sent(session)
    _samples(session, state)


def spent(state: SessionState) -> Markup:
    """The brain's name, tokens and dollars so far."""
    usage = state.usage
    tokens = usage.input_tokens + usage.output_tokens
    cost = f", ${usage.dollars:.4f}" if usage.dollars else ""
    return html(
        '<span class="ft-quiet ft-small">{brain} · {tokens} tokens{cost}</span>',
        brain=state.brain,
        tokens=f"{tokens:,}",
        cost=cost,
    )


def _samples(session: Session, state: SessionState) -> None:
    """The switch for cell values; only where they could go anywhere."""
    allowed = state.workspace.samples_allowed
    count = turns.count(session.conversation)
    wanted = st.toggle(
        label("It may see sample values of the data (what looks secret is masked)"),
        value=allowed,
        key=f"samples-{allowed}-{count}",
    )
    if wanted != allowed:
        turns.by_control(session, len(state.messages), lambda: session.allow_samples(wanted))
        st.rerun()


@st.dialog("What the next message would send", width="large")
def _sent(session: Session) -> None:
    """The exact text."""
    st.code(session.outgoing(), language=None, wrap_lines=True, height=480)
