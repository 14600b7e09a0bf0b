"""What language models as brains are sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chat_server import call
from chat_wire import Said
from good_brain import BRAIN, Answers, Serve, bodies, good
from mails import CANARY

from agent import outgoing
from agent.brains import Choice
from agent.session import Session

SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"


def test_no_cell_value_is_sent_to_a_remote_model(served: Serve, remote: None, mails: Path) -> None:
    server = served(good)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    for words in ("sort new mails by team", "why?", "predict something else", "the team column"):
        session.send(words)
    assert len(server.requests) > 4
    assert CANARY not in bodies(server).lower()
    assert "parcel" not in bodies(server)
    assert '"message' in bodies(server)


def test_nothing_of_the_data_is_sent_after_the_model_failed(served: Serve, remote: None, mails: Path) -> None:
    failing = True
    server = served(lambda request: Said(status=401) if failing else "I see.")
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    session.send("sort new mails by team")  # the built-in brain answers, and quotes the data
    failing = False
    assert session.send("what is recall?").reply == "I see."
    assert CANARY not in bodies(server).lower()


def test_errors_are_sent_without_values(served: Serve, remote: None, mails: Path) -> None:
    answers: Answers = iter(
        [call("record_task", patch={"target": "team", "labels": [{"name": "bills"}]}), "Please tell me the groups."]
    )
    server = served(lambda request: next(answers))
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    session.send("sort new mails by team")
    assert "labels that occur in team" in server.requests[1]["messages"][-1]["content"]
    assert CANARY not in bodies(server).lower()


def test_pasted_rows_stay_here(served: Serve, remote: None) -> None:
    server = served(lambda request: "I see.")
    pasted = "\n".join(f"where is my {CANARY} order {i} -> shipping\nrefund the {CANARY} fee {i} -> billing" for i in range(4))
    session = Session.open(kept=False, brain=BRAIN)
    state = session.send(f"sort mails like these:\n{pasted}")
    assert CANARY not in bodies(server)
    assert "8 pasted lines of data" in bodies(server)
    assert state.workspace.task.label_names == ["shipping", "billing"]


def test_samples_are_sent_once_they_are_allowed_and_secrets_in_them_are_masked(
    served: Serve, remote: None, tmp_path: Path
) -> None:
    path = tmp_path / "notes.csv"
    note = f"{CANARY} key {SECRET} mail jane.doe@example.com"
    path.write_text("note,team\n" + "".join(f"{note},{'ab'[i % 2]}\n" for i in range(40)))
    server = served(lambda request: "I see.")
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(path)
    session.allow_samples(True)
    session.send("hello")
    assert CANARY in bodies(server)
    assert SECRET not in bodies(server)
    assert "jane.doe@example.com" not in bodies(server)


def test_secrets_in_the_persons_words_are_masked(served: Serve) -> None:
    server = served(lambda request: "I see.")
    Session.open(kept=False, brain=BRAIN).send(f"my key is {SECRET}, sort mails for jane.doe@example.com")
    assert SECRET not in bodies(server)
    assert "jane.doe@example.com" not in bodies(server)


@pytest.mark.parametrize("far", [True, False])
def test_what_can_be_looked_at_is_what_is_sent(served: Serve, mails: Path, request: pytest.FixtureRequest, far: bool) -> None:
    if far:
        request.getfixturevalue("remote")
    server = served(good)
    session = Session.open(kept=False, brain=BRAIN)
    session.attach(mails)
    for words in ("sort new mails by team", "is it dear?"):
        shown, before = json.loads(session.outgoing(words)), len(server.requests)
        session.send(words)
        assert server.requests[before] == shown


def test_the_built_in_brain_sends_nothing() -> None:
    assert outgoing.payload({"workspace": {"key": "k"}}, "hello", Choice("builtin", None, "")) == ""
