"""What came out: the recommendation, all candidates side by side, each of them closely, the download."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from tools.core.errors import FasttrackError
from ui.page import charts, close_up, labelling, mistakes, notice
from ui.page.markup import html, label, reply
from ui.page.standings import costs, leaderboard, letters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from agent.desk.results import Rival, RunResults
    from agent.session import Session
    from agent.view import SessionState

VIEWS = ("Side by side", "Errors", "Mistakes", "Cost")
MEGABYTE = 1e6


def show(session: Session, state: SessionState) -> None:
    """The card of a run that has ended and was compared."""
    found = session.results() if state.run_id else None
    if found is None:
        return
    with st.container(key="card-results"):
        _card(session, state, found)


@st.fragment
def _card(session: Session, state: SessionState, found: RunResults) -> None:
    """A fragment: looking at another candidate redraws the card alone."""
    st.html(
        html(
            '<div class="ft-kicker">The result {verdict}</div><div class="ft-words">{words}</div>{more}',
            verdict=_verdict(found),
            words=reply(found.words),
            more=html('<div class="ft-quiet">{meaning}</div>', meaning=found.meaning) if found.measured else "",
        )
    )
    _downloads(session, found)
    if found.measured is None:
        labelling.offer(session, state, "How good it is, a few labelled rows would tell.")
    names = [name for name in VIEWS if found.measured or name in ("Side by side", "Cost")]
    views = dict(zip(names, st.tabs(names, key=f"views-{found.run_id}"), strict=True))
    with views["Side by side"]:
        st.html(leaderboard(found))
    if found.measured:
        _closely(session, found, views)
    with views["Cost"]:
        _costs(found)
    if len(_finished(found)) > 1:
        _another(session, found)


def _verdict(found: RunResults) -> object:
    if found.measured is None:
        return html('<span class="ft-chip ft-warn">not measured</span>')
    if found.recommended:
        return html('<span class="ft-chip ft-good">recommended</span>')
    return html('<span class="ft-chip ft-warn">not recommended</span>')


def _finished(found: RunResults) -> list[Rival]:
    return [rival for rival in found.rivals if rival.status == "done"]


def _downloads(session: Session, found: RunResults) -> None:
    """The files are read when they are clicked, not before."""
    chosen = found.rival(found.chosen)
    with st.container(horizontal=True, gap="small"):
        if chosen is not None and chosen.ready:
            _download(session, found, chosen, "Download the prototype", primary=True)
        if found.has_report:
            st.download_button(
                "Download the report",
                data=lambda: _read(session.report()),
                file_name="report.html",
                mime="text/html",
                key="download-report",
                on_click="ignore",
            )
    if chosen is not None and not chosen.ready:
        said = f"There is no prototype to download yet: {found.unproved}"
        st.html(html('<div class="ft-quiet" dir="auto">{said}</div>', said=said))
        if st.button("Pack and prove it now", key="prove-chosen"):
            _pack(session, None)


def _download(session: Session, found: RunResults, rival: Rival, words: str, primary: bool = False) -> None:
    st.download_button(
        words,
        data=lambda: _read(session.prototype(rival.name)),
        file_name="prototype.zip" if rival.chosen else f"prototype-{rival.name}.zip",
        mime="application/zip",
        key=f"download-{rival.name}",
        type="primary" if primary else "secondary",
        on_click="ignore",
    )


def _read(path: Path | None) -> bytes:
    return path.read_bytes() if path is not None else b""


def _closely(session: Session, found: RunResults, views: Mapping[str, AbstractContextManager[object]]) -> None:
    """What one candidate gets wrong: the chosen one, or another that the person looks at."""
    measured = [rival for rival in _finished(found) if rival.score is not None]
    for name, draw in (("Errors", close_up.draw), ("Mistakes", mistakes.draw)):
        with views[name]:
            rival = _picked(measured, f"{name}-{found.run_id}")
            close = session.closeup(rival.name) if rival else None
            if close is None:
                st.html(html('<div class="ft-quiet">Nothing of it was measured.</div>'))
            else:
                draw(close, found.target, f"{name}-{close.candidate}")


def _picked(rivals: list[Rival], key: str) -> Rival | None:
    """The candidate to look at, the chosen one first."""
    ordered = sorted(rivals, key=lambda rival: not rival.chosen)
    if len(ordered) < 2:
        return ordered[0] if ordered else None
    titles = {rival.name: rival.title[:1].upper() + rival.title[1:] for rival in ordered}
    name = st.selectbox("Candidate", list(titles), format_func=titles.__getitem__, key=key, label_visibility="collapsed")
    return next(rival for rival in ordered if rival.name == name)


def _costs(found: RunResults) -> None:
    """What each costs, and what the score gains by it."""
    st.html(costs(found))
    measured = [rival for rival in _finished(found) if rival.score is not None]
    kinds = [name for name in charts.COSTS if name != "dollars" or any(rival.dollars for rival in measured)]
    if len(measured) < 2:
        return
    cost = st.segmented_control("Score against", kinds, default=kinds[0], required=True, key=f"cost-{found.run_id}")
    st.vega_lite_chart(
        charts.costs(measured, letters(found), cost, found.metric), key=f"cost-chart-{found.run_id}", width="stretch"
    )


def _another(session: Session, found: RunResults) -> None:
    """Another finished candidate instead of the chosen one: packed and proved when it is asked for."""
    with st.expander("Build with another candidate", key=f"another-{found.run_id}"):
        others = {rival.name: rival for rival in _finished(found) if not rival.chosen}
        titles = {name: rival.title[:1].upper() + rival.title[1:] for name, rival in others.items()}
        name = st.selectbox("Candidate", list(titles), format_func=titles.__getitem__, key=f"pick-{found.run_id}")
        rival = others[name]
        st.html(
            html(
                '<div class="ft-quiet">Its prototype is packed, and proved in a fresh environment with the network off, '
                "before it can be downloaded. That takes a minute or two.</div>"
            )
        )
        if rival.ready:
            _download(session, found, rival, f"Download {label(titles[name])}")
        elif st.button("Pack and prove this one", key=f"pack-{rival.name}", type="primary"):
            _pack(session, rival.name)


def _pack(session: Session, candidate: str | None) -> None:
    try:
        with st.spinner("Packing it, and proving it in a fresh environment", show_time=True):
            session.prototype(candidate)
    except FasttrackError as problem:
        notice.show(problem.as_dict())
        return
    st.rerun()
