"""Trying what was built: one row typed into a form, or a whole file; the answer with its probabilities."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from tools.core.errors import FasttrackError, PersonDecides
from ui.page import notice, trying_forecasts
from ui.page.amounts import figure, percent
from ui.page.markup import Markup, html, joined, label

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from agent.desk.results import RunResults
    from agent.desk.trying import Field, TryForm
    from agent.session import Session
    from agent.view import SessionState

ENDINGS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json"]
MOST_BARS = 10
PREFIX = "probability:"
SHORT = 80  # characters of an example, up to which one line is enough for it
WIDE = 4  # inputs, from which on the form has two columns


def show(session: Session, state: SessionState) -> None:
    """The card, once something was built that can be asked."""
    found = session.results() if state.run_id else None
    if found is None or found.chosen is None:
        return
    with st.container(key="card-try"):
        _card(session, found)


@st.fragment
def _card(session: Session, found: RunResults) -> None:
    """A fragment: an answer redraws the card alone."""
    st.html(html('<div class="ft-kicker">Try it</div><div class="ft-title">Ask the model about something new</div>'))
    candidate = _candidate(found)
    try:
        form = session.try_form(candidate)
    except FasttrackError as problem:
        notice.show(problem.as_dict())
        return
    if form.ahead is not None:
        trying_forecasts.show(session, form, form.ahead, f"try-{found.run_id}")
        return
    one, many = st.tabs(["One row", "A file"], key=f"try-{found.run_id}")
    with one:
        _one(session, form)
    with many:
        _many(session, form)


def _candidate(found: RunResults) -> str:
    """The chosen one first."""
    done = sorted((rival for rival in found.rivals if rival.status == "done"), key=lambda rival: not rival.chosen)
    titles = {rival.name: rival.title[:1].upper() + rival.title[1:] for rival in done}
    if len(titles) < 2:
        return next(iter(titles))
    return st.selectbox(
        "Model", list(titles), format_func=titles.__getitem__, key=f"try-with-{found.run_id}", label_visibility="collapsed"
    )


def _one(session: Session, form: TryForm) -> None:
    """The form, an example filled in, and the answer."""
    number = f"try-example-{form.candidate}"
    at = st.session_state.get(number, 0)
    example = form.examples[at % len(form.examples)] if form.examples else {}
    with st.form(f"try-form-{form.candidate}", border=False):
        row = _fields(form, example, at)
        with st.container(horizontal=True, gap="small"):
            asked = st.form_submit_button("Ask", type="primary", key=f"ask-{form.candidate}")
            if len(form.examples) > 1:
                st.form_submit_button(
                    "Another example", key=f"other-{form.candidate}", on_click=_next_example, args=(form.candidate, at + 1)
                )
    if asked:
        _ask(session, form, row)
    _consent(session, form)
    if (answer := st.session_state.get(f"answer-{form.candidate}")) is not None:
        st.html(told(answer, form))


def _next_example(candidate: str, at: int) -> None:
    st.session_state[f"try-example-{candidate}"] = at
    st.session_state.pop(f"answer-{candidate}", None)


def _fields(form: TryForm, example: Mapping[str, Any], at: int) -> dict[str, Any]:
    """A widget an input. at: which example; it names the widgets, so that another one fills them anew."""
    row: dict[str, Any] = {}
    columns = st.columns(2, gap="small") if len(form.fields) >= WIDE else (st.container(),)
    for place, field in enumerate(form.fields):
        with columns[place % len(columns)]:
            row[field.name] = _field(field, example.get(field.name), f"try-{form.candidate}-{at}-{place}")
    return row


def _field(field: Field, example: Any, key: str) -> Any:
    """What was typed; None where it was left empty."""
    name = label(field.name)
    if field.kind == "number":
        value = float(example) if isinstance(example, (int, float)) else None
        whole = value is not None and value.is_integer()
        return st.number_input(name, value=value, format="%.0f" if whole and _whole(field) else "%.6g", step=None, key=key)
    text = "" if example is None else str(example)
    if field.kind == "category":
        choices = list(dict.fromkeys([*field.choices, *([text] if text else [])]))
        index = choices.index(text) if text else None
        return st.selectbox(name, choices, index=index, accept_new_options=True, placeholder="empty", key=key)
    if field.kind == "text" and (len(text) > SHORT or not text):
        return st.text_area(name, value=text, height=110, key=key) or None
    return st.text_input(name, value=text, key=key) or None


def _whole(field: Field) -> bool:
    return all(end is None or float(end).is_integer() for end in (field.low, field.high))


def _ask(session: Session, form: TryForm, row: dict[str, Any]) -> None:
    st.session_state.pop(f"answer-{form.candidate}", None)
    if all(value is None for value in row.values()):
        st.html(
            html('<div class="ft-notice">Expected something to go by. Found every field empty. Fill in at least one.</div>')
        )
        return
    try:
        with st.spinner("Asking"):
            st.session_state[f"answer-{form.candidate}"] = session.try_rows([row], form.candidate)[0]
    except PersonDecides as problem:
        st.session_state[f"consent-{form.candidate}"] = (problem.as_dict(), row)
    except (FasttrackError, ValueError) as problem:
        notice.show(_as_dict(problem))


def _as_dict(problem: FasttrackError | ValueError) -> dict[str, str]:
    """What a model says that cannot read a value is one sentence of its own."""
    if isinstance(problem, FasttrackError):
        return problem.as_dict()
    return {"expected": "values that the model can read", "found": str(problem).rstrip("."), "remedy": "Change them."}


def _consent(session: Session, form: TryForm) -> None:
    """What costs money or leaves the machine is asked for before it is done."""
    held = st.session_state.get(f"consent-{form.candidate}")
    if held is None:
        return
    problem, row = held
    st.html(
        html(
            '<div class="ft-ask"><b>May it be asked?</b> This needs {expected}; {found}.</div>',
            expected=problem["expected"],
            found=problem["found"],
        )
    )
    with st.container(horizontal=True, gap="small"):
        yes = st.button("Allow it in this conversation", key=f"allow-{form.candidate}", type="primary")
        no = st.button("No", key=f"refuse-{form.candidate}")
    if yes:
        session.allow_paid_tries(True)
        if row is not None:
            _ask(session, form, row)
    if yes or no:
        st.session_state.pop(f"consent-{form.candidate}", None)
        st.rerun()


def _many(session: Session, form: TryForm) -> None:
    """A file in, the same file with the answers beside its rows out."""
    columns = ", ".join(field.name for field in form.fields)
    st.html(
        html(
            '<div class="ft-quiet" dir="auto">It needs {columns}; other columns are kept.</div>', columns=_named(columns, form)
        )
    )
    given = st.file_uploader("A CSV or JSONL file", type=ENDINGS, key=f"file-{form.candidate}")
    if given is None:
        return
    done = f"filled-{form.candidate}-{given.file_id}"
    if done not in st.session_state:
        try:
            with st.spinner("Answering each row", show_time=True):
                st.session_state[done] = _filled(session, form, given)
        except PersonDecides as problem:
            st.session_state[f"consent-{form.candidate}"] = (problem.as_dict(), None)
            st.html(html('<div class="ft-notice">{said}</div>', said=f"{problem} The question stands under “One row”."))
            return
        except FasttrackError as problem:
            notice.show(problem.as_dict())
            return
    count, name, content = st.session_state[done]
    st.download_button(
        f"Download {count:,} answers",
        content,
        file_name=name,
        type="primary",
        key=f"answers-{form.candidate}",
        on_click="ignore",
    )


def _named(columns: str, form: TryForm) -> str:
    return f"a column {columns}" if len(form.fields) == 1 else f"the columns {columns}"


def _filled(session: Session, form: TryForm, given: UploadedFile) -> tuple[int, str, bytes]:
    """How many rows, the name of the file with the answers, and its content."""
    ending = Path(given.name).suffix.lower() or ".csv"
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / f"rows{ending}", Path(place) / f"answers{'.jsonl' if 'j' in ending else '.csv'}"
        source.write_bytes(given.getvalue())
        count = session.try_file(source, target, form.candidate)
        return count, target.name, target.read_bytes()


def told(answer: Mapping[str, Any], form: TryForm) -> Markup:
    """The answer, and a bar a class."""
    shown = answer["prediction"]
    if not form.labels:
        between = f"likely between {figure(answer['low'])} and {figure(answer['high'])}" if "low" in answer else ""
        return _answer(figure(float(shown)), between, Markup(""))
    scores = {name.removeprefix(PREFIX): float(value) for name, value in answer.items() if name.startswith(PREFIX)}
    given = _names(shown) if form.several else [str(shown)]
    sure = answer.get("probability")
    said = f"{percent(sure)} sure" if isinstance(sure, float) and not form.several else ""
    return _answer(", ".join(given) or "none of the labels", said, bars(scores, given))


def _names(shown: Any) -> list[str]:
    import json

    names = json.loads(shown) if isinstance(shown, str) else shown
    return [str(name) for name in names or []]


def _answer(value: str, said: str, below: Markup) -> Markup:
    return html(
        '<div class="ft-answer" role="status"><div class="ft-answer-value" dir="auto">{value}</div>'
        '<div class="ft-quiet">{said}</div>{below}</div>',
        value=value,
        said=said,
        below=below,
    )


def bars(scores: Mapping[str, float], given: Sequence[str]) -> Markup:
    """The most probable classes, those that were answered in colour."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    shown = [item for place, item in enumerate(ordered) if place < MOST_BARS or item[0] in given]
    rows = [
        html(
            '<div class="ft-score{how}"><span dir="auto">{name}</span>'
            '<span class="ft-bar"><i style="width:{width}%"></i></span><span class="ft-number">{share}</span></div>',
            how=" ft-given" if name in given else "",
            name=name,
            width=round(100 * value, 1),
            share=percent(value),
        )
        for name, value in shown
    ]
    rest = len(ordered) - len(shown)
    more = html('<div class="ft-quiet ft-small">and {rest} classes more, each less probable</div>', rest=rest) if rest else ""
    return html('<div class="ft-scores">{rows}{more}</div>', rows=joined(rows), more=more)
