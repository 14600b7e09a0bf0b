"""The plan: the task in one sentence, what would be built, what it takes, and the person's decision about exactly this plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.page import turns
from ui.page.markup import Markup, html, joined, label, reply
from ui.page.plan_draft import (
    Draft,
    Totals,
    fitting_metrics,
    is_about_a_label,
    labels_as_lines,
    labels_from_lines,
    takes_a_number,
)

if TYPE_CHECKING:
    from agent.session import Session
    from agent.view import SessionState
    from tools.core.plan import Candidate, NotPossible, Plan
    from tools.core.task import MetricSpec, TaskSpec

MINUTES = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 480.0)
DOLLARS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
LABEL_LINES = 8  # shown at once


def show(session: Session, state: SessionState) -> None:
    """The card, to decide about while the plan waits; folded away once it is being built or was built."""
    plan = state.plan
    if plan is None:
        return
    if state.card is not None or state.run_id is None:
        with st.container(key="card-plan"):
            _card(session, state, plan)
        return
    with st.expander("The plan that you approved", key="fold-plan"):
        st.html(sentence(state))
        st.html(joined([candidate_row(one) for one in plan.selected]))
        st.html(totals_line(Totals.of(plan.selected), plan.budget.minutes, plan.budget.dollars))


@st.fragment
def _card(session: Session, state: SessionState, plan: Plan) -> None:
    """A fragment: a tick redraws the card alone."""
    st.html(sentence(state))
    task = _task_fields(state, plan)
    ticked = _candidates(plan)
    if plan.not_possible:
        with st.expander(f"Not possible here ({len(plan.not_possible)})", type="compact"):
            st.html(joined([impossible_row(one) for one in plan.not_possible]))
    minutes, dollars = _caps(plan)
    draft = Draft(ticked, minutes, dollars, task)
    with st.container(key="foot"):
        st.html(totals_line(draft.totals(plan), minutes, dollars))
        _decision(session, state, plan, draft)


def sentence(state: SessionState) -> Markup:
    """What is to be done, and how it is judged, in the person's language."""
    from agent.narration import metric, understood

    plan = state.plan
    assert plan is not None
    judged = metric(plan.task.language, plan.metric)
    rows = (
        f" on {plan.test_rows:,} rows that no candidate sees before the end"
        if plan.test_rows
        else ", once there are labelled rows"
    )
    return html(
        '<div class="ft-kicker">The plan</div><div class="ft-title">{said}</div><div class="ft-quiet">{judged}</div>',
        said=reply(understood(plan.task)),
        judged=reply(f"Judged by {judged}{rows}."),
    )


def _candidates(plan: Plan) -> dict[str, bool]:
    """A row a candidate; ticked ones are built. The trivial answer is built in any case."""
    from agent.desk.plans import always_built

    fixed = always_built(plan)
    ticked: dict[str, bool] = {}
    with st.container(key="candidates", gap=None):
        for one in plan.candidates:
            with st.container(key=f"candidate-{one.name}", horizontal=True, vertical_alignment="top", gap="small", wrap=False):
                ticked[one.name] = st.checkbox(
                    f"Build {label(one.title)}",
                    value=one.selected,
                    key=_key(f"tick-{one.name}", plan),
                    disabled=one.name in fixed,
                    label_visibility="collapsed",
                )
                st.html(candidate_row(one, one.name in fixed))
    return ticked


def candidate_row(one: Candidate, fixed: bool = False) -> Markup:
    """One candidate: its name, its rung, why, and what it takes."""
    estimate = one.estimate
    facts = [
        _minutes(estimate.minutes),
        _dollars(estimate.dollars),
        f"{estimate.download_mb:,.0f} MB to download" if estimate.download_mb else "no download",
        f"{estimate.memory_mb / 1024:.1f} GB memory" if estimate.memory_mb >= 1000 else f"{estimate.memory_mb:.0f} MB memory",
    ]
    leaves = joined([html('<span class="ft-chip ft-warn">{what}</span>', what=what) for what in one.leaves_machine])
    return html(
        '<div class="ft-candidate"><div><span class="ft-name">{title}</span> <span class="ft-chip">{rung}</span></div>'
        '<div class="ft-quiet">{reason}{always}</div><div class="ft-facts">{facts}{leaves}</div></div>',
        title=one.title[:1].upper() + one.title[1:],
        rung=one.approach,
        reason=one.reason,
        always="; always built" if fixed else "",
        facts=joined([html("<span>{fact}</span>", fact=fact) for fact in facts]),
        leaves=leaves or html("<span>nothing leaves this machine</span>"),
    )


