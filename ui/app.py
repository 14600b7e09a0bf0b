"""The chat in the browser: the order of the panels. `fasttrack ui` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.path[0] == str(
    Path(__file__).parent
):  # Streamlit puts the script's folder first, where `ui/tables.py` would hide others
    del sys.path[0]


from tools.core.errors import FasttrackError
from ui.page import (
    address,
    chat,
    data_card,
    labelling,
    plan_card,
    progress,
    pulse,
    results,
    sidebar,
    theme,
    trying,
    turns,
    welcome,
)

WORK = (labelling, progress, results, trying, plan_card, data_card)  # what matters now stands above what came before
DECIDING = (labelling, plan_card, progress, results, trying, data_card)  # while a plan waits


def page() -> None:
    """One run of the page, from the window's address."""
    theme.apply()
    turns.settle(address.conversation())
    sidebar.show()
    chat.put_back()
    try:
        session = address.session()
    except FasttrackError as problem:
        address.lost(problem)
        return
    if session is None:
        with theme.panes(None)[0]:
            welcome.show()
        return
    state = session.state()
    pulse.show(session, state)
    talk, work = theme.panes(state)
    with talk:
        chat.show(session, state)
    with work:
        for panel in WORK if state.card is None else DECIDING:
            panel.show(session, state)


page()
