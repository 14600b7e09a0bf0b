"""Changes by controls: checked like a brain's, visible as a line, and nothing is lost where one does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from agent.session import Session
from agent.view import SessionState
from tools.core.errors import PersonDecides
from tools.overrides import Overrides


def new(table: Path, **more: Any) -> tuple[Session, SessionState]:
    session = Session.open(kept=False, **more)
    session.attach(table)
    state = session.send("predict delivery")
    assert state.card is not None, state.reply
    return session, state


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'},{'ab'[i % 2]}\n" for i in range(120))
    path.write_text("weight,stops,delivery,courier\n" + rows)
    return path


def ticked(state: SessionState) -> list[str]:
    assert state.plan is not None
    return [candidate.name for candidate in state.plan.selected]


def test_a_candidate_is_unticked_and_ticked_again(table: Path) -> None:
    session, before = new(table)
    assert {"autogluon", "linear"} <= set(ticked(before))
    without = session.change(tick={"autogluon": False}, minutes=20)
    assert "autogluon" not in ticked(without)
    assert without.plan is not None
    assert without.plan.budget.minutes == 20
    assert without.messages[-2].text == "Without AutoML, at most 20 minutes."
    assert without.card not in (None, before.card)
    again = session.change(tick={"autogluon": True})
    assert ticked(again) == ticked(before)
    assert again.messages[-2].text == "With AutoML."


def test_the_old_card_is_gone_and_only_the_new_one_can_be_approved(table: Path) -> None:
    session, before = new(table)
    after = session.change(minutes=3)
    with pytest.raises(PersonDecides):
        session.decide(str(before.card), approve=True)
    assert session.state().card == after.card
    assert after.run_id is None


def test_every_call_is_answered_so_that_every_brain_can_read_on(table: Path) -> None:
    session, _ = new(table)
    session.change(minutes=3)
    session.change(task={"target": "courier"})
    messages = session._thread.values["messages"]
    calls = [call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    answers = [message.tool_call_id for message in messages if isinstance(message, ToolMessage)]
    assert calls[:-1] == answers  # in order; only the card that waits is open
    assert session.send("only majority").card is not None


@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        ({"tick": {"nothing": False}}, "unknown-candidate", "'nothing'"),
        ({"tick": {"majority": False}}, "trivial-stays", "that it is left out"),
        ({"tick": {"prompting": True}}, "not-possible", "prompting a language model: no language model is set up"),
        ({"task": {"target": "deliver"}}, "unknown-column", "'deliver' (near: delivery)"),
        ({"task": {"metric": {"name": "rmse"}}}, "unfit-metric", "rmse"),
        ({"task": {"kind": "tea"}}, "bad-field", "'tea'"),
        ({"task": {"tea": 1}}, "unknown-field", "tea"),
        ({"minutes": 0}, "bad-limit", "0 minutes"),
        ({"dollars": -1}, "bad-limit", "-1 dollars"),
    ],
)
def test_what_does_not_fit_is_an_error_and_the_card_stays(table: Path, change: dict[str, Any], code: str, found: str) -> None:
    session, before = new(table)
    after = session.change(**change)
    assert after.error is not None
    assert after.error["code"] == code
    assert after.error["found"].startswith(found)
    assert (after.card, after.messages, after.workspace) == (before.card, before.messages, before.workspace)
    assert session.state().error is None


def test_another_target_brings_its_own_kind_inputs_and_labels(table: Path) -> None:
    session, _ = new(table)
    task = session.change(task={"target": "weight"}).workspace.task
    assert (task.kind, task.target, task.labels) == ("tabular-regression", "weight", None)
    assert set(task.inputs) == {"stops", "delivery", "courier"}
    back = session.change(task={"target": "delivery"}).workspace.task
    assert (back.kind, back.label_names) == ("tabular-classification", ["in time", "late"])


def test_what_was_chosen_by_control_outlives_the_next_words(table: Path) -> None:
    session, _ = new(table)
    session.change(task={"target": "courier"})
    assert session.send("thanks!").workspace.task.target == "courier"


def test_a_control_overrules_an_option_and_words_overrule_the_control(table: Path) -> None:
    session, _ = new(table, overrides=Overrides(minutes=5, target="delivery"))
    changed = session.change(minutes=8, task={"target": "courier"})
    assert changed.plan is not None
    assert (changed.plan.budget.minutes, changed.workspace.task.target) == (8, "courier")
    said = session.send("it may take 4 minutes at most")
    assert said.plan is not None
    assert said.plan.budget.minutes == 4


def test_columns_get_their_use(table: Path) -> None:
    session, _ = new(table)
    out = session.exclude("orders.csv", "courier")
    assert (out.workspace.task.excluded_columns, set(out.workspace.task.inputs)) == (["courier"], {"weight", "stops"})
    assert out.messages[-2].text == "Leave out `courier`."
    back = session.set_role("orders.csv", "courier", "input").workspace.task
    assert (back.excluded_columns, set(back.inputs)) == ([], {"weight", "stops", "courier"})
    assert session.set_role("orders.csv", "courier", "group").workspace.task.group_column == "courier"
    freed = session.set_role("orders.csv", "courier", "input").workspace.task
    assert freed.group_column is None
    assert session.set_role("orders.csv", "courier", "target").workspace.task.target == "courier"
    for column, role, code in (("nowhere", "input", "unknown-column"), ("stops", "hero", "unknown-use")):
        error = session.set_role("orders.csv", column, role).error
        assert error is not None
        assert error["code"] == code


def test_labels_get_descriptions_and_a_metric_its_label(table: Path) -> None:
    session, _ = new(table)
    labels = [{"name": "late", "description": "after the promised day"}, {"name": "in time", "description": None}]
    described = session.change(task={"labels": labels})
    assert described.messages[-2].text == "With descriptions of the groups."
    assert described.plan is not None
    assert {label.name: label.description for label in described.plan.task.labels or []}["late"] == "after the promised day"
    judged = session.change(task={"metric": {"name": "recall", "label": "late", "at": 0.9}})
    assert judged.messages[-2].text == "Judged by recall of `late` at 90 % precision or better."
    assert judged.plan is not None
    assert judged.plan.metric.label == "late"


def test_taking_the_target_away_asks_for_it(table: Path) -> None:
    session, _ = new(table)
    state = session.set_role("orders.csv", "delivery", "input")
    assert (state.card, state.error) == (None, None)
    assert state.questions[0].field == "target"
    assert session.send("delivery").card is not None


def test_dollars_are_a_limit_of_the_task(table: Path) -> None:
    session, _ = new(table)
    state = session.change(dollars=0.25)
    assert state.plan is not None
    assert (state.plan.budget.dollars, state.messages[-2].text) == (0.25, "At most 0.25 dollars.")


def test_a_line_of_ones_own_and_nothing_at_all(table: Path) -> None:
    session, before = new(table)
    assert session.change() == before
    assert session.change(minutes=4, said="Quickly, please.").messages[-2].text == "Quickly, please."


def test_the_change_is_told_in_the_language_of_the_person(table: Path) -> None:
    session = Session.open(kept=False)
    session.attach(table)
    assert session.send("Sage bitte die Spalte delivery für neue Zeilen voraus").workspace.task.language == "de"
    assert session.change(minutes=4).messages[-2].text == "Höchstens 4 Minuten."


def test_the_conversation_holds_the_calls_of_the_change(table: Path) -> None:
    session, _ = new(table)
    state = session.change(task={"target": "courier"})
    assert set(state.answers) == {"record_task", "propose_plan"}
    assert json.dumps(state.answers["propose_plan"]["plan_hash"]) == f'"{state.card}"'
