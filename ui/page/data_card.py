"""The data: what each column is and is used for, the first rows, and what should be known before money is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from tools.core.errors import FasttrackError
from ui.page import notice, turns
from ui.page.markup import Markup, html, joined, label, shortened

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState
    from tools.core.data import ColumnProfile, FileProfile, Problem, Repair
    from tools.core.task import TaskSpec

USES = {
    "target": "predict this",
    "input": "learn from it",
    "excluded": "leave it out",
    "group": "keeps rows together",
    "time": "tells the time",
    "unused": "not used",
}
COLUMNS_A_PAGE = 12
COLUMNS_IN_ROWS = 40  # of the first rows; more are counted
ROLE_WORDS = {
    "text": "text",
    "category": "values",
    "number": "number",
    "date": "date",
    "id": "looks like an id",
    "constant": "always the same",
    "empty": "empty",
}
FILE_ROLES = {"train": "to learn from", "validation": "to choose on", "test": "the locked test", "unlabelled": "without labels"}


def show(session: Session, state: SessionState) -> None:
    """The card: open until there is a plan, folded away under it."""
    if not state.workspace.attachments:
        return
    try:
        files, problems = state.profile.files, state.profile.problems
    except FasttrackError as problem:
        with st.container(key="card-data"):
            notice.show(problem.as_dict())
        return
    if not files:
        return
    is_open = state.plan is None and turns.under_way(session.conversation) is None  # a plan that is on its way folds it
    with st.expander(_title(files), expanded=is_open, key=f"fold-data-{'open' if is_open else 'shut'}"):
        _card(session, state, files, problems)


def _title(files: list[FileProfile]) -> str:
    if len(files) > 1:
        return f"The data: {len(files)} files"
    rows = f", {files[0].rows:,} rows" if files[0].rows is not None else ""
    return f"The data: {label(shortened(files[0].file, 48))}{rows}"


@st.fragment
def _card(session: Session, state: SessionState, files: list[FileProfile], problems: list[Problem]) -> None:
    file = files[0]
    if len(files) > 1:
        number = st.pills(
            "File",
            range(len(files)),
            default=0,
            required=True,
            format_func=lambda one: label(shortened(files[one].file, 40)),
            key="data-file",
            label_visibility="collapsed",
        )
        file = files[number or 0]
    st.html(about(file))
    names = ["Columns", "First rows", f"Worth knowing ({len(problems) + len(file.repairs)})"]
    columns, rows, worth_knowing = st.tabs(names)
    with columns:
        _columns(session, state, file)
    with rows:
        st.html(first_rows(file, session.preview(file.attachment).rows))
    with worth_knowing:
        st.html(known(problems, file.repairs))


def about(file: FileProfile) -> Markup:
    """One line of facts about a file."""
    facts = [FILE_ROLES.get(file.role, file.role), file.format]
    facts += [f"{file.rows:,} rows" if file.rows is not None else "", f"{len(file.columns):,} columns" if file.columns else ""]
    facts += [f"parted by {file.delimiter!r}" if file.delimiter else "", file.encoding or ""]
    spans = joined([html("<span>{fact}</span>", fact=fact) for fact in facts if fact])
    return html('<div class="ft-facts">{spans}</div>', spans=spans)


def _columns(session: Session, state: SessionState, file: FileProfile) -> None:
    if not file.columns:
        st.html(html('<div class="ft-quiet">No table of rows was found in this file.</div>'))
        return
    bars = session.preview(file.attachment).bars
    pages = -(-len(file.columns) // COLUMNS_A_PAGE)
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages}", 1, pages, 1, key=f"column-page-{file.attachment}", width=140))
    for column in file.columns[(page - 1) * COLUMNS_A_PAGE : page * COLUMNS_A_PAGE]:
        _column(session, state, file, column, bars.get(column.name, []))


def _column(session: Session, state: SessionState, file: FileProfile, column: ColumnProfile, bars: list[float]) -> None:
    what, shape, used = st.columns([5, 2, 3], vertical_alignment="center", wrap=False, gap="small")
    what.html(described(column))
    shape.html(spark(bars))
    if state.workspace.task.kind is None or file.role not in ("train", "unlabelled"):
        return
    use = use_of(column.name, state.workspace.task)
    count = turns.count(session.conversation)
    options = [name for name in USES if name != "unused" or use == "unused"]
    chosen = used.selectbox(
        f"Use of {label(column.name)}",
        options,
        index=options.index(use),
        format_func=USES.__getitem__,
        key=f"use-{file.attachment}-{column.name}-{use}-{count}",
        label_visibility="collapsed",
    )
    if chosen != use:
        attachment, name = file.attachment, column.name
        turns.by_control(session, len(state.messages), lambda: session.set_role(attachment, name, chosen))
        st.rerun()


def use_of(column: str, task: TaskSpec) -> str:
    """What a column is used for in the task."""
    if column in task.answer_columns:
        return "target"
    if column == task.group_column:
        return "group"
    if column == task.time_column:
        return "time"
    if column in task.inputs:
        return "input"
    return "excluded" if column in task.excluded_columns else "unused"


def described(column: ColumnProfile) -> Markup:
    """A column's name, what it holds, what is missing."""
    facts = [ROLE_WORDS[column.role], f"{column.unique:,} different"]
    if column.mean_words is not None and column.role == "text":
        facts.append(f"about {column.mean_words:.0f} words")
    if column.role in ("number", "date") and column.minimum is not None:
        facts.append(f"{_value(column.minimum)} to {_value(column.maximum)}")
    if column.missing:
        facts.append(f"{column.missing:,} empty")
    spans = joined([html("<span>{fact}</span>", fact=fact) for fact in facts])
    return html(
        '<div class="ft-name" dir="auto">{name}</div><div class="ft-facts">{spans}</div>', name=column.name, spans=spans
    )


