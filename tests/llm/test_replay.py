"""Recorded answers: served as they were, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tools.export.verify import GUARD
from tools.llm import replay
from tools.llm.replay import Replay, fingerprint

ASKED = {"model": "small", "messages": [{"role": "user", "content": "Wohin mit Grüßen?"}], "temperature": 0}
SAID = {"choices": [{"message": {"role": "assistant", "content": '{"label": "Rückgabe"}'}}], "usage": {"prompt_tokens": 9}}
CLIENT = """
import json, os, socket, sys, urllib.request
request = urllib.request.Request(os.environ["PROMPT_BASE_URL"] + "/chat/completions", data=sys.argv[1].encode())
print(json.load(urllib.request.urlopen(request, timeout=9))["choices"][0]["message"]["content"])
"""
OTHERS = """
import os, socket
host, port = os.environ["PROOF_REPLAY"].split(":")
socket.create_connection((host, int(port))).close()
for wrong in [("127.0.0.1", int(port) + 1), ("127.0.0.2", int(port)), ("192.0.2.1", int(port))]:
    for connect in (socket.create_connection, socket.socket().connect):
        try:
            connect(wrong)
        except PermissionError as error:
            print(error)
raise SystemExit(7)
"""


def post(url: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(f"{url}/chat/completions", data=json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=9) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_what_was_recorded_is_said_again_whatever_the_order_of_keys() -> None:
    with Replay({fingerprint(ASKED): SAID}) as server:
        assert post(server.url, dict(reversed(ASKED.items()))) == (200, SAID)
        assert server.unknown == 0


def test_another_question_is_refused_in_words() -> None:
    with Replay({fingerprint(ASKED): SAID}) as server:
        status, said = post(server.url, {**ASKED, "temperature": 1})
        assert (status, server.unknown) == (404, 1)
    assert said["error"]["message"] == (
        "Expected a question that was recorded. Found another one; 1 answers are known here. "
        "Name a real endpoint to ask new questions."
    )


def test_answers_survive_the_file_and_the_texts_are_not_in_it(tmp_path: Path) -> None:
    replay.write(tmp_path / "answers.jsonl", {fingerprint(ASKED): SAID})
    assert replay.read(tmp_path / "answers.jsonl") == {fingerprint(ASKED): SAID}
    assert "Wohin" not in (tmp_path / "answers.jsonl").read_text(encoding="utf-8")


def run(tmp_path: Path, *command: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """The file as a program, as the proof runs it; the command has the proof's guard."""
    replay.write(tmp_path / "answers.jsonl", {fingerprint(ASKED): SAID})
    whole = [*before, sys.executable, replay.__file__, str(tmp_path / "answers.jsonl"), "env", f"PYTHONPATH={GUARD}"]
    return subprocess.run([*whole, sys.executable, *command], capture_output=True, text=True, check=False)


def test_a_command_runs_beside_it(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", CLIENT, json.dumps(ASKED))
    assert (done.returncode, done.stdout) == (0, '{"label": "Rückgabe"}\n'), done.stderr


def test_a_command_runs_beside_it_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    from tools.export.verify import no_network

    done = run(tmp_path, "-c", CLIENT, json.dumps(ASKED), before=no_network())
    assert (done.returncode, done.stdout) == (0, '{"label": "Rückgabe"}\n'), done.stderr


def test_the_guard_lets_one_address_through_and_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", OTHERS)
    assert done.returncode == 7
    assert done.stdout.count("The proof runs without a network, and socket.getaddrinfo was tried") == 3
    assert done.stdout.count("The proof runs without a network, and socket.connect was tried") == 3
