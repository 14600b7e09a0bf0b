"""An empty screen: what this is, and examples to click."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from tools.core.errors import MachineError
from tools.home import cache
from ui.page import chat
from ui.page.markup import html

EXAMPLES_FOLDER = Path(__file__).resolve().parents[2] / "examples"
SECONDS = 60  # to write the tables, which takes two


@dataclass(frozen=True)
class Example:
    """A task to click. file: attached with the words, out of `examples/` or written by its script; None where words begin."""

    title: str
    words: str
    file: str | None


EXAMPLES = (
    Example(
        "Sort messages by what people want",
        "We get these messages from customers. Sort new ones by what they want, by themselves.",
        "support_messages.csv",
    ),
    Example(
        "Guess a number from a table",
        "Predict the progression of the disease in a year from these measurements; the column is progression.",
        "diabetes.csv",
    ),
    Example(
        "Tell kinds apart by measurements",
        "Which cultivar is a wine of? Predict the column cultivar.",
        "wine.csv",
    ),
    Example(
        "Sort visitors' feedback, without any examples",
        "Sort the feedback of our museum's visitors into exhibition, staff, shop and cafe, building. There is no file yet.",
        None,
    ),
)


def show() -> None:
    """The empty screen. A click on an example attaches its file and says its words."""
    with st.container(key="conversation", height=600, border=False):
        st.html(
            html(
                '<p class="ft-hello">What would you like to have done?</p>'
                '<p class="ft-lead">Say it in your own words and show what data there is, perhaps none. You get a plan to '
                "approve, then a working prototype, measured on rows that it never saw. Nothing is built before you "
                "approve, and unless you set up a model elsewhere, nothing leaves this machine.</p>"
            )
        )
        chat.refused()
    chat.box(None, 0)
    with st.container(key="below"):
        st.html(html('<div class="ft-kicker ft-above">Or try an example</div>'))
        with st.container(key="examples", horizontal=True, gap="small"):
            for number, example in enumerate(EXAMPLES):
                if st.button(example.title, key=f"example-{number}", icon=":material/north_east:"):
                    files = [(example.file, partial(content, example.file))] if example.file else []
                    chat.send(None, example.words, 0, files)
                    st.rerun()


def content(name: str) -> bytes:
    """An example's file: shipped, or written once by `examples/make_tables.py`. Raises MachineError where that fails."""
    shipped, made = EXAMPLES_FOLDER / name, cache() / "examples" / name
    if not shipped.exists() and not made.exists():
        command = [sys.executable, "-P", str(EXAMPLES_FOLDER / "make_tables.py"), str(made.parent)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if not made.exists():
            raise MachineError(
                code="no-example",
                expected=f"{command[2]} to write {name}",
                found=done.stderr[-300:] or "nothing",
                remedy="Give a file of your own.",
            )
    return (shipped if shipped.exists() else made).read_bytes()
