"""The conversation: what was said, what is being said, the question with its choices, and the box to write in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from tools.core.errors import FasttrackError
from ui.page import address, consent, notice, turns, upload
from ui.page.markup import Markup, html, joined, label, reply, shortened, typed

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import Message, SessionState
    from tools.core.task import Question

BOX = "message"  # key of the box
WORDS_AT_MOST = 20_000  # characters of one message: a few pasted pages
CHOICES_SHOWN = 8  # as buttons; the others in a list
CHOICE_LENGTH = 48  # characters of a choice on a button
REFUSED = "refused-upload"
LOOK_EVERY = 0.15  # seconds between two looks at what was heard


def show(session: Session, state: SessionState) -> None:
    """Messages, the turn under way, what went wrong, the question's choices, the box."""
    turn = turns.under_way(session.conversation)
    messages = state.messages[: turn.before] if turn else state.messages
    with st.container(key="conversation", height=600, border=False, autoscroll=True):
        st.html(html('<div class="ft-talk">{talk}</div>', talk=joined([bubble(message) for message in messages])))
        if turn:
            st.html(person(turn.words or "", turn.files) or html("<div></div>"))
            _under_way(turn)
        else:
            refused()
            _troubles(session)
            if state.questions and state.card is None and state.labelling is None:
                _choices(session, state, state.questions[0])
            consent.show(session, state)
    box(session, len(state.messages))
    consent.line(session, state)


def bubble(message: Message) -> Markup:
    """One message."""
    if message.role == "person":
        return person(message.text)
    return html('<div class="ft-assistant" data-role="assistant">{said}</div>', said=reply(message.text))


def person(words: str, files: Sequence[str] = ()) -> Markup:
    """What a person said, and the files that came with it."""
    chips = joined([html('<span class="ft-chip" dir="auto">{name}</span>', name=name) for name in files])
    said = html('<div class="ft-person" data-role="person">{said}</div>', said=typed(words)) if words else Markup()
    return said + (html('<div class="ft-files">{chips}</div>', chips=chips) if files else Markup())


@st.fragment(run_every=LOOK_EVERY)
def _under_way(turn: turns.Turn) -> None:
    """The words of a turn as they come; the page is drawn anew when it is over. The rest of the page stays free meanwhile."""
    if turn.over.is_set():
        st.rerun()
    st.html(html('<div class="ft-assistant">{said}</div>', said=reply(turn.heard)) if turn.heard else waiting())


def waiting() -> Markup:
    """Something is being worked on."""
    return html('<div class="ft-waiting" role="status"><i></i>One moment</div>')


def box(session: Session | None, before: int) -> None:
    """The box to write in; Enter sends, files can be dropped on it."""
    value: Any = st.chat_input(
        "Say what you want, or drop a file here",
        key=BOX,
        accept_file="multiple",
        file_type=list(upload.ENDINGS),
        max_chars=WORDS_AT_MOST,
        max_upload_size=upload.MEGABYTES_AT_MOST,
    )
    if value is None:
        return
    try:
        upload.check(value.files)
    except FasttrackError as problem:
        st.session_state[REFUSED] = problem.as_dict()
        _put_back(value.text)
    else:
        send(session, value.text, before, [(upload.safe_name(file.name), file.getvalue) for file in value.files])
    st.rerun()


def send(session: Session | None, words: str, before: int, files: Sequence[upload.File] = ()) -> None:
    """Say something in this conversation, or in a new one. What is said while an answer is under way goes back into the box."""
    st.session_state.pop(REFUSED, None)
    if session is not None and turns.under_way(session.conversation):
        _put_back(words)
        return
    speaking = session or address.start()
    names = tuple(name for name, _ in files)

    def answer(hear: turns.Hear) -> None:
        with upload.on_disk(files) as paths:
            _attach(speaking, paths)
        speaking.send(words or f"Here is {' and '.join(names)}.", hear=hear)

    turns.begin(speaking, answer, before=before, words=words, files=names)


def _attach(session: Session, paths: Sequence[Path]) -> None:
    for path in paths:
        session.attach(path)


def _put_back(words: str) -> None:
    """Words that could not be sent stand in the box again with the next run."""
    st.session_state["put-back"] = words


def put_back() -> None:
    """Before the box is drawn: words that could not be sent."""
    if words := st.session_state.pop("put-back", None):
        st.session_state[BOX] = words


def refused() -> None:
    """What was wrong with the files of the last message, which was not sent."""
    if (problem := st.session_state.get(REFUSED)) is not None:
        notice.show(problem)


def _troubles(session: Session) -> None:
    """What went wrong with the latest turn, under the words that were said."""
    if (failed := turns.problem(session.conversation)) is None or failed.problem is None:
        return
    if failed.words:
        st.html(person(failed.words, failed.files))
    notice.show(failed.problem)


def _choices(session: Session, state: SessionState, question: Question) -> None:
    """What can be clicked; the recommended one first. Anything else can be typed."""
    before, offered = len(state.messages), question.choices or _columns(state, question)
    if not offered:
        return
    first = [choice for choice in offered if choice == question.recommended]
    choices = first + [choice for choice in offered if choice != question.recommended]
    with st.container(horizontal=True, gap="small", key="choices"):
        for number, choice in enumerate(choices[:CHOICES_SHOWN]):
            recommended = choice == question.recommended
            text = label(shortened(choice, CHOICE_LENGTH)) + (" · recommended" if recommended else "")
            kind: Literal["primary", "secondary"] = "primary" if recommended else "secondary"
            if st.button(
                text, key=f"choice-{before}-{number}", type=kind, help=label(choice) if len(choice) > CHOICE_LENGTH else None
            ):
                send(session, choice, before)
                st.rerun()
    if more := choices[CHOICES_SHOWN:]:
        picked = st.selectbox("More choices", more, index=None, key=f"more-choices-{before}", placeholder=f"{len(more)} more")
        if picked is not None:
            send(session, picked, before)
            st.rerun()


def _columns(state: SessionState, question: Question) -> list[str]:
    """The columns, where one of them is asked for."""
    if question.field not in ("target", "time-column"):
        return []
    try:
        return [column.name for file in state.profile.files if file.role == "train" for column in file.columns]
    except FasttrackError:  # the file cannot be read, which was told
        return []