def impossible_row(one: NotPossible) -> Markup:
    """What cannot be built here, and why."""
    return html(
        '<div class="ft-candidate"><div><span class="ft-name">{title}</span> <span class="ft-chip">{rung}</span></div>'
        '<div class="ft-quiet">{reason}</div></div>',
        title=one.title[:1].upper() + one.title[1:],
        rung=one.approach,
        reason=one.reason,
    )


def totals_line(totals: Totals, minutes: float, dollars: float) -> Markup:
    """What all that is ticked takes together."""
    facts = [
        f"about {_minutes(totals.minutes)} of at most {_minutes(minutes)}",
        f"{_dollars(totals.dollars)}, at most {_dollars(dollars)}" if totals.dollars or dollars else "free",
        f"{totals.download_mb:,.0f} MB to download" if totals.download_mb else "",
        f"up to {totals.memory_mb / 1024:.1f} GB memory",
    ]
    leaves = joined([html('<span class="ft-chip ft-warn">{what}</span>', what=what) for what in totals.leaves])
    return html(
        '<div class="ft-total"><b>{count} to build</b> · {facts}</div><div class="ft-facts">{leaves}</div>',
        count=totals.candidates,
        facts=" · ".join(fact for fact in facts if fact),
        leaves=leaves or html('<span class="ft-chip ft-good">nothing leaves this machine</span>'),
    )


def _caps(plan: Plan) -> tuple[float, float]:
    """The limits of the whole run. Dollars only where something could cost any."""
    budget = plan.budget
    paid = plan.language_model is not None and plan.language_model.paid
    costs = paid or budget.dollars > 0 or any(one.estimate.dollars for one in plan.candidates)
    with st.container(horizontal=True, gap="large", key="caps"):
        minutes = st.select_slider(
            "Minutes at most",
            sorted({*MINUTES, budget.minutes}),
            value=budget.minutes,
            format_func=_minutes,
            key=_key("minutes", plan),
        )
        if not costs:
            return float(minutes), budget.dollars
        dollars = st.select_slider(
            "Dollars at most",
            sorted({*DOLLARS, budget.dollars}),
            value=budget.dollars,
            format_func=_dollars,
            key=_key("dollars", plan),
        )
    return float(minutes), float(dollars)


def _task_fields(state: SessionState, plan: Plan) -> dict[str, Any]:
    """The fields of the task that can be edited here; those that were."""
    edited: dict[str, Any] = {}
    task = plan.task
    with st.expander(
        "Change the task: what is predicted, how it is judged, what the labels mean", type="compact", key="task-fields"
    ):
        train = state.profile.with_role("train") or state.profile.with_role("unlabelled")
        columns = [column.name for column in train.columns] if train else []
        if task.target and task.target not in columns:
            columns.append(task.target)  # labels by hand stand in a file of their own
        if columns and not task.target_columns:
            index = columns.index(task.target) if task.target in columns else None
            target = st.selectbox(
                "Predict the column", columns, index=index, key=_key("target", plan), placeholder="none: there are no labels"
            )
            if target != task.target:
                edited["target"] = target
        if (metric := _metric(task, plan)) is not None and "target" not in edited:
            edited["metric"] = metric
        if task.labels and "target" not in edited:
            edited |= _labels(task, plan)
    return edited


