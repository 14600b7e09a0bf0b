from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.session import Session
from tools.jobs import journal, lock, runner
from tools.jobs.run import Run


@pytest.fixture
def started(planned: Session, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, Run, journal.Journal]:
    """A run that was approved; its worker is this test, which writes the journal."""
    monkeypatch.setattr(runner, "_launch", lambda run, keys: True)
    run_id = planned.decide(str(planned.state().card), approve=True).run_id
    run = runner.find(str(run_id))
    return planned, run, journal.Journal(run.folder)


@pytest.fixture
def at_work(started: tuple[Session, Run, journal.Journal]) -> Iterator[tuple[Session, Run, journal.Journal]]:
    """The same, with the worker's lock held: the run goes on."""
    held = lock.take(started[1].folder)
    assert held is not None
    yield started
    lock.release(held)


def labels(page: Any) -> list[str]:
    return [one.label for one in page.button]


def press(page: Any, name: str) -> Any:
    return next(one for one in page.button if one.label == name).click().run()


def test_each_candidate_has_a_bar_its_phase_and_the_time_that_is_left(at_work: Any, panel: Any, shown: Any) -> None:
    session, run, worker = at_work
    name, title = run.building[1].name, run.building[1].title
    worker.write("candidate-started", name=name, title=title, estimate_minutes=1, limit_minutes=1)
    worker.write("progress", name=name, fraction=0.42, phase="fitting <b>fold</b> 2", left_seconds=130.0)
    page = panel("progress", session)
    assert not page.exception
    text = shown(page)
    assert f"Building: {title}" in text
    assert "about 2 min left" in text
    assert 'aria-valuenow="42"' in text
    assert "width:42%" in text
    assert "Fitting &lt;b&gt;fold&lt;/b&gt; 2" in text
    assert text.count("ft-step-waiting") == len(run.building) - 1
    assert labels(page) == ["Stop now, keep the best", "Cancel"]


def test_the_log_is_read_only_when_it_is_unfolded_and_stands_as_text(at_work: Any, panel: Any) -> None:
    session, run, worker = at_work
    name = run.building[0].name
    worker.write("candidate-started", name=name, title="t", estimate_minutes=1, limit_minutes=1)
    folder = run.candidate(name)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("epoch 1 <script>alert(1)</script>\n")
    page = panel("progress", session)
    assert [block.value for block in page.code] == []
    page.session_state[f"log-{name}"] = True
    page.run()
    assert [block.value for block in page.code] == ["epoch 1 <script>alert(1)</script>"]


def test_cancelling_asks_once(at_work: Any, panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, run, _ = at_work
    asked: list[str] = []
    monkeypatch.setattr(runner, "cancel", lambda run_id: asked.append(run_id))
    page = press(panel("progress", session), "Cancel")
    assert labels(page) == ["Yes, cancel it", "No, go on"]
    page = press(page, "No, go on")
    assert (labels(page), asked) == (["Stop now, keep the best", "Cancel"], [])
    press(press(page, "Cancel"), "Yes, cancel it")
    assert asked == [run.id]


def test_stopping_is_said_and_cannot_be_asked_twice(at_work: Any, panel: Any, shown: Any) -> None:
    session, run, worker = at_work
    worker.write("candidate-started", name=run.building[0].name, title="t", estimate_minutes=1, limit_minutes=1)
    page = press(panel("progress", session), "Stop now, keep the best")
    assert run.requested == "stop"
    assert "Stopping: what is finished is compared, packed and proved" in shown(page)
    assert [one.disabled for one in page.button] == [True, False]


def test_waiting_for_another_run_is_said(at_work: Any, panel: Any, shown: Any) -> None:
    session, _, worker = at_work
    worker.write("waiting", **{"for": "another run"})
    page = panel("progress", session)
    assert "Waiting for another run" in shown(page)
    assert "Yours starts by itself when it is over." in shown(page)


def test_an_interrupted_run_is_offered_to_go_on(started: Any, panel: Any, shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, run, worker = started
    worker.write("candidate-started", name=run.building[0].name, title="t", estimate_minutes=1, limit_minutes=1)
    page = panel("progress", session)
    assert "The run was interrupted" in shown(page)
    assert "ft-step-halted" in shown(page)
    resumed: list[str] = []
    monkeypatch.setattr(runner, "resume", lambda run_id: resumed.append(run_id))
    press(page, "Go on where it stopped")
    assert resumed == [run.id]


def test_an_end_without_results_tells_why_and_one_that_can_go_on_offers_it(started: Any, panel: Any, shown: Any) -> None:
    session, _, worker = started
    worker.write("run-finished", status="nothing-built", reason="no candidate could be built")
    page = panel("progress", session)
    assert "Nothing could be built" in shown(page)
    assert "no candidate could be built" in shown(page)
    assert labels(page) == []
    worker.write("resumed")
    worker.write("run-finished", status="cancelled", reason="cancelled by the person")
    assert labels(panel("progress", session)) == ["Go on where it stopped"]


def test_without_a_run_and_after_one_that_is_done_there_is_nothing(
    planned: Session, panel: Any, started: Any, shown: Any
) -> None:
    session, _, worker = started
    worker.write("run-finished", status="done", reason=None)
    assert shown(panel("progress", session)) == ""
