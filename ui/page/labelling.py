"""Labelling rows by hand: one at a time, by key; how rough an answer so many labels give; what was given survives a reload."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import streamlit as st

from tools.core.errors import PersonDecides
from ui.page import turns
from ui.page.markup import Markup, html, joined, label

if TYPE_CHECKING:
    from agent.desk.labelling import LabelDesk
    from agent.session import Session
    from agent.view import SessionState

KEYS = 9  # labels that have a key of their own, 1 to 9
PICKED = "labels-picked"  # where a window keeps which labels of a row are switched on
LONG = 400  # characters of a cell that are shown before it is folded
KINDS = ("text-classification", "multilabel-text-classification", "tabular-classification")


def show(session: Session, state: SessionState) -> None:
    """The card, while rows wait for labels; an offer, while a plan waits that could not be measured."""
    if state.labelling is not None:
        with st.container(key="card-labelling"):
            _card(session, len(state.messages))
    elif state.card is not None and state.plan is not None and state.plan.test_rows == 0 and _possible(state):
        with st.container(key="card-labels-offer"):
            offer(session, state, "Nothing can be measured yet: no row has a label.")


def offer(session: Session, state: SessionState, why: str) -> None:
    """A button that hands out rows, with what so many labels would tell; nothing where there are no rows to label."""
    if state.labelling is not None or not _possible(state):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = f"{why} 30 of them, about 5 minutes of your time, would tell within about ±17 points."
        st.html(html('<div class="ft-quiet">{said}</div>', said=said))
        if st.button("Label rows", key="label-rows"):
            turns.by_control(session, len(state.messages), session.ask_for_labels)
            st.rerun()


def _possible(state: SessionState) -> bool:
    """Whether there are rows without labels, labels to choose from, and no labelled test rows yet."""
    task = state.workspace.task
    profile = state.profile
    has_rows = profile.with_role("unlabelled") is not None and profile.with_role("test") is None
    return bool(task.labels) and task.kind in KINDS and has_rows


@st.fragment
def _card(session: Session, before: int) -> None:
    """A fragment: a label redraws the card alone."""
    desk = session.labelling()
    if desk is None:
        st.rerun()
        return
    st.html(heading(desk))
    if desk.current is None:
        _through(desk)
    else:
        st.html(row(desk.rows[desk.current]))
        _choices(session, desk, desk.current)
    _ways_on(session, desk, before)


def heading(desk: LabelDesk) -> Markup:
    """Which row this is, how many are labelled, and how rough the answer would be."""
    count = len(desk.given)
    place = min(desk.position + 1, len(desk.rows))
    title = f"Row {place} of {len(desk.rows)}" if desk.current is not None else "All rows are through"
    return html(
        '<div class="ft-kicker">Label rows</div><div class="ft-title">{title}</div>'
        '<div class="ft-bar" role="progressbar" aria-label="rows" aria-valuemin="0" aria-valuemax="{of}" '
        'aria-valuenow="{through}"><i style="width:{width}%"></i></div><div class="ft-quiet" role="status">{said}</div>',
        title=title,
        of=len(desk.rows),
        through=desk.position,
        width=round(100 * desk.position / max(1, len(desk.rows))),
        said=roughness(count, desk.points),
    )


def roughness(count: int, points: float | None) -> str:
    """What so many labels can tell."""
    if points is None:
        return "A random sample of your rows. Your labels become the test that no model sees before the end."
    word = "very rough" if points > 25 else "rough" if points > 12 else "usable" if points > 6 else "good"
    return f"{count} labelled. So many tell the share of right answers within about ±{points:.0f} points: {word}."


def row(cells: dict[str, Any]) -> Markup:
    """The row as it stands in the file, as plain text."""
    pieces = [_cell(name, value, alone=len(cells) == 1) for name, value in cells.items()]
    return html('<div class="ft-row" tabindex="-1">{pieces}</div>', pieces=joined(pieces))


def _cell(name: str, value: Any, alone: bool) -> Markup:
    text = "–" if value is None else str(value)
    shown = html('<div class="ft-cell" dir="auto">{text}</div>', text=text)
    if len(text) > LONG:
        cut = html('<div class="ft-cell" dir="auto">{text}…</div>', text=text[:LONG].rstrip())
        shown = html("{cut}<details><summary>All of it</summary>{whole}</details>", cut=cut, whole=shown)
    if alone:
        return shown
    return html(
        '<div class="ft-labelled"><div class="ft-quiet ft-small" dir="auto">{name}</div>{shown}</div>', name=name, shown=shown
    )


def _choices(session: Session, desk: LabelDesk, current: int) -> None:
    """A button a label, the first nine with a key; more by typing.

    Each answers the row that it stands under: a key that is pressed before the next row is seen labels no row unseen.
    """
    picked = _picked(current) if desk.several else []
    with st.container(key="label-keys", horizontal=True, gap="small"):
        for place, name in enumerate(desk.labels[:KEYS]):
            st.button(
                label(name),
                key=f"label-{place}",
                shortcut=str(place + 1),
                type="primary" if name in picked else "secondary",
                wrap=True,
                on_click=_press,
                args=(session, desk.several, current, name),
            )
    if len(desk.labels) > KEYS:
        key = f"label-other-{current}-{len(picked)}"
        st.selectbox(
            "Another label",
            desk.labels,
            index=None,
            placeholder=f"Type to search all {len(desk.labels):,} labels",
            key=key,
            label_visibility="collapsed",
            on_change=lambda: _press(session, desk.several, current, st.session_state[key]),
        )
    if desk.several:
        _finish_several(session, desk, current, picked)


def _picked(current: int) -> list[str]:
    """Labels that are switched on for this row and not given yet."""
    held = st.session_state.get(PICKED)
    return list(held[1]) if held is not None and held[0] == current else []


def _press(session: Session, several: bool, current: int, name: str | None) -> None:
    """One label: given, and on to the next row. Several: switched on or off."""
    if name is None:
        return
    if several:
        picked = _picked(current)
        after = [one for one in picked if one != name] if name in picked else [*picked, name]
        st.session_state[PICKED] = (current, after)
    else:
        _draft(session, current, name)


def _draft(session: Session, current: int, given: str | None) -> None:
    """None skips the row. A card that was put away in another window meanwhile takes nothing; it is gone here too."""
    st.session_state.pop(PICKED, None)
    with contextlib.suppress(PersonDecides):
        session.draft(current, given)


def _undo(session: Session) -> None:
    st.session_state.pop(PICKED, None)
    with contextlib.suppress(PersonDecides):
        session.undraft()


def _finish_several(session: Session, desk: LabelDesk, current: int, picked: list[str]) -> None:
    ordered = [name for name in desk.labels if name in picked]
    said = f"Chosen: {', '.join(ordered)}" if ordered else "None of the labels applies so far"
    st.html(html('<div class="ft-quiet" dir="auto">{said}</div>', said=said))
    st.button(
        "Next row" if ordered else "None applies",
        key="label-several",
        type="primary",
        shortcut="N",
        on_click=_draft,
        args=(session, current, json.dumps(ordered, ensure_ascii=False)),
    )


def _through(desk: LabelDesk) -> None:
    skipped = f" {len(desk.skipped)} were skipped." if desk.skipped else ""
    st.html(html('<div class="ft-total">{given} rows are labelled.{skipped}</div>', given=len(desk.given), skipped=skipped))


def _ways_on(session: Session, desk: LabelDesk, before: int) -> None:
    """Undo, skip, hand in, put away."""
    with st.container(horizontal=True, gap="small"):
        if desk.current is not None:
            st.button("Skip", key="label-skip", shortcut="S", on_click=_draft, args=(session, desk.current, None))
        st.button("Undo", key="label-undo", shortcut="U", disabled=not desk.position, on_click=_undo, args=(session,))
        st.space("stretch")
        away = st.button("Put away", key="label-close", type="tertiary", help="What you labelled so far is kept.")
        done = st.button(
            f"Use these {len(desk.given)} labels" if len(desk.given) != 1 else "Use this label",
            key="label-done",
            type="primary" if desk.current is None else "secondary",
            disabled=not desk.given,
        )
    given = dict(desk.given)
    if away or done:
        turns.by_control(session, before, session.close_labelling if away else lambda: session.label(given))
        st.rerun()
