"""Labels by hand: kept row by row through reloads, checked, handed in as the locked test set."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import comments

from agent import conversations
from agent.session import Session
from tools.core.errors import PersonDecides, TaskError


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A conversation whose card is open: 30 rows, three labels."""
    session = Session.open()
    session.attach(comments(tmp_path / "comments.csv"))
    session.send("sort the comments into praise, complaint, question")
    assert session.ask_for_labels().labelling is not None
    return session


def test_the_card_opens_beside_a_plan_that_goes_on_waiting(session: Session) -> None:
    state = session.state()
    assert state.card is not None
    assert state.labelling is not None
    assert len(state.labelling.rows) == 30
    assert state.labelling.labels == ["praise", "complaint", "question"]


def test_what_was_given_survives_a_reload_and_is_taken_back_last_first(session: Session) -> None:
    desk = session.labelling()
    assert desk is not None
    first, second, third, *_ = desk.rows
    session.draft(first, "praise")
    session.draft(second, None)
    session.draft(third, "question")
    again = Session.open(session.conversation)
    found = again.labelling()
    assert found is not None
    assert (found.given, found.skipped, found.position) == ({first: "praise", third: "question"}, [second], 3)
    assert found.current == list(found.rows)[3]
    assert found.points is not None
    assert [again.undraft(), again.undraft()] == [third, second]
    left = session.labelling()
    assert left is not None
    assert (left.current, left.given) == (second, {first: "praise"})


def test_labels_handed_in_become_the_test_and_a_plan_that_measures_on_them(session: Session) -> None:
    desk = session.labelling()
    assert desk is not None
    for place, row in enumerate(list(desk.rows)[:12]):
        session.draft(row, desk.labels[place % 3])
    given = session.labelling()
    assert given is not None
    state = session.label(given.given)
    assert (state.error, state.labelling) == (None, None)
    assert state.card is not None
    assert state.plan is not None
    assert state.plan.test_rows == 12
    assert set(state.plan.attachments) == {"unlabelled", "test"}
    assert state.plan.task.label_names == ["praise", "complaint", "question"]
    assert session.ask_for_labels().labelling is not None
    empty = session.labelling()
    assert empty is not None
    assert empty.given == {}, "what was handed in is no draft any more"


@pytest.mark.parametrize(("row", "label", "found"), [(0, "boring", "boring"), (-1, "praise", "row -1, which is not on it")])
def test_a_label_or_a_row_that_is_not_on_the_card_is_refused(session: Session, row: int, label: str, found: str) -> None:
    desk = session.labelling()
    assert desk is not None
    at = next(iter(desk.rows)) if row == 0 else row
    for give in (lambda: session.draft(at, label), lambda: session.label({at: label})):
        with pytest.raises(TaskError) as refused:
            give()
        assert (refused.value.code, refused.value.found) == ("unknown-label", found)


def test_putting_the_card_away_keeps_what_was_given(session: Session) -> None:
    desk = session.labelling()
    assert desk is not None
    row = next(iter(desk.rows))
    session.draft(row, "praise")
    assert session.close_labelling().labelling is None
    assert session.labelling() is None
    with pytest.raises(PersonDecides):
        session.draft(row, "praise")
    session.ask_for_labels()
    again = session.labelling()
    assert again is not None
    assert again.given == {row: "praise"}


def test_drafts_go_with_their_conversation(session: Session) -> None:
    desk = session.labelling()
    assert desk is not None
    session.draft(next(iter(desk.rows)), "praise")
    conversations.delete(session.conversation)
    with conversations.opened() as database:
        assert database is not None
        assert database.execute("SELECT count(*) FROM drafts").fetchone() == (0,)


def test_a_conversation_that_is_not_kept_drafts_in_memory(tmp_path: Path, own_home: Path) -> None:
    session = Session.open(kept=False)
    session.attach(comments(tmp_path / "comments.csv"))
    session.send("sort the comments into praise, complaint, question")
    session.ask_for_labels()
    desk = session.labelling()
    assert desk is not None
    session.draft(next(iter(desk.rows)), "praise")
    given = session.labelling()
    assert given is not None
    assert list(given.given.values()) == ["praise"]
    assert session.undraft() == next(iter(desk.rows))
    assert session.undraft() is None
    assert not (own_home / "conversations.sqlite").exists()
