"""The scripts of a prototype at work: files in every shape, the server, the app, learning anew."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Prototypes = Callable[..., Path]


@pytest.fixture
def words(prototypes: Prototypes) -> Path:
    """A text prototype."""
    return prototypes("tfidf-linear", "messages")


@pytest.fixture
def table(prototypes: Prototypes) -> Path:
    """A table prototype whose training file had semicolons, decimal commas and cp1252."""
    return prototypes("linear", "customers")


def run(folder: Path, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The script, as a person runs it."""
    command = [sys.executable, str(folder / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


def test_csv_in_and_out_keeps_order_columns_and_layout(words: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('id;message;team\r\n7;"late; parcel\nlost";\r\n3;refund please;x\r\n', encoding="cp1252", newline="")
    done = run(words, "predict.py", source, "-o", tmp_path / "out.csv", "--probabilities")
    assert (done.returncode, done.stderr) == (0, f"2 rows answered in {tmp_path / 'out.csv'}\n")
    text = (tmp_path / "out.csv").read_bytes().decode("utf-8")
    assert text.count("\r\n") == 3
    rows = list(csv.DictReader(text.splitlines(keepends=True), delimiter=";"))
    added = ["prediction", "probability", "probability:Rückgabe", "probability:delivery", "probability:login"]
    assert list(rows[0]) == ["id", "message", "team", *added]
    assert [(row["id"], row["team"], row["prediction"]) for row in rows] == [("7", "", "delivery"), ("3", "x", "Rückgabe")]
    assert rows[0]["message"] == "late; parcel\nlost"
    assert float(rows[0]["probability"]) == max(float(rows[0][name]) for name in added[2:])


def test_jsonl_in_and_out(words: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"message": "password reset", "n": [1, 2]}\n\n{"message": null, "deep": {"a": 1}}\n', encoding="utf-8")
    assert run(words, "predict.py", source, "-o", tmp_path / "out.jsonl").returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0]["n"] == [1, 2]
    assert rows[0]["prediction"] == "login"
    assert rows[1]["deep"] == {"a": 1}
    assert set(rows[1]) == {"message", "deep", "prediction", "probability"}
    assert run(words, "predict.py", source, "-o", tmp_path / "out.csv").returncode == 0
    header, first, *_ = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert header == "message,n,deep,prediction,probability"
    assert first.startswith('password reset,"[1, 2]",,login,')


def test_numbers_and_dates_are_read_as_the_person_writes_them(table: Path, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("age;home town;income;since\n70;Köln;3123,5;04.03.2023\n", encoding="cp1252")
    (tmp_path / "other.jsonl").write_text(
        '{"age": 70, "home town": "Köln", "income": 3123.5, "since": "2023-03-04"}\n', encoding="utf-8"
    )
    for name in ("own.csv", "other.jsonl"):
        assert run(table, "predict.py", tmp_path / name, "-o", tmp_path / f"{name}.jsonl").returncode == 0
    own, other = (json.loads((tmp_path / f"{name}.jsonl").read_text(encoding="utf-8")) for name in ("own.csv", "other.jsonl"))
    assert own["prediction"] == other["prediction"] == "yes"
    assert own["probability"] == other["probability"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "Expected rows in a.csv. Found an empty file. Give a CSV or JSONL file with a row a line."),
        ("a.csv", b"PK\x03\x04rest", "Expected a CSV or JSONL file. Found an Excel workbook or a zip in a.csv. Save it as CSV"),
        (
            "a.csv",
            b"text,n\nhello,1\n",
            "Expected the columns ['message'] in a.csv. Found ['text', 'n'], without ['message']. ",
        ),
        ("a.csv", b"n,message\n1,hi\n2,a,b\n", "Expected 2 columns in every row of a.csv. Found 3 near line 3. Mend that line"),
        ("a.jsonl", b'{"message": "a"}\n{"mess', "Expected a JSON object a line in a.jsonl. Found a mistake in line 2: "),
        ("a.jsonl", b"[1, 2]\n", "Expected a JSON object a row in a.jsonl. Found int at 1. "),
        ("none.csv", None, "Expected a CSV or JSONL file. Found no file at "),
    ],
)
def test_bad_input_gets_one_message(words: Path, tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run(words, "predict.py", tmp_path / name, "-o", tmp_path / "out.csv")
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*out.csv*"))


def test_a_folder_that_is_not_there_is_said(words: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("message\nhello\n", encoding="utf-8")
    done = run(words, "predict.py", tmp_path / "in.csv", "-o", tmp_path / "no" / "out.csv")
    assert done.returncode == 2
    assert (
        done.stderr == f"Expected a folder to write to. Found none at {tmp_path / 'no'}. Make it, or choose another after -o.\n"
    )


@pytest.fixture
def server(words: Path) -> Iterator[str]:
    """The address of a running serve.py."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "serve.py", "--port", str(port)], cwd=words, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def test_the_server_answers_rows_typed_by_the_schema(server: str) -> None:
    assert ask(f"{server}/health") == (
        200,
        {"status": "ok", "name": "prototype-tell-team-for-new-messages-please-soon", "target": "team",
         "labels": ["Rückgabe", "delivery", "login"]},
    )  # fmt: skip
    status, one = ask(f"{server}/predict", {"message": "password reset", "other": 1})
    assert (status, one["prediction"]) == (200, "login")
    status, many = ask(f"{server}/predict?probabilities=true", [{"message": "parcel late"}, {"message": None}])
    assert (status, len(many), many[0]["prediction"]) == (200, 2, "delivery")
    assert "probability:Rückgabe" in many[0]
    unfit: list[Any] = [{"text": "no such column"}, {"message": {"a": 1}}, []]
    for wrong in unfit:
        status, answer = ask(f"{server}/predict", wrong)
        assert status == (200 if wrong == [] else 422), answer
    schema = ask(f"{server}/openapi.json")[1]["components"]["schemas"]["Row"]
    assert schema["required"] == ["message"]


def ask(address: str, body: Any = None) -> tuple[int, Any]:
    """(status, JSON)."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


APP = """
import json, sys
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception
fields = {field.label: field for kind in (app.text_area, app.number_input, app.selectbox, app.text_input) for field in kind}
for name, value in json.loads(sys.argv[1]).items():
    fields[name].set_value(value)
app.button[0].click().run()
assert not app.exception, app.exception
print(json.dumps({"title": app.title[0].value, "said": [one.value for one in app.success], "fields": sorted(fields)}))
"""


def test_the_app_asks_for_a_row_and_answers(table: Path) -> None:
    row = json.dumps({"age": 70, "home town": "Köln"})
    done = subprocess.run([sys.executable, "-c", APP, row], cwd=table, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["fields"] == ["age", "home town", "income", "since"]
    assert shown["title"] == "Tell bought for new customers, please | soon"
    assert shown["said"][0].startswith("yes (")
