"""What a page shows of a run, from real small runs and from journals as a worker writes them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_runs import HARMFUL_LABEL, SmallRun, messages

from agent.desk.labelling import half_width
from agent.desk.progress import progress
from agent.session import Session
from tools.core.errors import BrainIsTold, DataError, PersonDecides
from tools.core.language_model import LanguageModel
from tools.jobs import journal, lock, runner
from tools.jobs.run import Run

Runs = Callable[[str], SmallRun]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Run]]:
    """A run whose worker is this test: it holds the lock and writes the journal."""
    monkeypatch.setattr(runner, "_launch", lambda run, keys: True)
    session = Session.open(kept=False)
    session.attach(messages(tmp_path / "messages.csv"))
    state = session.send("sort the messages by team")
    run_id = session.decide(str(state.card), approve=True).run_id
    run = runner.find(str(run_id))
    held = lock.take(run.folder)
    assert held is not None
    yield session, run
    lock.release(held)


def test_each_candidate_of_a_run_is_a_step_with_what_the_journal_said_last_of_it(started: tuple[Session, Run]) -> None:
    session, run = started
    first, second, *others = [candidate.name for candidate in run.building]
    worker = journal.Journal(run.folder)
    worker.write("run-started", pid=1, resumed=False)
    worker.write("candidate-started", name=first, title="a", estimate_minutes=1, limit_minutes=1)
    score = {"metric": "accuracy", "value": 0.5, "low": 0.4, "high": 0.6}
    worker.write(
        "candidate-finished", name=first, status="done", validation=score, fit_seconds=1.0, score_seconds=0.5, reason=None
    )
    worker.write("candidate-started", name=second, title="b", estimate_minutes=1, limit_minutes=1)
    worker.write("progress", name=second, fraction=0.25, phase="counting words", left_seconds=33.0)
    now = session.progress()
    assert now is not None
    assert (now.state, now.phase, now.left_seconds, now.requested) == ("running", "building", 33.0, None)
    assert [step.state for step in now.steps] == ["done", "building", *["waiting"] * len(others)]
    assert (now.steps[0].seconds, now.steps[0].score and now.steps[0].score.value) == (1.5, 0.5)
    assert (now.steps[1].fraction, now.steps[1].doing) == (0.25, "counting words")
    assert 0 < now.fraction < 1
    assert now.silent_seconds < 30


def test_waiting_for_another_run_stopping_and_a_worker_that_is_gone_are_told_apart(started: tuple[Session, Run]) -> None:
    session, run = started
    worker = journal.Journal(run.folder)
    worker.write("run-started", pid=1, resumed=False)
    worker.write("waiting", **{"for": "another run"})
    waiting = session.progress()
    assert waiting is not None
    assert waiting.state == "waiting"
    worker.write("preparing")
    session.stop()
    stopping = session.progress()
    assert stopping is not None
    assert (stopping.state, stopping.requested) == ("running", "stop")


def test_a_run_without_a_worker_is_interrupted_and_resuming_starts_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[str] = []

    def launch(run: Run, keys: object) -> bool:
        launched.append(run.id)
        return True

    monkeypatch.setattr(runner, "_launch", launch)
    session = Session.open(kept=False)
    session.attach(messages(tmp_path / "messages.csv"))
    state = session.send("sort the messages by team")
    run_id = str(session.decide(str(state.card), approve=True).run_id)
    assert progress(run_id).state == "interrupted"
    assert not progress(run_id).is_over
    session.resume()
    assert launched == [run_id, run_id]


def test_the_log_of_a_candidate_is_its_last_lines_and_nothing_outside_the_run(started: tuple[Session, Run]) -> None:
    session, run = started
    name = run.building[0].name
    assert session.log(name) == ""
    (run.folder / "candidates" / name).mkdir(parents=True)
    (run.folder / "candidates" / name / "log.txt").write_text("".join(f"line {number}\n" for number in range(500)))
    assert session.log(name).splitlines()[0] == "line 440"
    assert session.log(name).endswith("line 499")
    (run.folder / "log.txt").write_text("secret")
    assert session.log("..") == session.log("../..") == ""


def test_results_recommend_in_two_sentences_with_titles_and_stand_best_first(opened: Callable[[str], Session]) -> None:
    found = opened("messages").results()
    assert found is not None
    assert found.words.startswith("`Word and character counts with a linear model` is my choice: ")
    assert "Next comes `Always the most frequent class` with" in found.words
    assert (found.recommended, found.chosen, found.measured, found.higher) == (True, "tfidf-linear", "test", True)
    assert [(rival.name, rival.chosen, rival.trivial) for rival in found.rivals] == [
        ("tfidf-linear", True, False),
        ("majority", False, True),
    ]
    best = found.rivals[0]
    assert best.score is not None
    assert best.score.low is not None
    assert best.score.high is not None
    assert best.score.low <= best.score.value <= best.score.high
    assert best.ready
    assert not found.rivals[1].ready
    assert found.unproved is None
    assert found.has_report


def test_the_chosen_candidate_closely_its_mistakes_quoted_as_they_stand(opened: Callable[[str], Session]) -> None:
    session = opened("messages")
    close = session.closeup("tfidf-linear")
    assert close is not None
    assert close.classes is not None
    assert sum(map(sum, close.classes.matrix)) == close.rows
    assert close.wrong == len(close.mistakes) == close.rows - sum(row.right for row in close.classes.classes)
    assert close.wrong > 0
    sure = [mistake.confidence for mistake in close.mistakes]
    assert sure == sorted(sure, key=lambda one: -(one or 0.0))
    assert all(mistake.truth != mistake.answer for mistake in close.mistakes)
    assert all("@example.org" in dict(mistake.quoted)["message"] for mistake in close.mistakes)
    assert HARMFUL_LABEL in {name for mistake in close.mistakes for name in (mistake.truth, mistake.answer)}
    assert session.closeup("../majority") is None
    assert session.closeup("no-such") is None


def test_numbers_have_points_and_the_farthest_rows_and_less_is_better(opened: Callable[[str], Session]) -> None:
    session = opened("houses")
    found, close = session.results(), session.closeup("linear")
    assert found is not None
    assert (found.metric, found.higher, found.target) == ("RMSE", False, "price")
    assert close is not None
    assert close.numbers is not None
    assert len(close.points) == close.rows == found.rows
    errors = [abs(mistake.error or 0.0) for mistake in close.mistakes]
    assert errors == sorted(errors, reverse=True)


def test_without_labels_nothing_is_measured_and_that_is_said(opened: Callable[[str], Session]) -> None:
    session = opened("comments")
    found = session.results()
    assert found is not None
    assert (found.measured, found.rows, found.rivals[0].score) == (None, 0, None)
    assert (
        found.words == "`Label names against the text` is built. How good it is was not measured: there are no labelled rows."
    )
    assert session.closeup("zero-shot") is None


def test_a_form_has_a_field_an_input_with_choices_and_rows_that_were_not_learnt_from(opened: Callable[[str], Session]) -> None:
    session = opened("houses")
    form = session.try_form()
    assert [(field.name, field.kind) for field in form.fields] == [
        ("area", "number"),
        ("rooms", "number"),
        ("town", "category"),
    ]
    assert sorted(form.fields[2].choices) == ["Köln", "Oslo", "Paris"]
    assert (form.labels, form.several, form.asks) == ([], False, None)
    assert set(form.examples[0]) == {"area", "rooms", "town"}
    answer = session.try_rows([form.examples[0]])[0]
    assert answer["low"] < answer["prediction"] < answer["high"]


def test_any_finished_candidate_can_be_asked_and_no_other(opened: Callable[[str], Session]) -> None:
    session = opened("messages")
    rows: list[dict[str, Any]] = [{"message": "parcel late", "other": "x"}, {"message": None}]
    chosen, trivial = session.try_rows(rows), session.try_rows(rows, "majority")
    assert chosen[0]["prediction"] == "shipping"
    assert trivial[0] == trivial[1]
    assert {name for name in chosen[0] if name.startswith("probability:")} == {
        f"probability:{label}" for label in session.try_form().labels
    }
    with pytest.raises(BrainIsTold, match="Expected a finished candidate"):
        session.try_rows(rows, "../secret")


def test_a_file_is_answered_as_the_prototype_would(opened: Callable[[str], Session], tmp_path: Path) -> None:
    session = opened("messages")
    source, target = tmp_path / "new.csv", tmp_path / "answers.csv"
    source.write_text('number,message\n1,"parcel late, again"\n2,charged twice\n')
    assert session.try_file(source, target) == 2
    lines = target.read_text().splitlines()
    assert lines[0].startswith("number,message,prediction,probability,probability:")
    assert lines[1].startswith('1,"parcel late, again",shipping,')
    source.write_text("text\nhello\n")
    with pytest.raises(DataError) as refused:
        session.try_file(source, target)
    assert "message" in refused.value.expected
    assert str(source.parent) not in str(refused.value)


@pytest.mark.parametrize(
    ("price", "remote", "asks"), [(0.0, False, False), (0.0, True, True), (1.0, False, True), (None, False, True)]
)
def test_what_costs_money_or_leaves_the_machine_is_not_asked_before_the_person_allows_it(
    opened: Callable[[str], Session], price: float | None, remote: bool, asks: bool
) -> None:
    from tools.actions.answering import check_consent

    model = LanguageModel(
        kind="openai", name="big", base_url="http://x/v1", remote=remote, input_price=price, output_price=price
    )
    manifest = {"language_model": model.model_dump(mode="json")}
    workspace = opened("messages").state().workspace
    if not asks:
        check_consent(workspace, manifest, "tfidf-linear", 1)
        return
    with pytest.raises(PersonDecides) as refused:
        check_consent(workspace, manifest, "tfidf-linear", 3)
    assert refused.value.code == "needs-consent"
    assert refused.value.expected == "your yes to sending these 3 rows to big at http://x/v1"
    check_consent(workspace.model_copy(update={"paid_tries_allowed": True}), manifest, "tfidf-linear", 3)


def test_another_candidate_s_prototype_is_proved_before_it_is_handed_out(
    small_run: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_run("messages")
    made = replace(made, home=Path(shutil.copytree(made.home, tmp_path / "home")))
    monkeypatch.setenv("FASTTRACK_HOME", str(made.home))
    monkeypatch.setenv("FASTTRACK_OFFLINE", "1")
    session = Session.open(made.conversation)
    path = session.prototype("majority")
    assert path == made.home / "runs" / made.run_id / "exports" / "majority" / "prototype.zip"
    assert session.prototype() == made.home / "runs" / made.run_id / "prototype.zip"
    found = session.results()
    assert found is not None
    assert [rival.ready for rival in found.rivals] == [True, True]


def test_the_width_of_the_interval_shrinks_with_the_labels() -> None:
    assert half_width(0) is None
    widths = [half_width(rows) or 0.0 for rows in (1, 4, 12, 30, 100)]
    assert [round(width) for width in widths] == [45, 35, 25, 17, 10]
