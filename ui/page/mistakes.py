"""The most telling mistakes: rows that were answered wrong, the surest first, to be filtered and searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui.page.amounts import figure, percent
from ui.page.forecast_close_up import worst
from ui.page.markup import Markup, html, joined

if TYPE_CHECKING:
    from tools.report.closeup import Closeup
    from tools.report.mistakes import Mistake

SHOWN = 60
FEW = 40  # values, up to which a filter lists them; above, it is typed


def draw(close: Closeup, target: str, key: str) -> None:
    """The filters, how many there are, and the rows."""
    if close.forecasts is not None:
        st.html(worst(close.forecasts))
        return
    if not close.mistakes:
        st.html(html('<div class="ft-quiet">It answered each of the {rows} rows right.</div>', rows=f"{close.rows:,}"))
        return
    found = _filtered(close, key)
    st.html(html('<div class="ft-quiet">{said}</div>', said=counted(close, len(found))))
    st.html(listed(found[:SHOWN], numbers=close.numbers is not None))


def _filtered(close: Closeup, key: str) -> list[Mistake]:
    with st.container(horizontal=True, gap="small"):
        truth = answer = None
        if close.numbers is None:
            truth = _one_of("It is", sorted({one.truth for one in close.mistakes}), f"truth-{key}")
            answer = _one_of("Answered", sorted({one.answer for one in close.mistakes}), f"answer-{key}")
        words = st.text_input("Search", key=f"search-{key}", placeholder="words in the row")
    return [
        one
        for one in close.mistakes
        if (truth is None or one.truth == truth)
        and (answer is None or one.answer == answer)
        and all(word in _text(one) for word in words.casefold().split())
    ]


def _one_of(name: str, values: Sequence[str], key: str) -> str | None:
    return st.selectbox(name, values, index=None, placeholder="anything", key=key)


def _text(mistake: Mistake) -> str:
    return " ".join(value for _, value in mistake.quoted).casefold()


def counted(close: Closeup, found: int) -> str:
    """How many there are, and how many are shown."""
    if close.numbers is not None:
        return f"The {len(close.mistakes):,} predictions of {close.rows:,} that are farthest off; {found:,} shown."
    held = f" The surest {len(close.mistakes):,} of them are looked through." if len(close.mistakes) < close.wrong else ""
    shown = f"; {min(found, SHOWN):,} shown" if found != close.wrong or found > SHOWN else ""
    return f"{close.wrong:,} of {close.rows:,} rows were not answered right{shown}, the surest first.{held}"


def listed(mistakes: Sequence[Mistake], numbers: bool) -> Markup:
    """A row each: what it is, what was answered, and the row itself as it stands in the file."""
    return html('<div class="ft-mistakes">{rows}</div>', rows=joined([_row(one, numbers) for one in mistakes]))


def _row(mistake: Mistake, numbers: bool) -> Markup:
    if mistake.confidence is not None:
        sure = f"{percent(mistake.confidence)} sure"
    elif mistake.error is not None:
        sure = f"off by {'+' if mistake.error > 0 else ''}{figure(mistake.error)}"
    else:
        sure = ""
    single = len(mistake.quoted) == 1
    cells = [
        html(
            '<div>{name}<span dir="auto">{value}</span></div>',
            name="" if single else html('<span class="ft-quiet ft-small" dir="auto">{name} </span>', name=name),
            value=value,
        )
        for name, value in mistake.quoted
    ]
    return html(
        '<div class="ft-mistake"><div class="ft-mistake-head"><span class="ft-quiet ft-small">{was}</span>'
        '<span class="ft-chip" dir="auto">{truth}</span><span class="ft-quiet ft-small">answered</span>'
        '<span class="ft-chip ft-warn" dir="auto">{answer}</span><span class="ft-quiet ft-small">{sure}</span></div>'
        '<div class="ft-quoted{many}">{cells}</div></div>',
        was="truth" if numbers else "it is",
        truth=mistake.truth,
        answer=mistake.answer,
        sure=sure,
        many="" if single else " ft-many",
        cells=joined(cells) if cells else html('<span class="ft-quiet">The row is not on this machine any more.</span>'),
    )
