"""A whole build with a language model, as brain and as a rung: real worker, real proof, an endpoint on loopback."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Said, call

from tools.llm import naming
from ui.cli import run

KEY = "sk-test-0123456789abcdefghij"
KINDS = (("lamp", "is broken", "complaint"), ("staff", "was kind", "praise"), ("view", "was lovely", "praise"))
TASK = ["--task", "sort these messages by kind", "--target", "kind", "--minutes", "3"]


def answer(request: dict[str, Any]) -> Said | str:
    """As a brain: records, plans, asks for approval. Asked about a row: the right label, from its last words."""
    last = request["messages"][-1]
    if not request.get("tools"):
        row = last["content"].rsplit("in room", 1)[-1]
        label = "complaint" if "broken" in row else "praise"
        return json.dumps({"answer": label}) if "response_format" in request else label
    calls = {one["id"]: one["function"]["name"] for message in request["messages"] for one in message.get("tool_calls") or []}
    name = calls.get(last.get("tool_call_id", ""))
    if name == "inspect_data":
        return call("record_task", patch={"kind": "text-classification", "target": "kind"})
    if name == "record_task":
        return call("propose_plan")
    if name == "propose_plan":
        found = re.search(r'"plan_hash": ?"([0-9a-f]+)"', last["content"])
        return Said(text="This is my plan.", calls=[("run_plan", {"plan_hash": found[1] if found else ""})])
    return "It is being built."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with ChatServer(answer, seconds=0.0) as server:
        monkeypatch.setenv("FASTTRACK_BASE_URL", server.url)
        monkeypatch.delenv("FASTTRACK_MODEL", raising=False)
        yield server


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "messages.csv"
    rows = [f"the {thing} in room {number} {what},{kind}" for number in range(20) for thing, what, kind in KINDS]
    path.write_text("message,kind\n" + "\n".join(rows) + "\n")
    return path


def test_prompting_is_built_measured_and_proved_and_the_key_lies_nowhere(
    server: ChatServer, messages: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.key = KEY
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    arguments = [str(messages), *TASK, "--brain", "openai:gpt-x", "--approaches", "prompting", "--yes", "--out", "here"]
    assert run(["build", *arguments, "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    results = {candidate["name"]: candidate for candidate in outcome["candidates"]}
    assert results["prompting"]["status"] == "done", results["prompting"]["reason"]
    assert results["prompting"]["test"]["value"] == 1.0
    assert (outcome["chosen"], outcome["recommended"]) == ("prompting", True)
    assert outcome["proof_seconds"] is not None
    with zipfile.ZipFile(outcome["prototype"]) as packed:
        assert not any(KEY.encode() in packed.read(name) for name in packed.namelist())
    assert [path for path in own_home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()] == []

    asked = len(server.requests)
    assert run(["resume", outcome["run_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chosen"] == "prompting"
    assert len(server.requests) == asked, "nothing is asked twice"


def test_a_remote_brain_that_was_only_set_up_is_not_asked_by_build_and_plan(
    server: ChatServer, messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = naming.language_model
    monkeypatch.setattr(naming, "language_model", lambda brain: real(brain).model_copy(update={"remote": True}))
    monkeypatch.setenv("FASTTRACK_MODEL", "openai:gpt-x")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("FASTTRACK_OFFLINE", raising=False)
    assert run(["plan", str(messages), *TASK, "--json"]) == 0
    printed = capsys.readouterr()
    plan = json.loads(printed.out)
    assert plan["status"] == "ready"
    assert "openai:gpt-x" in printed.err
    assert "waits for your yes" in printed.err
    prompting = next(entry for entry in [*plan["candidates"], *plan["not_possible"]] if entry["name"] == "prompting")
    assert not prompting.get("selected"), "what sends rows away is ticked only when it is asked for"
    assert run(["build", str(messages), *TASK, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "needs-approval"
    assert server.requests == []


def test_a_brain_that_only_chats_leaves_a_plan_all_the_same(
    server: ChatServer, messages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script = [Said(text="What a nice day to sort messages.", usage=(1000, 100))]
    monkeypatch.setenv("FASTTRACK_PRICES", "gpt-x=2/10")
    assert run(["plan", str(messages), *TASK, "--brain", "openai:gpt-x", "--approaches", "prompting", "--json"]) == 0
    printed = capsys.readouterr()
    plan = json.loads(printed.out)
    assert "1,000 tokens in, 100 out, $0.0030" in printed.err
    assert plan["status"] == "ready"
    assert {candidate["name"] for candidate in plan["candidates"] if candidate["selected"]} == {"majority", "prompting"}
