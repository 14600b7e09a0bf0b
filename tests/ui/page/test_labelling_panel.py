from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_runs import HARMFUL, comments

from agent.session import Session
from ui.page.labelling import roughness, row

WORDS = "sort the comments into praise, complaint, question"


@pytest.fixture
def unlabelled(tmp_path: Path) -> Session:
    """A conversation with a plan that waits, and no labelled row."""
    session = Session.open()
    session.attach(comments(tmp_path / "comments.csv"))
    assert session.send(WORDS).card is not None
    return session


@pytest.fixture
def labelling(unlabelled: Session) -> Session:
    """The same with its card open."""
    unlabelled.ask_for_labels()
    return unlabelled


def press(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name).click().run()


def test_a_plan_that_could_not_be_measured_offers_to_label_rows(
    unlabelled: Session, panel: Any, ended: Any, shown: Any
) -> None:
    page = panel("labelling", unlabelled)
    assert "Nothing can be measured yet: no row has a label." in shown(page)
    press(page, "Label rows")
    assert ended(unlabelled).problem is None
    assert unlabelled.state().labelling is not None


def test_a_plan_with_test_rows_offers_nothing(planned: Session, panel: Any, shown: Any) -> None:
    assert shown(panel("labelling", planned)) == ""


def test_a_row_at_a_time_with_a_key_a_label(labelling: Session, panel: Any, shown: Any) -> None:
    page, desk = panel("labelling", labelling), labelling.labelling()
    assert desk is not None
    assert "Row 1 of 30" in shown(page)
    keys = {one.label: one.proto.shortcut for one in page.button}
    assert keys["praise"] == "1"
    assert (keys["complaint"], keys["question"], keys["Skip"], keys["Undo"]) == ("2", "3", "s", "u")
    page = press(page, "praise")
    page = press(page, "Skip")
    page = press(page, "question")
    assert "Row 4 of 30" in shown(page)
    assert "2 labelled. So many tell the share of right answers within about ±41 points: very rough." in shown(page)
    rows = list(desk.rows)
    found = labelling.labelling()
    assert found is not None
    assert (found.given, found.skipped) == ({rows[0]: "praise", rows[2]: "question"}, [rows[1]])
    page = press(press(page, "Undo"), "Undo")
    assert "Row 2 of 30" in shown(page)
    again = panel("labelling", Session.open(labelling.conversation))
    assert "Row 2 of 30" in shown(again), "a reload goes on where it was"


def test_labels_are_handed_in_and_a_plan_comes_of_it(labelling: Session, panel: Any, ended: Any) -> None:
    page = panel("labelling", labelling)
    for name in ("praise", "complaint", "question"):
        page = press(page, name)
    press(page, "Use these 3 labels")
    assert ended(labelling).problem is None
    state = labelling.state()
    assert state.labelling is None
    assert state.plan is not None
    assert state.plan.test_rows == 3


def test_all_rows_through_leaves_handing_in_and_undoing(labelling: Session, panel: Any, shown: Any) -> None:
    desk = labelling.labelling()
    assert desk is not None
    for one in desk.rows:
        labelling.draft(one, "praise")
    page = panel("labelling", labelling)
    assert "All rows are through" in shown(page)
    assert [one.label for one in page.button] == ["Undo", "Put away", "Use these 30 labels"]


def test_of_many_labels_the_first_nine_have_keys_and_all_can_be_searched(tmp_path: Path, panel: Any) -> None:
    session = Session.open()
    session.attach(comments(tmp_path / "comments.csv"))
    names = [f"topic {number}" for number in range(12)]
    session.send(f"sort the comments into {', '.join(names)}")
    session.ask_for_labels()
    page = panel("labelling", session)
    assert [one.label for one in page.button if one.proto.shortcut.isdigit()] == names[:9]
    page.selectbox[0].set_value("topic 11").run()
    desk = session.labelling()
    assert desk is not None
    assert list(desk.given.values()) == ["topic 11"]


def test_several_labels_are_switched_on_and_given_together(
    labelling: Session, panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.core.task import Label
    from tools.workspace import Workspace

    task = labelling.state().workspace.task
    several = task.model_copy(
        update={"kind": "multilabel-text-classification", "labels": [Label(name=n) for n in task.label_names]}
    )
    real = vars(Session)["_workspace"].fget

    def with_several(session: Session) -> Workspace:
        workspace: Workspace = real(session)
        return workspace.model_copy(update={"task": several})

    monkeypatch.setattr(Session, "_workspace", property(with_several))
    page = panel("labelling", labelling)
    page = press(press(press(page, "question"), "praise"), "complaint")
    page = press(page, "complaint")
    press(press(page, "Next row"), "None applies")
    desk = labelling.labelling()
    assert desk is not None
    assert [json.loads(label) for label in desk.given.values()] == [["praise", "question"], []]


def test_a_row_stands_as_text_whatever_is_in_it() -> None:
    text = str(row({"comment": HARMFUL}))
    assert "<img" not in text
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in text
    assert "**b**" in text
    long = str(row({"a": "x" * 900, "b": None}))
    assert "<details>" in long
    assert "–" in long


@pytest.mark.parametrize(
    ("rows", "points", "word"), [(0, None, "A random sample"), (12, 24.6, "rough"), (60, 12.2, "rough"), (400, 4.9, "good")]
)
def test_how_rough_an_answer_is_is_said(rows: int, points: float | None, word: str) -> None:
    assert word in roughness(rows, points)
