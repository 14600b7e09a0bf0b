"""A conversation from outside, with the built-in brain and real data; runs are not really built here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.conversations import recent
from agent.session import Session
from agent.view import SessionState
from tools.core.errors import PersonDecides, TaskError
from tools.core.plan import Plan
from tools.jobs.status import RunStatus
from tools.overrides import Overrides

WORDS = "predict delivery"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{i % 50},{(i * 7) % 13},{'late' if i % 50 > 25 else 'in time'},{'ab'[i % 2]}\n" for i in range(120))
    path.write_text("weight,stops,delivery,courier\n" + rows)
    return path


@pytest.fixture
def planned(table: Path) -> tuple[Session, SessionState]:
    """A conversation whose plan waits for approval."""
    session = Session.open()
    session.attach(table)
    state = session.send(WORDS)
    assert state.card is not None, state.reply
    return session, state


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs that a worker would build: what was started, and a state to be set by the test."""
    from tools.jobs import runner

    seen: dict[str, Any] = {"started": [], "state": "running"}

    def start(plan: Plan, approval: dict[str, Any], key: str, **more: Any) -> str:
        seen["started"].append((plan.hash, approval["plan_hash"]))
        return runner.run_id(key, plan)

    monkeypatch.setattr(runner, "start", start)
    monkeypatch.setattr(runner, "status", lambda run_id: RunStatus(run_id=run_id, state=seen["state"]))
    return seen


def test_a_plan_is_approved_by_its_hash_and_the_same_approval_gives_the_same_run(
    planned: tuple[Session, SessionState], runs: dict[str, Any]
) -> None:
    session, state = planned
    card = str(state.card)
    first = session.decide(card, approve=True)
    second = session.decide(card, approve=True)
    assert first.run_id is not None
    assert first.run_id == second.run_id
    assert runs["started"] == [(card, card)]


def test_thanks_while_it_is_built_opens_no_card_again(planned: tuple[Session, SessionState], runs: dict[str, Any]) -> None:
    session, state = planned
    session.decide(str(state.card), approve=True)
    assert session.send("thanks!").card is None
    assert session.send("how is it going?").card is None
    assert len(runs["started"]) == 1


def test_another_hash_decides_nothing(planned: tuple[Session, SessionState], runs: dict[str, Any]) -> None:
    session, state = planned
    with pytest.raises(PersonDecides) as refused:
        session.decide("0123456789abcdef", approve=True)
    assert refused.value.code == "stale-approval"
    assert session.state().card == state.card
    assert runs["started"] == []


@pytest.mark.parametrize("words", ["ok approve it", "yes", "I approve the plan, run_plan now", "einverstanden, leg los"])
def test_no_message_approves(planned: tuple[Session, SessionState], runs: dict[str, Any], words: str) -> None:
    session, _ = planned
    state = session.send(words)
    assert runs["started"] == []
    assert state.run_id is None
    assert state.card is not None or state.reply


def test_words_while_a_plan_waits_are_heard_and_the_old_card_is_gone(
    planned: tuple[Session, SessionState], runs: dict[str, Any]
) -> None:
    session, before = planned
    after = session.send("no, predict courier instead")
    assert after.workspace.task.target == "courier"
    assert after.card is not None
    assert after.card != before.card
    assert [message.text for message in after.messages if message.role == "person"] == [WORDS, "no, predict courier instead"]
    with pytest.raises(PersonDecides):
        session.decide(str(before.card), approve=True)


def test_turning_a_plan_down_starts_nothing_and_asks_what_should_change(
    planned: tuple[Session, SessionState], runs: dict[str, Any]
) -> None:
    session, state = planned
    after = session.decide(str(state.card), approve=False)
    assert (after.card, after.run_id, runs["started"]) == (None, None, [])
    assert after.reply != state.reply


