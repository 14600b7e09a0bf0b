"""The run as it goes: what is built now, how far each candidate is, how long it will still take; stop, cancel, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.page.amounts import duration, figure, interval, time_left
from ui.page.markup import Markup, html, joined

if TYPE_CHECKING:
    from agent.desk.progress import RunProgress, Step
    from agent.session import Session
    from agent.view import SessionState

EVERY = 1.0  # seconds between two looks at the run's journal
LOG_HEIGHT = 220  # pixels
QUIET = 90.0  # seconds without a word from a run, after which that is said
STAGES = {
    "preparing": "Preparing",
    "building": "Building",
    "comparing": "Comparing",
    "reporting": "Report",
    "exporting": "Packing",
    "proving": "Proving",
}
NOW = {
    "preparing": "Reading the rows and setting the test rows aside",
    "building": "Building",
    "comparing": "Comparing the candidates on the same rows",
    "reporting": "Writing the report",
    "exporting": "Packing the prototype",
    "proving": "Proving the prototype in a fresh environment, with the network off",
}
TITLES = {
    "waiting": "Waiting for another run",
    "interrupted": "The run was interrupted",
    "cancelled": "The run was cancelled",
    "nothing-built": "Nothing could be built",
    "failed": "The run could not go on",
    "refused": "The run was refused",
}
RESUMABLE = ("cancelled", "failed")
STATES = {"done": "done", "failed": "failed", "skipped": "left out", "cancelled": "stopped", "waiting": "waits"}


def show(session: Session, state: SessionState) -> None:
    """While the run goes on, and where it ended without results; a run that is done is told by its results."""
    if state.run_id is None:
        return
    now = session.progress()
    if now is None or now.state == "done":
        return
    with st.container(key="card-progress"):
        if now.is_over:
            _ended(session, now)
        else:
            _follow(session, now.run_id)


def _follow(session: Session, run_id: str) -> None:
    """Looks again every second, without drawing the rest of the page anew."""

    @st.fragment(run_every=EVERY)
    def look() -> None:
        now = session.progress()
        if now is None or now.is_over or now.run_id != run_id:
            st.rerun()
            return
        st.html(heading(now))
        if now.state == "interrupted":
            _interrupted(session)
        else:
            _controls(session, now)
        _steps(session, now)

    look()


def heading(now: RunProgress) -> Markup:
    """What happens just now, in words, with the stages of a run."""
    titles = {**TITLES, "running": NOW.get(now.phase or "", "Starting")}
    title = titles[now.state]
    building = next((step for step in now.steps if step.state == "building"), None)
    if now.state == "running" and building is not None and now.phase == "building":
        title = f"Building: {building.title}"
    if now.requested == "stop":
        title = "Stopping: what is finished is compared, packed and proved"
    if now.requested == "cancel":
        title = "Cancelling"
    return html(
        '<div role="status"><div class="ft-kicker">The run</div><div class="ft-title">{title}</div>{said}</div>{stages}',
        title=title,
        said=html('<div class="ft-quiet">{said}</div>', said=_said(now)),
        stages=_stages(now) if now.state == "running" else "",
    )


def _said(now: RunProgress) -> str:
    if now.state == "waiting":
        return "One run builds at a time on this machine; another is being built now. Yours starts by itself when it is over."
    if now.state == "interrupted":
        return "Its worker is gone. Nothing that was finished is lost; going on starts where it stopped."
    finished = sum(step.state not in ("waiting", "building") for step in now.steps)
    said = [f"{finished} of {len(now.steps)} candidates are finished", f"{duration(now.seconds)} so far"]
    if left := time_left(now.left_seconds):
        said.append(left)
    if now.silent_seconds > QUIET:
        said.append(f"not heard of for {duration(now.silent_seconds)}")
    return " · ".join(said) + ". You may close this window; it goes on by itself."


def _stages(now: RunProgress) -> Markup:
    """Where the run is between its first and its last stage."""
    names = list(STAGES)
    at = names.index(now.phase) if now.phase in names else 0
    pieces = [
        html(
            '<li class="{how}"{current}>{name}</li>',
            how="ft-past" if place < at else "ft-here" if place == at else "ft-ahead",
            current=Markup(' aria-current="step"') if place == at else "",
            name=STAGES[name],
        )
        for place, name in enumerate(names)
    ]
    return html('<ol class="ft-stages">{pieces}</ol>', pieces=joined(pieces))


def _controls(session: Session, now: RunProgress) -> None:
    """Stop and keep the best, or cancel; the second asks once."""
    asked = f"cancel-asked-{now.run_id}"
    if st.session_state.get(asked):
        _ask_once(session, asked)
        return
    with st.container(horizontal=True, gap="small"):
        some = any(step.state == "done" for step in now.steps)
        st.button(
            "Stop now, keep the best",
            key="stop-run",
            on_click=lambda: _stop(session),
            disabled=now.requested is not None or now.state == "waiting",
            help="What is being built is given up; what is finished is compared, packed and proved."
            + ("" if some else " Nothing is finished yet."),
        )
        st.button(
            "Cancel",
            key="cancel-run",
            type="tertiary",
            disabled=now.requested == "cancel",
            on_click=lambda: st.session_state.update({asked: True}),
        )


def _cancel(session: Session, asked: str) -> None:
    """A callback, so that a look at the journal at the same moment does not pass the click over."""
    st.session_state.pop(asked, None)
    session.cancel()


def _stop(session: Session) -> None:
    session.stop()


def _ask_once(session: Session, asked: str) -> None:
    st.html(html('<div class="ft-total">Cancel this run? What is finished is kept, and the run can go on later.</div>'))
    with st.container(horizontal=True, gap="small"):
        st.button("Yes, cancel it", key="cancel-sure", type="primary", on_click=_cancel, args=(session, asked))
        st.button("No, go on", key="cancel-back", on_click=lambda: st.session_state.pop(asked, None))


def _interrupted(session: Session) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button("Go on where it stopped", key="resume-run", type="primary"):
            session.resume()
            st.rerun()
        if st.button("Give it up", key="cancel-run", type="tertiary"):
            session.cancel()
            st.rerun()


def _ended(session: Session, now: RunProgress) -> None:
    """An end without results: why, and what can be done."""
    st.html(
        html(
            '<div class="ft-kicker">The run</div><div class="ft-title">{title}</div><div class="ft-quiet">{reason}</div>',
            title=TITLES[now.state],
            reason=now.reason or "",
        )
    )
    if now.state in RESUMABLE and st.button("Go on where it stopped", key="resume-run", type="primary"):
        session.resume()
        st.rerun()
    _steps(session, now)


def _steps(session: Session, now: RunProgress) -> None:
    """A row a candidate, with the last lines of its log to unfold."""
    for step in now.steps:
        with st.container(key=f"step-{step.name}", gap=None):
            st.html(step_row(step, now))
            if step.state == "waiting":
                continue
            with st.expander(
                "Log", key=f"log-{step.name}", type="compact", on_change="rerun"
            ) as log:  # read only while it is open
                if log.open:
                    text = session.log(step.name)
                    st.code(
                        text or "Nothing was printed yet.", language=None, wrap_lines=True, height=220 if text else "content"
                    )


def step_row(step: Step, now: RunProgress) -> Markup:
    """A candidate: its name, a bar, and what it does or came to."""
    building = step.state == "building"
    halted = building and now.state != "running"
    share = 100 if step.state == "done" else round(100 * step.fraction) if building else 0
    return html(
        '<div class="ft-step ft-step-{state}"><div class="ft-step-head"><span class="ft-name" dir="auto">{title}</span>'
        '<span class="ft-quiet ft-small">{right}</span></div>'
        '<div class="ft-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share}"'
        ' aria-label="{title}"><i style="width:{share}%"></i></div>'
        '<div class="ft-quiet ft-small" dir="auto">{below}</div></div>',
        state="halted" if halted else step.state,
        title=step.title[:1].upper() + step.title[1:],
        right="interrupted" if halted else f"{share} %" if building else STATES[step.state],
        share=share,
        below=_below(step),
    )


def _below(step: Step) -> str:
    """What it does, or what came of it."""
    if step.state == "building":
        return step.doing[:1].upper() + step.doing[1:] or "Starting"
    if step.state == "waiting":
        seconds = 60 * step.estimate_minutes
        return f"about {duration(seconds)}" if seconds >= 10 else "a few seconds"
    if step.state != "done":
        return step.reason or ""
    said = [duration(step.seconds)]
    if step.score is not None:
        between = interval(step.score)
        said.append(f"{step.score.metric} {figure(step.score.value)}{f' ({between})' if between else ''} on validation rows")
    return " · ".join(said)
