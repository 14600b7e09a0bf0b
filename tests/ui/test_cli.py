"""The terminal's contract: commands, exit codes, one JSON object, errors that say expected, found and what to do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from tools.core.errors import MachineError
from tools.core.task import Priority
from ui import options
from ui.cli import run

Answer = tuple[int, dict[str, Any]]
Command = Callable[..., Answer]


@pytest.fixture
def fasttrack(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command with --json: the exit code and the one JSON object."""

    def command(*arguments: object) -> Answer:
        code = run([*map(str, arguments), "--json"])
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1, lines
        return code, json.loads(lines[0])

    return command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a table that is fine: y is yes where x is over 60."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{i},{(i * 7) % 13},{'yes' if i > 60 else 'no'}\n" for i in range(120))
    (tmp_path / "fine.csv").write_text("x,z,y\n" + rows)
    return tmp_path


def process(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """The command as a program of its own."""
    program = [sys.executable, "-P", "-c", "from ui.cli import main; main()", *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=timeout, check=False)


def test_help_names_every_command_and_loads_no_heavy_library() -> None:
    program = (
        "import sys; from ui.cli import run; code = run(['--help']);"
        "heavy = {'torch', 'autogluon', 'sklearn', 'pandas', 'polars', 'numpy', 'langchain', 'transformers', 'pydantic',"
        " 'onnxruntime', 'matplotlib', 'streamlit'} & set(sys.modules); print(code, sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == "0 []"
    for command in ("demo", "chat", "plan", "build", "runs", "show", "resume", "cancel", "export", "doctor", "ui"):
        assert f" {command} " in done.stdout


def test_priorities_are_those_of_the_task() -> None:
    assert get_args(get_args(get_args(options.PriorityOption)[0])[0]) == get_args(Priority)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["plan", "--priority", "best"], "Invalid value for '--priority'"),
        (["plan", "--horizon", "0"], "Invalid value for '--horizon'"),
        (["plan", "--frobnicate"], "No such option: --frobnicate"),
        (["show"], "Missing argument 'run'"),
        (["frobnicate"], "No such command 'frobnicate'"),
    ],
)
def test_misuse_is_one_json_object_too(fasttrack: Command, arguments: list[str], found: str) -> None:
    code, answer = fasttrack(*arguments)
    assert code == 2
    assert answer["error"]["code"] == "usage"
    assert answer["error"]["found"].startswith(found)
    assert "--help" in answer["error"]["remedy"]


@pytest.mark.parametrize(
    ("brain", "expected"),
    [
        ("openai:gpt-x", "no-key"),
        ("llamacpp:nowhere.gguf", "no-model-file"),
        ("openai:", "unknown-brain"),
        ("claude", "unknown-brain"),
    ],
)
def test_a_brain_that_was_named_and_cannot_speak_is_told_at_once(
    fasttrack: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, brain: str, expected: str
) -> None:
    for name in ("OPENAI_API_KEY", "FASTTRACK_BASE_URL", "OPENAI_BASE_URL", "FASTTRACK_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict y", "--brain", brain)
    assert (code, answer["error"]["code"]) == (2, expected)


