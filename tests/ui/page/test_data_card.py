from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.session import Session
from tools.core.data import ColumnProfile, FileProfile, Problem, Repair
from tools.core.task import TaskSpec
from ui.page import data_card


def test_columns_have_their_uses_and_a_shape(planned: Session, panel: Any, shown: Any) -> None:
    page = panel("data_card", planned)
    assert not page.exception
    uses = {one.label: one.value for one in page.selectbox}
    assert uses["Use of message"] == "input"
    assert uses["Use of team"] == "target"
    text = shown(page)
    assert "60 rows" in text
    assert 'class="ft-spark"' in text


def test_the_first_rows_are_text(planned: Session, panel: Any, shown: Any) -> None:
    text = shown(panel("data_card", planned))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text


def test_another_use_makes_a_new_plan(planned: Session, panel: Any, ended: Any) -> None:
    page, before = panel("data_card", planned), planned.state().card
    next(one for one in page.selectbox if one.label == "Use of code").set_value("group").run()
    assert ended(planned).problem is None
    state = planned.state()
    assert state.workspace.task.group_column == "code"
    assert state.card is not None
    assert state.card != before


def test_before_the_task_is_known_columns_are_only_shown(tickets: Path, panel: Any) -> None:
    session = Session.open()
    session.attach(tickets)
    session.send("hello")
    page = panel("data_card", session)
    assert not page.exception
    assert len(page.tabs) == 3


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, panel: Any, shown: Any) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    session = Session.open()
    session.attach(broken)
    session.send("sort these")
    page = panel("data_card", session)
    assert not page.exception
    assert "broken.xlsx" in shown(page)


def test_problems_stand_with_their_evidence() -> None:
    problem = Problem(code="leakage", message="`x` gives it away", evidence="<1.0>")
    text = data_card.known([problem], [Repair(code="other", message="a title row was left out")])
    assert "`x` gives it away" in text
    assert "&lt;1.0&gt;" in text
    assert "a title row was left out" in text
    assert "Nothing speaks against" in data_card.known([], [])


def test_a_wide_table_says_how_many_columns_are_not_shown() -> None:
    columns = [ColumnProfile(name=f"c{n}", role="number", dtype="f", rows=1, missing=0, unique=1) for n in range(100)]
    file = FileProfile(attachment="a", file="wide.csv", role="train", format="csv", columns=columns)
    assert "and 60 more columns" in data_card.first_rows(file, [{"c0": "1"}])


def test_the_use_of_a_column() -> None:
    task = TaskSpec(inputs=["a", "t"], target="b", group_column="g", time_column="t", excluded_columns=["x"])
    assert [data_card.use_of(name, task) for name in "abgtxz"] == ["input", "target", "group", "time", "excluded", "unused"]
