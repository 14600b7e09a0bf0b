"""The scripts of a prototype that asks a language model, at an endpoint that answers, refuses, or fails half way."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asked_runs
import pytest
from chat_server import ChatServer, Said

from tools.core.language_model import LanguageModel
from tools.export import packing
from tools.export.exporter import export

KEY = "sk-of-this-test-0123456789abcdefghijklmn"
Scripts = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The zip of a prototype for mails; its endpoint is gone, and its model costs money."""
    place = tmp_path_factory.mktemp("scripts")
    with ChatServer(asked_runs.knowing, key=KEY) as server:
        model = LanguageModel(kind="openai", name="small-model", base_url=server.url, input_price=0.15, output_price=0.6)
        run = asked_runs.build(place, "mails", model, KEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROMPT_CACHE", str(place / "answers.sqlite"))
        return export(run, place)


@pytest.fixture(autouse=True)
def home_of_the_runs(shared_cache: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run outlives a test; and no key is there."""
    monkeypatch.setenv("FASTTRACK_HOME", str(shared_cache / "home-of-session-fixtures"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    return packing.unpack(exported, tmp_path / "unzipped")


@pytest.fixture
def script(folder: Path) -> Scripts:
    """script("predict.py", source, ..., PROMPT_BASE_URL=url): as a person runs it."""

    def run(*command: object, **variables: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, *map(str, command)]
        known = {**os.environ, "FASTTRACK_OFFLINE": "0", **variables}
        return subprocess.run(whole, cwd=folder, env=known, capture_output=True, text=True, check=False, timeout=120)

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_big_file_is_answered_in_order_many_at_a_time_and_a_repeat_asks_nothing(script: Scripts, tmp_path: Path) -> None:
    source, output = asked_runs.write(tmp_path / "in.csv", "mails", rows=450, seed=7), tmp_path / "out.csv"
    with ChatServer(asked_runs.knowing, seconds=0.02, key=KEY) as server:
        known = {"PROMPT_BASE_URL": server.url, "OPENAI_API_KEY": KEY, "PROMPT_CACHE": str(tmp_path / "kept.sqlite")}
        done = script("predict.py", source, "-o", output, **known)
        assert (done.returncode, done.stderr) == (0, f"450 rows answered in {output}\n")
        assert len(server.requests) == 450
        assert server.busiest >= 4
        assert KEY not in "".join(path.read_text("latin-1") for path in tmp_path.glob("kept.sqlite*"))
        first = rows_of(output)
        assert [row["message"] for row in first] == [row["message"] for row in rows_of(source)]
        assert [row["prediction"] for row in first] == [row["team"] for row in first]
        assert script("predict.py", source, "-o", output, **known).returncode == 0
        assert len(server.requests) == 450
    assert rows_of(output) == first


def test_rows_without_an_answer_stay_empty_and_are_counted(script: Scripts, tmp_path: Path) -> None:
    def mostly(request: dict[str, Any]) -> str:
        return "I would rather not say." if "order 3" in str(request["messages"]) else asked_runs.knowing(request)

    source, output = asked_runs.write(tmp_path / "in.csv", "mails", rows=12), tmp_path / "out.jsonl"
    with ChatServer(mostly) as server:
        done = script("predict.py", source, "-o", output, PROMPT_BASE_URL=server.url)
    assert done.returncode == 3
    assert done.stderr.startswith(f"1 of 12 rows have no answer in {output}: ")
    assert done.stderr.count("\n") == 1
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [at for at, row in enumerate(rows) if row["prediction"] is None] == [3]
    assert set(rows[3]) == {"message", "team", "prediction", "probability"}


def test_what_was_answered_is_kept_when_the_endpoint_fails_half_way(script: Scripts, tmp_path: Path) -> None:
    asked = 0

    def for_a_while(request: dict[str, Any]) -> str | Said:
        nonlocal asked
        asked += 1
        return asked_runs.knowing(request) if asked <= 250 else Said(status=401, body={"error": {"message": "expired"}})

    source, output = asked_runs.write(tmp_path / "in.csv", "mails", rows=450), tmp_path / "out.csv"
    with ChatServer(for_a_while) as server:
        done = script("predict.py", source, "-o", output, PROMPT_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"250 of 450 rows have no answer in {output}: Expected a key that {server.url} accepts")
    assert "Traceback" not in done.stderr
    assert KEY not in done.stderr
    assert [bool(row["prediction"]) for row in rows_of(output)] == [True] * 200 + [False] * 250


@pytest.mark.parametrize(
    ("url", "key", "message"),
    [
        (
            "https://api.example.com/v1",
            "",
            "Expected a key for https://api.example.com/v1 in the environment variable OPENAI_API_KEY. Found none. ",
        ),
        (
            "SERVER",
            "sk-wrong",
            "Expected a key that SERVER accepts, in OPENAI_API_KEY. Found a key that was refused (status 401",
        ),
    ],
)
def test_no_key_or_a_wrong_key_is_one_message(url: str, key: str, message: str, script: Scripts, tmp_path: Path) -> None:
    source = asked_runs.write(tmp_path / "in.csv", "mails", rows=3)
    with ChatServer(asked_runs.knowing, key=KEY) as server:
        known = {"PROMPT_BASE_URL": url.replace("SERVER", server.url), "OPENAI_API_KEY": key}
        done = script("predict.py", source, "-o", tmp_path / "out.csv", **known)
        message = message.replace("SERVER", server.url)
    assert done.returncode == 2
    assert done.stderr.startswith(message), done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*out.csv*"))


def labelled(path: Path, rows: int = 100) -> Path:
    """Mails that are sorted right, and some of a new team."""
    asked_runs.write(path, "mails", rows=rows, seed=3)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[f"interview about {number}", "press"] for number in range(20)])
    return path


def test_retraining_says_what_it_costs_and_asks_nothing_without_a_yes(script: Scripts, tmp_path: Path, folder: Path) -> None:
    with ChatServer(asked_runs.knowing) as server:
        done = script("retrain.py", labelled(tmp_path / "new.csv"), PROMPT_BASE_URL=server.url)
        assert server.requests == []
    assert done.returncode == 2
    assert "held back to compare both models." in done.stderr
    assert f"To compare, small-model at {server.url} is asked 48 questions for about $0.0" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "Expected a yes before it is asked. Found nobody at the terminal. Run it again with --yes."
    )
    assert not (folder / "model-new").exists()


def test_new_rows_join_the_examples_and_a_new_label_the_prompt(script: Scripts, tmp_path: Path, folder: Path) -> None:
    def press_too(request: dict[str, Any]) -> str:
        row = str(request["messages"][-1]["content"]).rpartition("Now this one:")[2]
        labels = request["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"]
        return json.dumps({"answer": "press"}) if "interview" in row and "press" in labels else asked_runs.knowing(request)

    with ChatServer(press_too) as server:
        known = {"PROMPT_BASE_URL": server.url}
        done = script("retrain.py", labelled(tmp_path / "new.csv"), "--yes", **known)
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 48  # both prompts, each row once
        new = folder / "model-new"
        assert "- login\n- press\n" in (new / "prompt" / "system.md").read_text(encoding="utf-8")
        examples = [json.loads(line) for line in (new / "examples.jsonl").read_text(encoding="utf-8").splitlines()]
        assert {one["answer"] for one in examples} == {"billing", "login", "press"}
        assert json.loads((new / "manifest.json").read_text(encoding="utf-8"))["examples"] >= 4
        source = tmp_path / "ask.csv"
        source.write_text("message\ninterview about 9\n", encoding="utf-8")
        done = script("predict.py", source, "-o", tmp_path / "out.csv", "--model", new, **known)
        assert done.returncode == 0, done.stderr
        assert "interview about" in server.requests[-1]["messages"][-1]["content"].rpartition("Now this one:")[0]
    assert rows_of(tmp_path / "out.csv")[0]["prediction"] == "press"


APP = """
import json
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception
app.text_area[0].set_value("Grüße, my card was declined")
app.button[0].click().run()
assert not app.exception, app.exception
said = {"note": [one.value for one in [*app.info, *app.warning]], "said": [one.value for one in app.success]}
print(json.dumps({**said, "failed": [one.value for one in app.error]}))
"""


def test_the_app_says_whom_it_asks_and_what_that_costs(script: Scripts) -> None:
    with ChatServer(asked_runs.knowing) as server:
        done = script("-c", APP, PROMPT_BASE_URL=server.url)
        assert len(server.requests) == 1
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["note"][0].startswith("Each answer asks the language model small-model at http://127.0.0.1:")
    assert "An answer costs about $0.0000" in shown["note"][0]
    assert shown["said"][0].startswith("billing (")
    shown = json.loads(script("-c", APP, PROMPT_BASE_URL="https://api.example.com/v1").stdout.splitlines()[-1])
    assert shown["said"] == []
    assert shown["failed"][0].startswith("Expected a key for https://api.example.com/v1")


def test_the_server_answers_beside_each_other_and_says_what_is_missing(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ChatServer(asked_runs.knowing, seconds=0.3, key=KEY) as endpoint:
        with serving(folder, endpoint.url, KEY) as address, ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda number: ask(address, f"my card {number}"), range(6)))
        assert {status for status, _ in found} == {200}
        assert {answer["prediction"] for _, answer in found} == {"billing"}
        assert endpoint.busiest > 1
        with serving(folder, endpoint.url, "sk-wrong") as address:
            status, answer = ask(address, "my card")
    assert status == 503
    assert answer["detail"].startswith("Expected a key that http://127.0.0.1:")


class serving:
    """A running serve.py; gives its address."""

    def __init__(self, folder: Path, endpoint: str, key: str) -> None:
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        known = {**os.environ, "PROMPT_BASE_URL": endpoint, "OPENAI_API_KEY": key}
        command = [sys.executable, "serve.py", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=folder, env=known, stderr=subprocess.DEVNULL)

    def __enter__(self) -> str:
        import urllib.request

        address = f"http://127.0.0.1:{self.port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        return address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def ask(address: str, message: str) -> tuple[int, Any]:
    """(status, JSON) of one row."""
    import urllib.error
    import urllib.request

    data = json.dumps({"message": message}).encode()
    request = urllib.request.Request(f"{address}/predict", data=data, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
