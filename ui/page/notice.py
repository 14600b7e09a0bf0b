"""One clear message where something went wrong: what was expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.page.markup import Markup, html


def show(problem: Mapping[str, str]) -> None:
    """The contract's error object, in words."""
    said = f"Expected {problem['expected']}. Found {problem['found']}. {problem['remedy']}"
    st.html(html('<div class="ft-notice" role="alert" dir="auto"><b>That did not work.</b> {said}</div>', said=said))


def words(text: str) -> Markup:
    """Something that a person should know, and that stops nothing."""
    return html('<div class="ft-note" dir="auto">{text}</div>', text=text)