def spark(bars: list[float]) -> Markup:
    """The shape of a column."""
    drawn = joined([html('<i style="height:{height}%"></i>', height=f"{100 * bar:.1f}") for bar in bars])
    return html('<div class="ft-spark" role="img" aria-label="distribution of its values">{drawn}</div>', drawn=drawn)


def first_rows(file: FileProfile, rows: list[dict[str, str]]) -> Markup:
    """A table of the first rows; it scrolls in its own box."""
    if not rows:
        return html('<div class="ft-quiet">There are no rows to show.</div>')
    columns = file.columns[:COLUMNS_IN_ROWS]
    head = joined([html('<th dir="auto" title="{name}">{name}</th>', name=column.name) for column in columns])
    body = joined([html("<tr>{cells}</tr>", cells=joined([_cell(column, row) for column in columns])) for row in rows])
    more = len(file.columns) - len(columns)
    return html(
        '<div class="ft-scroll" tabindex="0"><table class="ft-rows"><thead><tr>{head}</tr></thead>'
        "<tbody>{body}</tbody></table></div>{more}",
        head=head,
        body=body,
        more=html('<div class="ft-quiet ft-small">and {more} more columns</div>', more=f"{more:,}") if more > 0 else "",
    )


def _cell(column: ColumnProfile, row: dict[str, str]) -> Markup:
    if column.role == "number":
        return html('<td class="ft-number">{text}</td>', text=row.get(column.name, ""))
    return html('<td dir="auto"><div class="ft-clamp">{text}</div></td>', text=row.get(column.name, ""))


def known(problems: list[Problem], repairs: list[Repair]) -> Markup:
    """What speaks against the data, each with its evidence; what was repaired while reading it."""
    said = [
        html(
            '<div class="ft-problem"><span class="ft-chip ft-warn">{code}</span> {message} '
            '<span class="ft-quiet">{evidence}</span></div>',
            code=problem.code.replace("-", " "),
            message=problem.message,
            evidence=problem.evidence,
        )
        for problem in problems
    ]
    said += [
        html('<div class="ft-problem"><span class="ft-chip">repaired</span> {message}</div>', message=repair.message)
        for repair in repairs
    ]
    return joined(said) or html('<div class="ft-quiet">Nothing speaks against this data as far as Fasttrack sees.</div>')


def _value(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float | int) else str(value)[:10]
