"""An empty screen: what this is, and examples to click."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ui.page import chat
from ui.page.markup import html

EXAMPLES_FOLDER = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """A task to click. file: of `examples/`, attached with the words; None where words alone begin."""

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
        "Sort visitors' feedback, without any examples",
        "Sort the feedback of our museum's visitors into exhibition, staff, shop and cafe, building. There is no file yet.",
        None,
    ),
)


def show() -> None:
    """The empty screen. A click on an example attaches its file and says its words."""
    with st.container(key="welcome"):
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
        st.html(html('<div class="ft-kicker">Try an example</div>'))
        for number, example in enumerate(EXAMPLES):
            if st.button(example.title, key=f"example-{number}", icon=":material/north_east:", width="stretch"):
                chat.send(None, example.words, _content(example), 0)
                st.rerun()


def _content(example: Example) -> list[tuple[str, bytes]]:
    return [(example.file, (EXAMPLES_FOLDER / example.file).read_bytes())] if example.file else []
