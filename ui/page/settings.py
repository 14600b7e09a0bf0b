"""Who speaks, what it may cost, and whether anything may leave this machine. A key lives in this window's memory only."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from tools import offline
from tools import settings as saved
from tools.core.errors import FasttrackError
from tools.home import home
from tools.overrides import Overrides
from ui.page import address, notice

KEYS = "keys"  # where this window holds what was typed: variable -> key; it is never written
KEY_VARIABLE = "OPENAI_API_KEY"
KINDS = {
    "builtin": "The built-in brain: no key, no network",
    "openai": "A model behind an OpenAI-compatible address",
    "llamacpp": "A model file on this machine (GGUF)",
}


def keys() -> dict[str, str]:
    """The keys that were typed into this window."""
    return dict(st.session_state.get(KEYS, {}))


def overrides() -> Overrides | None:
    """What the settings fix for a new conversation."""
    return Overrides(offline=True) if saved.load().offline else None


@st.dialog("Settings", width="medium")
def show() -> None:
    """The settings, in a window of their own."""
    now = saved.kept()
    if now.problem:
        st.html(notice.words(now.problem))
    brain = _brain(now.brain)
    key = ""
    if brain.startswith("openai:"):
        held = " (one is held now)" if keys().get(KEY_VARIABLE) else ""
        key = st.text_input(f"Key{held}", type="password", key="typed-key", autocomplete="off")
        st.caption("A key typed here stays in the memory of this window, and is gone with it.")
    shut = st.toggle("Offline: refuse every connection beyond this machine", value=now.offline)
    if offline.asked() and not shut:
        st.caption(
            "It is offline now: --offline, FASTTRACK_OFFLINE or this switch asked for it, until Fasttrack is started again."
        )
    minutes = st.number_input("Minutes that a plan may take", value=now.minutes, min_value=0.5, placeholder="as planned")
    dollars = st.number_input("Dollars that a plan may cost", value=now.dollars, min_value=0.0, placeholder="as planned")
    st.text_input(
        "Folder of conversations, files and runs", value=str(home()), disabled=True, help="Set FASTTRACK_HOME to change it."
    )
    if st.button("Save", type="primary", key="save-settings"):
        _save(brain, key, shut, minutes, dollars)


def _brain(now: str) -> str:
    """The brain as `--brain` takes it."""
    known = now.partition(":")[0]
    names = list(KINDS)
    kind = st.radio("Who speaks", names, index=names.index(known) if known in names else 0, format_func=KINDS.__getitem__)
    rest = now.partition(":")[2] if known == kind else ""
    if kind == "openai":
        where = os.environ.get("FASTTRACK_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        name = st.text_input("Model", value=rest, placeholder="its name at the address")
        st.caption("You are asked before anything is sent there. FASTTRACK_BASE_URL names another address.")
        st.code(where, language=None)
        return f"openai:{name.strip()}"
    if kind == "llamacpp":
        return f"llamacpp:{st.text_input('Path of the GGUF file', value=rest).strip()}"
    return "builtin"


def _save(brain: str, key: str, shut: bool, minutes: float | None, dollars: float | None) -> None:
    """Keep what holds for all conversations; hold the key here; the conversation goes on with them."""
    from agent.brains import check_brain

    try:
        check_brain(brain)
        saved.save(saved.Settings(brain=brain, offline=shut, minutes=minutes or None, dollars=dollars))
    except FasttrackError as problem:
        notice.show(problem.as_dict())
        return
    except OSError as problem:
        notice.show(_unwritable(problem))
        return
    if key.strip():
        st.session_state[KEYS] = {**keys(), KEY_VARIABLE: key.strip()}
    if shut and not offline.asked():
        offline.refuse_network()  # at once and for this server's life: switched off again, it takes a new start
    st.session_state.pop(address.HELD, None)
    st.rerun()


def _unwritable(problem: OSError) -> dict[str, Any]:
    return {
        "expected": f"a folder that can be written ({home()})",
        "found": str(problem.strerror or problem),
        "remedy": "Change its permissions, or set FASTTRACK_HOME to another folder.",
    }