def _metric(task: TaskSpec, plan: Plan) -> dict[str, Any] | None:
    """The metric, where it was edited."""
    from agent.narration import metric as in_words
    from tools.core.task import MetricSpec

    names = fitting_metrics(task)
    now: MetricSpec = plan.metric
    if now.name not in names:
        return None

    def words(name: str) -> str:
        spec = MetricSpec.model_validate({"name": name})
        return f"{name}: {in_words(task.language, spec).replace('`', '')}"

    name = st.selectbox("Judge by", names, index=names.index(now.name), format_func=words, key=_key("metric", plan))
    chosen: dict[str, Any] = {"name": name, "label": None, "at": None}
    if is_about_a_label(name) and task.labels:
        known = task.label_names
        first = known.index(now.label) if now.label in known else 0
        chosen["label"] = st.selectbox("for the label", known, index=first, key=_key("metric-label", plan))
    if takes_a_number(name):
        value = now.at if now.name == name else None
        chosen["at"] = st.number_input(f"with the number of {name}", value=value, min_value=0.0, key=_key("metric-at", plan))
    return chosen if chosen != now.model_dump() else None


def _labels(task: TaskSpec, plan: Plan) -> dict[str, Any]:
    """The labels with their meanings, where they were edited."""
    lines = labels_as_lines(task.labels)
    height = 40 + 24 * min(len(task.labels or []), LABEL_LINES)
    typed = st.text_area(
        "Labels, one a line; after a colon what it means",
        lines,
        key=_key("labels", plan),
        height=height,
        help="What a label means helps approaches that read names: zero-shot, prompting.",
    )
    labels = labels_from_lines(typed, task.labels)
    return {"labels": labels} if labels != [one.model_dump() for one in task.labels or []] else {}


def _decision(session: Session, state: SessionState, plan: Plan, draft: Draft) -> None:
    """Approve exactly what is shown. What was edited becomes a plan first, which the machine checks, and is then decided on."""
    changes = draft.changes(plan)
    busy = turns.under_way(session.conversation) is not None
    before = len(state.messages)
    with st.container(horizontal=True, gap="small", key="decision", vertical_alignment="center"):
        if changes:
            if st.button("Update the plan", type="primary", key="update", disabled=busy):
                turns.by_control(session, before, lambda: session.change(**changes))
                st.rerun()
            st.button("Undo my changes", key="undo", type="tertiary", on_click=forget, args=(plan,))
            return
        if state.card is None and busy:
            st.button("Approve and build", type="primary", key="approve", disabled=True)
            return
        if state.card is None:
            st.html(
                html(
                    '<span class="ft-quiet">This plan was turned down. Change it here, or say what should be different.</span>'
                )
            )
            return
        card = state.card
        if st.button("Approve and build", type="primary", key="approve", disabled=busy):
            turns.begin(session, lambda hear: session.decide(card, approve=True, hear=hear), before=before)
            st.rerun()
        if st.button("Not this", key="reject", disabled=busy):
            turns.begin(session, lambda hear: session.decide(card, approve=False, hear=hear), before=before)
            st.rerun()
        st.html(html('<span class="ft-quiet">or say in the chat what should be different</span>'))


def forget(plan: Plan) -> None:
    """Drop what was ticked, moved and typed on this plan's card: its controls begin anew, under new names."""
    st.session_state[f"drafts-{plan.hash}"] = st.session_state.get(f"drafts-{plan.hash}", 0) + 1


def _key(name: str, plan: Plan) -> str:
    """Of a control: it holds for one draft of one plan."""
    return f"{name}-{plan.hash}-{st.session_state.get(f'drafts-{plan.hash}', 0)}"


def _minutes(minutes: float) -> str:
    if minutes < 0.95:
        return f"{max(minutes * 60, 1):.0f} s"
    return f"{minutes / 60:.3g} h" if minutes >= 120 else f"{minutes:.2g} min" if minutes < 10 else f"{minutes:.0f} min"


def _dollars(dollars: float) -> str:
    return "free" if dollars == 0 else f"${dollars:.4f}" if dollars < 0.01 else f"${dollars:.2f}"
