"""One clear message where something went wrong: what was expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.page.markup import html


def show(problem: Mapping[str, str]) -> None:
    """The contract's error object, in words."""
    st.html(
        html(
            '<div class="ft-notice" role="alert"><b>That did not work.</b> Expected {expected}. Found {found}. {remedy}</div>',
            expected=problem["expected"],
            found=problem["found"],
            remedy=problem["remedy"],
        )
    )