def test_coming_back_finds_everything_where_it_was(planned: tuple[Session, SessionState], runs: dict[str, Any]) -> None:
    session, state = planned
    again = Session.open(session.conversation)
    assert recent()[0] == session.conversation
    assert again.state() == state
    assert again.decide(str(state.card), approve=True).run_id is not None


def test_a_kill_in_the_middle_of_a_tool_leaves_a_conversation_that_goes_on(planned: tuple[Session, SessionState]) -> None:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    session = Session.open()
    session.send("hello")
    call = {"name": "inspect_data", "args": {}, "id": "call-killed"}
    killed = {"messages": [HumanMessage("look"), AIMessage("", tool_calls=[call])]}
    session._thread.graph(session._choice).update_state(session._thread.config, killed, as_node="model")
    again = Session.open(session.conversation)
    state = again.send("hello?")
    assert state.reply
    answers = [message for message in again._thread.values["messages"] if isinstance(message, ToolMessage)]
    assert "call-killed" in {message.tool_call_id for message in answers}


def test_the_end_of_a_run_is_told_once(
    planned: tuple[Session, SessionState], runs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.core.errors import NothingBuilt
    from tools.jobs import runner

    def outcome(run_id: str) -> dict[str, Any]:
        raise NothingBuilt(expected="a candidate", found="linear: out of memory", remedy="Give fewer rows.")

    monkeypatch.setattr(runner, "outcome", outcome)
    session, state = planned
    during = session.decide(str(state.card), approve=True)
    assert "out of memory" not in during.reply
    runs["state"] = "nothing-built"
    ended = session.state()
    assert "out of memory" in ended.reply
    assert len(session.state().messages) == len(ended.messages) == len(during.messages) + 1


def test_a_run_that_ends_again_is_told_again(
    planned: tuple[Session, SessionState], runs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.core.errors import Interrupted, NothingBuilt
    from tools.jobs import runner

    ends: list[Exception] = [
        Interrupted(expected="a finished run", found="that it was cancelled", remedy="Resume it."),
        NothingBuilt(expected="a candidate", found="linear: out of memory", remedy="Give fewer rows."),
    ]

    def outcome(run_id: str) -> dict[str, Any]:
        raise ends[0]

    monkeypatch.setattr(runner, "outcome", outcome)
    session, state = planned
    session.decide(str(state.card), approve=True)
    runs["state"] = "cancelled"
    assert "it was cancelled" in session.state().reply
    runs["state"] = "running"  # resumed, and nobody looked while it ran
    ends.pop(0)
    runs["state"] = "nothing-built"
    told = session.state()
    assert "out of memory" in told.reply
    assert session.state().messages == told.messages


def test_a_kill_between_a_plan_and_its_card_shows_the_card_again(planned: tuple[Session, SessionState]) -> None:
    session, state = planned
    thread = session._thread
    thread.graph(thread.builtin).update_state(thread.config, {"asked": None}, as_node="model")  # as a kill leaves it
    assert thread.waiting == []
    assert Session.open(session.conversation).state().card == state.card


def test_two_calls_for_one_plan_get_two_decisions_and_one_run(
    planned: tuple[Session, SessionState], runs: dict[str, Any]
) -> None:
    from langchain_core.messages import AIMessage

    session, state = planned
    card = str(state.card)
    calls = [{"name": "run_plan", "args": {"plan_hash": hash}, "id": f"call-{hash}"} for hash in ("0123456789abcdef", card)]
    answers = session._thread.open_calls("superseded")
    session._thread.put({"messages": [*answers, AIMessage("both", tool_calls=calls)]})
    assert len(session._thread.waiting) == 2
    assert session.state().card == card
    assert session.decide(card, approve=True).run_id is not None
    assert runs["started"] == [(card, card)]


@pytest.mark.parametrize("arguments", [{}, {"plan_hash": None}, {"plan_hash": "0123456789abcdef"}, {"plan": 1}])
def test_a_call_for_no_plan_at_all_is_no_card_and_the_next_words_go_on(
    planned: tuple[Session, SessionState], runs: dict[str, Any], arguments: dict[str, Any]
) -> None:
    from langchain_core.messages import AIMessage

    session, state = planned
    call = {"name": "run_plan", "args": arguments, "id": "call-odd"}
    session._thread.put({"messages": [*session._thread.open_calls("superseded"), AIMessage("run!", tool_calls=[call])]})
    assert session.state().card is None
    with pytest.raises(PersonDecides):
        session.decide(str(state.card), approve=True)
    assert session.send("only majority").card is not None
    assert runs["started"] == []


def test_the_limits_of_the_settings_hold_until_words_say_otherwise(table: Path) -> None:
    from tools import settings

    settings.save(settings.Settings(minutes=7, dollars=0.5))
    session = Session.open(kept=False)
    session.attach(table)
    plan = session.send(WORDS).plan
    assert plan is not None
    assert (plan.budget.minutes, plan.budget.dollars) == (7, 0.5)
    said = session.send("it may take 4 minutes at most").plan
    assert said is not None
    assert said.budget.minutes == 4


def test_a_conversation_that_is_not_there_is_refused() -> None:
    with pytest.raises(TaskError) as refused:
        Session.open("nowhere")
    assert refused.value.code == "unknown-conversation"


def test_one_that_is_not_kept_leaves_nothing_behind(table: Path, own_home: Path) -> None:
    session = Session.open(kept=False)
    session.attach(table)
    assert session.send(WORDS).card is not None
    assert not (own_home / "conversations.sqlite").exists()


def test_what_options_fix_is_never_overruled_by_words(table: Path) -> None:
    session = Session.open(overrides=Overrides(target="courier", priority="cost"), kept=False)
    session.attach(table)
    task = session.send("predict delivery as well as you can").workspace.task
    assert (task.target, task.constraints.priority) == ("courier", "cost")


def test_pasted_examples_become_an_attachment() -> None:
    pasted = ["pot had a crack -> broken", "leaves went brown -> dead", "split handle -> broken", "it died -> dead"]
    state = Session.open(kept=False).send("\n".join(["sort my notes like this:", *pasted]))
    assert [attachment.name for attachment in state.workspace.attachments] == ["pasted_in_chat.jsonl"]
    assert set(state.workspace.task.label_names) == {"broken", "dead"}
    assert state.profile.files[0].rows == 4


@pytest.fixture
def labelling(tmp_path: Path) -> tuple[Session, SessionState]:
    """A conversation with a labelling card: messages without labels, and two groups."""
    path = tmp_path / "messages.csv"
    texts = [
        f"the {thing} in room {n} {what}" for n in range(20) for thing, what in (("lamp", "is broken"), ("staff", "was kind"))
    ]
    path.write_text("message\n" + "\n".join(texts) + "\n")
    session = Session.open(kept=False, overrides=Overrides(labels=["praise", "complaint"]))
    session.attach(path)
    session.send("sort these guest messages into praise and complaint")
    return session, session.send("/label")


def test_labels_by_the_person_become_the_locked_test_set(labelling: tuple[Session, SessionState]) -> None:
    session, state = labelling
    assert state.labelling is not None, state.reply
    rows = state.labelling.rows
    assert len(rows) == 30
    answers = {row: "praise" if "kind" in shown["message"] else "complaint" for row, shown in rows.items()}
    after = session.label(answers)
    assert after.labelling is None
    assert after.plan is not None, after.reply
    assert after.plan.test_rows == 30
    assert set(after.plan.attachments) == {"unlabelled", "test"}


@pytest.mark.parametrize("labels", [{}, {999: "praise"}, "strange"])
def test_labels_that_do_not_fit_the_card_are_refused(labelling: tuple[Session, SessionState], labels: Any) -> None:
    session, state = labelling
    assert state.labelling is not None
    given = {next(iter(state.labelling.rows)): "boring"} if labels == "strange" else labels
    with pytest.raises(TaskError):
        session.label(given)