def test_one_that_is_only_set_up_and_not_ready_leaves_the_word_to_the_built_in_brain(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FASTTRACK_MODEL", "llamacpp:nowhere.gguf")
    assert run(["plan", "fine.csv", "--task", "predict y", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["status"] == "ready"
    assert "The built-in brain speaks, because FASTTRACK_MODEL names llamacpp:nowhere.gguf" in " ".join(printed.err.split())


def test_dollars_are_capped_by_option(fasttrack: Command, folder: Path) -> None:
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict y", "--dollars", "0.5")
    assert (code, answer["task"]["constraints"]["max_dollars"]) == (0, 0.5)
    assert fasttrack("plan", "--dollars", "-1")[1]["error"]["code"] == "usage"


def test_plan_and_build_take_the_same_options_for_what_is_to_be_done() -> None:
    def options_of(command: str) -> set[str]:
        done = process(command, "--help")
        return set(re.findall(r"--[a-z]+", done.stdout))

    assert options_of("build") - options_of("plan") == {"--yes", "--out"}
    assert {
        "--task",
        "--target",
        "--labels",
        "--horizon",
        "--metric",
        "--test",
        "--priority",
        "--minutes",
        "--dollars",
    } <= options_of("plan")


def test_settings_that_cannot_be_read_are_told_and_do_no_harm(
    folder: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_home / "settings.json").write_text("{")
    assert run(["plan", "--task", "hi", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["status"] == "needs-answer"
    assert f"Expected settings in {own_home / 'settings.json'}. Found text that is not JSON." in " ".join(printed.err.split())


def _empty(folder: Path) -> list[str]:
    (folder / "bad.csv").touch()
    return ["bad.csv"]


def _binary(folder: Path) -> list[str]:
    (folder / "bad.csv").write_bytes(bytes(range(256)) * 20)
    return ["bad.csv"]


def _one_row(folder: Path) -> list[str]:
    (folder / "bad.csv").write_text("x,y\n1,yes\n")
    return ["bad.csv"]


def _one_class(folder: Path) -> list[str]:
    (folder / "bad.csv").write_text("x,y\n" + "".join(f"{i},yes\n" for i in range(60)))
    return ["bad.csv"]


def _target_missing(folder: Path) -> list[str]:
    (folder / "bad.csv").write_text("x,z,y\n" + "".join(f"{i},{i % 5},\n" for i in range(60)))
    return ["bad.csv"]


def _wide(folder: Path) -> list[str]:
    names = [*(f"c{i}" for i in range(99_999)), "y"]
    (folder / "bad.csv").write_text("\n".join([",".join(names), *[",".join("1" * 100_000)] * 3]))
    return ["bad.csv"]


def _test_without_columns(folder: Path) -> list[str]:
    (folder / "bad.csv").write_text("x,y\n" + "".join(f"{i},yes\n" for i in range(9)))
    return ["fine.csv", "--test", "bad.csv"]


def _nothing_readable(folder: Path) -> list[str]:
    (folder / "bad").mkdir()
    (folder / "bad" / "x.bin").write_bytes(bytes(range(256)))
    return ["bad"]


def _empty_folder(folder: Path) -> list[str]:
    (folder / "bad").mkdir()
    return ["bad"]


def _not_there(folder: Path) -> list[str]:
    return ["bad.csv"]


BAD = [
    (_empty, "empty-file"),
    (_binary, "binary-file"),
    (_one_row, "one-row"),
    (_one_class, "one-class"),
    (_target_missing, "target-missing"),
    (_wide, "too-many-columns"),
    (_test_without_columns, "missing-columns"),
    (_nothing_readable, "nothing-readable"),
    (_empty_folder, "empty-folder"),
    (_not_there, "no-such-file"),
]


@pytest.mark.parametrize(("make", "expected"), BAD, ids=[code for _, code in BAD])
def test_bad_input_gets_exit_2_and_one_message(
    fasttrack: Command, folder: Path, make: Callable[[Path], list[str]], expected: str
) -> None:
    code, answer = fasttrack("build", *make(folder), "--task", "predict y", "--target", "y", "--yes")
    assert code == 2
    assert answer["error"].keys() == {"code", "expected", "found", "remedy"}
    assert answer["error"]["code"] == expected
    assert all(answer["error"].values())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--target", "yy"], "unknown-column"),
        (["--target", "y", "--metric", "acc"], "unknown-metric"),
        (["--target", "y", "--metric", "rmse"], "unfit-metric"),
        (["--target", "y", "--labels", "yes,perhaps"], "unknown-label"),
        (["--labels", "yes"], "too-few-labels"),
        (["--target", "y", "--approaches", "magic"], "unknown-approach"),
    ],
)
def test_options_that_contradict_the_data_are_refused(
    fasttrack: Command, folder: Path, arguments: list[str], expected: str
) -> None:
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict it", *arguments)
    assert (code, answer["error"]["code"]) == (2, expected)


def test_a_full_disk_is_said(fasttrack: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tools.data.attaching._copy", full)
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict y")
    assert (code, answer["error"]["code"]) == (2, "disk-full")
    assert "FASTTRACK_HOME" in answer["error"]["remedy"]


def test_a_full_disk_is_said_wherever_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.output import explained

    problem = explained(OSError(28, "No space left on device", "/x/y"))
    assert isinstance(problem, MachineError)
    assert problem.found == "a full disk at /x/y"


def test_a_defect_is_one_message_and_a_log(
    fasttrack: Command, folder: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(path: Path) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("tools.data.attaching.attach", defect)
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict y")
    assert (code, answer["error"]["code"]) == (1, "internal")
    assert answer["error"]["found"] == "a defect: ZeroDivisionError: oops"
    assert "Traceback" in (own_home / "fasttrack.log").read_text()


def test_a_message_for_people_has_no_traceback(folder: Path) -> None:
    done = process("plan", "nowhere.csv", "--task", "predict y")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "Expected a file or folder at nowhere.csv. Found nothing there. Check the name and the folder."
    ]


def test_the_plan_has_the_fields_of_the_contract(fasttrack: Command, folder: Path) -> None:
    began = time.monotonic()
    code, answer = fasttrack("plan", "fine.csv", "--task", "predict y", "--target", "y", "--metric", "f1:yes", "--minutes", "2")
    assert time.monotonic() - began < 60
    assert (code, answer["status"]) == (0, "ready")
    assert list(answer) == ["status", "task", "data", "questions", "warnings", "candidates", "not_possible", "reply"]
    assert {"kind", "modality", "inputs", "target", "labels", "horizon", "metric", "constraints"} <= answer["task"].keys()
    assert {"priority", "offline", "max_dollars", "minutes"} <= answer["task"]["constraints"].keys()
    assert (answer["task"]["kind"], answer["task"]["target"]) == ("tabular-classification", "y")
    assert answer["task"]["metric"] == {"name": "f1", "label": "yes", "at": None}
    assert answer["data"][0].keys() == {
        "file", "role", "format", "rows", "columns", "encoding", "delimiter", "header_row", "repairs"
    }  # fmt: skip
    assert [column["name"] for column in answer["data"][0]["columns"]] == ["x", "z", "y"]
    candidate = next(one for one in answer["candidates"] if one["name"] == "majority")
    assert {"name", "approach", "reason", "estimate", "leaves_machine", "selected"} <= candidate.keys()
    assert candidate["estimate"].keys() == {"minutes", "dollars", "download_mb", "memory_mb"}
    assert all(one["leaves_machine"] == [] for one in answer["candidates"])
    assert "prompting" in {one["approach"] for one in answer["not_possible"]}
    assert answer["reply"]


def test_first_words_alone_are_answered_with_a_question(fasttrack: Command) -> None:
    code, answer = fasttrack("plan", "--task", "hi")
    assert (code, answer["status"]) == (0, "needs-answer")
    assert [question["field"] for question in answer["questions"]] == ["task"]
    assert answer["candidates"] == []


def test_build_with_open_questions_names_the_options_that_answer_them(fasttrack: Command) -> None:
    code, answer = fasttrack("build", "--task", "hi", "--yes")
    assert (code, answer["error"]["code"]) == (2, "needs-answer")
    assert answer["error"]["remedy"] == "Answer with --task."


def test_build_needs_approval(fasttrack: Command, folder: Path, own_home: Path) -> None:
    code, answer = fasttrack("build", "fine.csv", "--task", "predict y", "--target", "y")
    assert (code, answer["error"]["code"]) == (2, "needs-approval")
    assert "--yes" in answer["error"]["remedy"]
    assert list((own_home / "runs").glob("*")) == []


@pytest.mark.parametrize("command", ["show", "resume", "cancel", "export"])
def test_a_run_that_is_not_there(fasttrack: Command, command: str) -> None:
    code, answer = fasttrack(command, "run-nowhere")
    assert (code, answer["error"]["code"]) == (2, "unknown-run")


def test_no_runs_yet(fasttrack: Command) -> None:
    assert fasttrack("runs") == (0, {"runs": []})


def test_the_doctor_finds_this_machine_fit(fasttrack: Command) -> None:
    code, answer = fasttrack("doctor")
    assert code == 0
    checks = {check["name"]: check for check in answer["checks"]}
    assert checks["bundled embedding model"]["ok"] is True
    assert checks["network"]["found"] == "forbidden (FASTTRACK_OFFLINE=1)"
    assert checks["brain builtin"]["ok"] is True
    assert checks["brain openai"]["ok"] is None
    assert "--brain openai:MODEL" in checks["brain openai"]["remedy"]
